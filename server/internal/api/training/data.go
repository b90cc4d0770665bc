package training

import (
	"encoding/json"
	"fmt"

	"mangosense/server/internal/api/jsonbody"
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/render"
	"mangosense/server/internal/mango"
)

type trainingBody struct {
	ID                    uint64          `json:"id"`
	OriginalFilename      string          `json:"original_filename"`
	PredictedClass        string          `json:"predicted_class"`
	DiseaseType           string          `json:"disease_type"`
	DiseaseClassification string          `json:"disease_classification"`
	IsVerified            bool            `json:"is_verified"`
	TrainingReady         bool            `json:"training_ready"`
	TrainingNotes         string          `json:"training_notes"`
	SelectedSymptoms      json.RawMessage `json:"selected_symptoms"`
	UploadedAt            string          `json:"uploaded_at"`
}

// TrainingData is `GET /api/training-data/<id>/`.
func (h *Handlers) TrainingData(c *kit.Call) error {
	r, err := h.recordOf(c)
	if err != nil {
		return err
	}
	return c.ReplyShort("", trainingBody{
		r.ID, render.FileName(r), render.PredictedClass(r), string(r.Kind), r.Class(), r.Verified,
		r.TrainingReady, r.TrainingNotes, render.OrList(r.Answers.SelectedSymptoms), render.Serial(r.CreatedAt),
	})
}

type trainingChange struct {
	ID                    uint64 `json:"id"`
	TrainingReady         bool   `json:"training_ready"`
	TrainingNotes         string `json:"training_notes"`
	DiseaseClassification string `json:"disease_classification"`
}

// ChangeTrainingData is `PATCH /api/training-data/<id>/`.
func (h *Handlers) ChangeTrainingData(c *kit.Call) error {
	id, err := c.ID("Image")
	if err != nil {
		return err
	}
	o, err := c.Object()
	if err != nil {
		return err
	}
	change := mango.RecordChange{TrainingReady: o.Flag("training_ready"), TrainingNotes: o.Text("training_notes", maxNotes)}
	// An empty class is a form's "as it is", not a wish to lose the expert's.
	if class := o.Text("disease_classification", maxClassName); class != nil && *class != "" {
		change.Classification = class
	}
	if err := o.Err(); err != nil {
		return err
	}
	changed, err := h.Store.ChangeRecords(c.Context(), c.Actor(), []uint64{id}, change)
	if err != nil {
		return kit.Renamed(err, "Image not found")
	}
	r := &changed[0]
	return c.ReplyShort("Record Updated.", trainingChange{r.ID, r.TrainingReady, r.TrainingNotes, r.Class()})
}

type (
	classBreakdown struct {
		DiseaseClassification string     `json:"disease_classification"`
		DiseaseType           mango.Kind `json:"disease_type"`
		Count                 int        `json:"count"`
	}
	trainingSummaryData struct {
		TotalTrainingReady     int              `json:"total_training_ready"`
		TotalVerified          int              `json:"total_verified"`
		VerifiedNotYetApproved int              `json:"verified_not_yet_approved"`
		BreakdownByClass       []classBreakdown `json:"breakdown_by_class"`
	}
)

// TrainingSummary is `GET /api/training-data/summary/`.
func (h *Handlers) TrainingSummary(c *kit.Call) error {
	st, err := h.Store.Statistics(c.Context(), c.Actor())
	if err != nil {
		return err
	}
	ready := func(c mango.ClassCount) bool { return c.Ready }
	return c.ReplyShort("", trainingSummaryData{
		TotalTrainingReady:     st.Total(ready),
		TotalVerified:          st.Total(func(c mango.ClassCount) bool { return c.Verified }),
		VerifiedNotYetApproved: st.Total(func(c mango.ClassCount) bool { return c.Verified && !c.Ready }),
		BreakdownByClass:       breakdown(&st, ready),
	})
}

// breakdown sums the counts that keep accepts by class and kind, in the order
// in which the store has them. What has no class is none to learn.
func breakdown(st *mango.Statistics, keep func(mango.ClassCount) bool) []classBreakdown {
	rows := []classBreakdown{}
	at := map[string]int{}
	for _, c := range st.Classes {
		if !keep(c) || c.Count == 0 || mango.ConditionOf(c.Class) == mango.IsUnknown {
			continue
		}
		name := c.Class
		key := string(c.Kind) + " " + name
		i, ok := at[key]
		if !ok {
			i = len(rows)
			at[key] = i
			rows = append(rows, classBreakdown{DiseaseClassification: name, DiseaseType: c.Kind})
		}
		rows[i].Count += c.Count
	}
	return rows
}

type approval struct {
	Success       bool   `json:"success"`
	Message       string `json:"message"`
	UpdatedCount  int    `json:"updated_count"`
	TrainingReady bool   `json:"training_ready"`
}

// BulkApprove is `POST /api/training-data/bulk-approve/`: all of the images,
// or none.
func (h *Handlers) BulkApprove(c *kit.Call) error {
	var change mango.RecordChange
	ids, err := c.ImageIDs(maxIDs, func(o *jsonbody.Object) {
		change = mango.RecordChange{TrainingReady: o.Flag("training_ready"), TrainingNotes: o.Text("training_notes", maxNotes)}
		o.Need("training_ready")
	})
	if err != nil {
		return err
	}
	changed, err := h.Store.ChangeRecords(c.Context(), c.Actor(), ids, change)
	if err != nil {
		return kit.UnknownImages(err)
	}
	return c.JSON(200, approval{true, fmt.Sprintf("%d image(s) updated", len(changed)), len(changed), *change.TrainingReady})
}
