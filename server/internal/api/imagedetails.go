package api

import (
	"slices"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/mango"
)

type (
	detailPrediction struct {
		Disease         string  `json:"disease"`
		Confidence      string  `json:"confidence"`       // "91.37%"
		ConfidenceScore float64 `json:"confidence_score"` // percent
		ConfidenceLevel string  `json:"confidence_level"`
		Treatment       string  `json:"treatment"`
		DetectionType   string  `json:"detection_type"`
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
		PrimaryPrediction detailPrediction   `json:"primary_prediction"`
		Top3Predictions   []detailPrediction `json:"top_3_predictions"`
		PredictionSummary detailSummary      `json:"prediction_summary"`
		SavedImageID      uint64             `json:"saved_image_id"`
		ModelUsed         string             `json:"model_used"`
		ModelPath         string             `json:"model_path"` // the bare file name
		DebugInfo         detailDebug        `json:"debug_info"`
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

// predictionDetails is `GET /api/classified-images/<id>/prediction-details/`:
// the image with what the model said of it when it was stored.
func (s *Server) predictionDetails(ctx *fasthttp.RequestCtx) {
	r, err := s.recordOf(ctx)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	who := s.people(actor(ctx))
	body := s.imageBody(ctx, r, who)
	if who.err != nil {
		s.fail(ctx, who.err)
		return
	}
	replyShort(ctx, "", detailedImage{body, predictionData{
		Success: true, Message: "Prediction details retrieved successfully", Data: s.details(r), Timestamp: handStamp(r.CreatedAt),
	}})
}

// details has the stored class first: the list must not contradict it. A
// record without probabilities has a list of one.
func (s *Server) details(r *mango.Record) detailData {
	ranking := []mango.Class{{Disease: orUnknown(predictedClass(r)), Probability: r.Confidence}}
	for _, c := range r.Probabilities {
		if c.Disease != ranking[0].Disease {
			ranking = append(ranking, c)
		}
	}
	d := detailData{
		Top3Predictions: []detailPrediction{}, SavedImageID: r.ID,
		ModelUsed: string(r.Kind), ModelPath: r.Model.File,
		DebugInfo: detailDebug{ModelLoaded: r.Model.File != "", ImageSize: [2]int{r.Photo.Width, r.Photo.Height}, ProcessedSize: s.inputOf(r.Model)},
	}
	for _, c := range ranking[:min(places, len(ranking))] {
		p := percent(c.Probability)
		d.Top3Predictions = append(d.Top3Predictions, detailPrediction{
			Disease: c.Disease, Confidence: formatted(p), ConfidenceScore: p, ConfidenceLevel: detailLevel(c.Probability),
			Treatment: s.cfg.Store.AdviceOf(c.Disease, r.Kind).Treatment, DetectionType: string(r.Kind),
		})
	}
	d.PrimaryPrediction = d.Top3Predictions[0]
	d.PredictionSummary = detailSummary{d.PrimaryPrediction.Disease, d.PrimaryPrediction.ConfidenceLevel, len(r.Probabilities)}
	return d
}

// inputOf is the size of a model's input, nil for one that is not here.
func (s *Server) inputOf(m mango.Model) *[2]int {
	files := s.cfg.Models.ModelFiles()
	i := slices.IndexFunc(files, func(f ModelFile) bool { return f.ID == m.ID && f.Version == m.Version })
	if i < 0 {
		return nil
	}
	return &[2]int{files[i].Width, files[i].Height}
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

// storePrediction is `POST /api/classified-images/<id>/store-prediction/`. No
// client calls it: a prediction is stored with its record from the first.
func (s *Server) storePrediction(ctx *fasthttp.RequestCtx) {
	r, err := s.recordOf(ctx)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	replyShort(ctx, "The prediction was stored together with the image.", map[string]uint64{"id": r.ID})
}
