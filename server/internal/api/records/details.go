package records

import (
	"slices"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/render"
	"mangosense/server/internal/mango"
)

type (
	// rankedDetail has no confidence_score: the web admin prefers that key and
	// takes a number up to 1 for a fraction, so that 0.68 percent becomes 68.
	// The text it reads rightly.
	rankedDetail struct {
		Disease         string `json:"disease"`
		Confidence      string `json:"confidence"` // "91.37%"
		ConfidenceLevel string `json:"confidence_level"`
		Treatment       string `json:"treatment"`
		DetectionType   string `json:"detection_type"`
	}
	primaryDetail struct {
		rankedDetail
		ConfidenceScore *float64 `json:"confidence_score,omitempty"` // percent, where above 1
	}
	detailSummary struct {
		MostLikelyDisease    string `json:"most_likely_disease"`
		ConfidenceLevel      string `json:"confidence_level"`
		TotalDiseasesChecked int    `json:"total_diseases_checked"`
	}
	detailDebug struct {
		ModelLoaded   bool    `json:"model_loaded"`
		ImageSize     [2]int  `json:"image_size"`
		ProcessedSize *[2]int `json:"processed_size"` // null: that model is not here any more
	}
	detailData struct {
		PrimaryPrediction primaryDetail  `json:"primary_prediction"`
		Top3Predictions   []rankedDetail `json:"top_3_predictions"`
		PredictionSummary detailSummary  `json:"prediction_summary"`
		SavedImageID      uint64         `json:"saved_image_id"`
		ModelUsed         string         `json:"model_used"`
		ModelPath         string         `json:"model_path"` // the bare file name
		DebugInfo         detailDebug    `json:"debug_info"`
	}
	predictionData struct {
		Success   bool       `json:"success"`
		Message   string     `json:"message"`
		Data      detailData `json:"data"`
		Timestamp string     `json:"timestamp"`
	}
	detailedImage struct {
		imageBody
		PredictionData predictionData `json:"prediction_data"`
	}
)

// PredictionDetails is `GET /api/classified-images/<id>/prediction-details/`:
// the image with what the model said of it when it was stored.
func (h *Handlers) PredictionDetails(c *kit.Call) error {
	r, err := h.recordOf(c)
	if err != nil {
		return err
	}
	who := render.NewPeople(c.Context(), h.Store, c.Actor())
	body := h.imageBody(c, r, who)
	if who.Err() != nil {
		return who.Err()
	}
	return c.ReplyShort("", detailedImage{body, predictionData{
		Success: true, Message: "Prediction details retrieved successfully", Data: h.details(r), Timestamp: render.HandStamp(r.CreatedAt),
	}})
}

// details has what the model said first, whatever an expert made of it since. A
// record without probabilities has a list of one.
func (h *Handlers) details(r *mango.Record) detailData {
	ranking := rankingOf(r)
	d := detailData{
		Top3Predictions: []rankedDetail{}, SavedImageID: r.ID,
		ModelUsed: string(r.Kind), ModelPath: r.Model.File,
		DebugInfo: detailDebug{ModelLoaded: r.Model.File != "", ImageSize: [2]int{r.Photo.Width, r.Photo.Height}, ProcessedSize: h.inputOf(r.Model)},
	}
	ranking = ranking[:min(render.Places, len(ranking))]
	shown := render.Percents(ranking)
	for i, c := range ranking {
		d.Top3Predictions = append(d.Top3Predictions, rankedDetail{
			Disease: c.Disease, Confidence: render.Formatted(shown[i]), ConfidenceLevel: detailLevel(c.Probability),
			Treatment: h.Store.AdviceOf(c.Disease, r.Kind).Treatment, DetectionType: string(r.Kind),
		})
	}
	d.PrimaryPrediction = primaryDetail{rankedDetail: d.Top3Predictions[0]}
	if shown[0] > 1 {
		d.PrimaryPrediction.ConfidenceScore = &shown[0]
	}
	d.PredictionSummary = detailSummary{d.PrimaryPrediction.Disease, d.PrimaryPrediction.ConfidenceLevel, len(r.Probabilities)}
	return d
}

// rankingOf is the model's answer and what it ranked beside it, each class once.
func rankingOf(r *mango.Record) []mango.Class {
	first, ok := r.Predicted()
	if !ok {
		return []mango.Class{{Disease: render.OrUnknown(r.Class())}}
	}
	ranking := []mango.Class{first}
	for _, c := range r.Probabilities {
		c.Disease = mango.Canonical(c.Disease)
		if !slices.ContainsFunc(ranking, func(have mango.Class) bool { return mango.SameClass(have.Disease, c.Disease) }) {
			ranking = append(ranking, c)
		}
	}
	return ranking
}

// inputOf is the size of a model's input, nil for one that is not here.
func (h *Handlers) inputOf(m mango.Model) *[2]int {
	width, height, ok := h.Input(m)
	if !ok {
		return nil
	}
	return &[2]int{width, height}
}

// detailLevel names a fraction for the web admin, whose levels are not those
// of predict.
func detailLevel(p float64) string {
	switch {
	case p > 0.8:
		return "High"
	case p > 0.6:
		return "Medium"
	default:
		return "Low"
	}
}

// StorePrediction is `POST /api/classified-images/<id>/store-prediction/`. No
// client calls it: a prediction is stored with its record from the first.
func (h *Handlers) StorePrediction(c *kit.Call) error {
	r, err := h.recordOf(c)
	if err != nil {
		return err
	}
	return c.ReplyShort("The prediction was stored together with the image.", map[string]uint64{"id": r.ID})
}
