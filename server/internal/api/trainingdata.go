package api

import (
	"encoding/json"
	"fmt"

	"github.com/valyala/fasthttp"

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

// trainingData is `GET /api/training-data/<id>/`.
func (s *Server) trainingData(ctx *fasthttp.RequestCtx) {
	r, err := s.recordOf(ctx)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	replyShort(ctx, "", trainingBody{
		r.ID, fileName(r), predictedClass(r), string(r.Kind), r.Class(), r.Verified,
		r.TrainingReady, r.TrainingNotes, orList(r.Answers.SelectedSymptoms), serial(r.CreatedAt),
	})
}

type trainingChange struct {
	ID                    uint64 `json:"id"`
	TrainingReady         bool   `json:"training_ready"`
	TrainingNotes         string `json:"training_notes"`
	DiseaseClassification string `json:"disease_classification"`
}

// changeTrainingData is `PATCH /api/training-data/<id>/`.
func (s *Server) changeTrainingData(ctx *fasthttp.RequestCtx) {
	id, err := pathID(ctx, "Image")
	if err != nil {
		s.fail(ctx, err)
		return
	}
	o, err := s.readObject(ctx)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	change := mango.RecordChange{TrainingReady: o.flag("training_ready"), TrainingNotes: o.text("training_notes", maxNotes)}
	// An empty class is a form's "as it is", not a wish to lose the expert's.
	if class := o.text("disease_classification", maxClassName); class != nil && *class != "" {
		change.Classification = class
	}
	if err := o.err(); err != nil {
		s.fail(ctx, err)
		return
	}
	changed, err := s.cfg.Store.ChangeRecords(s.life, actor(ctx), []uint64{id}, change)
	if err != nil {
		s.fail(ctx, renamed(err, "Image not found"))
		return
	}
	r := &changed[0]
	replyShort(ctx, "Record Updated.", trainingChange{r.ID, r.TrainingReady, r.TrainingNotes, r.Class()})
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

// trainingSummary is `GET /api/training-data/summary/`.
func (s *Server) trainingSummary(ctx *fasthttp.RequestCtx) {
	st, err := s.cfg.Store.Statistics(s.life, actor(ctx))
	if err != nil {
		s.fail(ctx, err)
		return
	}
	ready := func(c mango.ClassCount) bool { return c.Ready }
	replyShort(ctx, "", trainingSummaryData{
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

// bulkApprove is `POST /api/training-data/bulk-approve/`: all of the images,
// or none.
func (s *Server) bulkApprove(ctx *fasthttp.RequestCtx) {
	o, err := s.readObject(ctx)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	ids := o.ids("image_ids", maxIDs)
	ready := o.flag("training_ready")
	change := mango.RecordChange{TrainingReady: ready, TrainingNotes: o.text("training_notes", maxNotes)}
	o.need("training_ready")
	if err := o.err(); err != nil {
		s.fail(ctx, err)
		return
	}
	changed, err := s.cfg.Store.ChangeRecords(s.life, actor(ctx), ids, change)
	if err != nil {
		s.fail(ctx, unknownImages(err))
		return
	}
	writeJSON(ctx, fasthttp.StatusOK, approval{true, fmt.Sprintf("%d image(s) updated", len(changed)), len(changed), *ready})
}
