package records

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/render"
	"mangosense/server/internal/mango"
)

type datasetImage struct {
	ID              uint64   `json:"id"`
	Filename        string   `json:"filename"`
	PredictedClass  string   `json:"predicted_class"`
	ConfidenceScore *float64 `json:"confidence_score"` // fraction, of the predicted class
	Classification  string   `json:"disease_classification"`
	UploadedAt      string   `json:"uploaded_at"`
	IsVerified      bool     `json:"is_verified"`
}

// ExportDataset is `GET /api/export-dataset/`: every image, newest first, as
// one JSON body that is written while the records are read.
func (h *Handlers) ExportDataset(c *kit.Call) error {
	by := c.Actor()
	// Asked once before the first byte: a store that is down still gets a status.
	if _, err := h.Store.PageRecords(c.Context(), by, mango.RecordFilter{}, mango.Page{Number: 1, Size: 1}); err != nil {
		return err
	}
	return c.Stream("application/json", func(ctx context.Context, w io.Writer) error {
		if _, err := io.WriteString(w, `{"success":true,"data":{"images":[`); err != nil {
			return err
		}
		count := 0
		err := h.Store.EachRecord(ctx, by, mango.RecordFilter{}, func(r *mango.Record) error {
			row, err := json.Marshal(datasetImage{r.ID, render.FileName(r), render.PredictedClass(r), render.PredictedConfidence(r), r.Class(), render.Serial(r.CreatedAt), r.Verified})
			if err != nil {
				return err
			}
			if count++; count > 1 {
				row = append([]byte(","), row...)
			}
			_, err = w.Write(row)
			return err
		})
		if err != nil {
			return fmt.Errorf("cannot write the data set: %w", err)
		}
		_, err = fmt.Fprintf(w, `],"total_count":%d}}`, count)
		return err
	})
}
