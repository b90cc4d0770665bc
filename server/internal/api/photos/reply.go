package photos

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"

	"mangosense/server/internal/api/render"
	"mangosense/server/internal/mango"
)

// The bodies of predict, in the order clients know them.
type (
	primaryPrediction struct {
		Disease         string  `json:"disease"`
		Confidence      string  `json:"confidence"`       // "91.37%"
		ConfidenceScore float64 `json:"confidence_score"` // percent
		ConfidenceLevel string  `json:"confidence_level"`
		Treatment       string  `json:"treatment"`
		DetectionType   string  `json:"detection_type"`
		Information     string  `json:"information"`
	}
	rankedPrediction struct {
		Rank                int     `json:"rank"`
		Disease             string  `json:"disease"`
		Confidence          float64 `json:"confidence"` // percent, a number: clients call toFixed
		ConfidenceFormatted string  `json:"confidence_formatted"`
		Treatment           string  `json:"treatment"`
		DetectionType       string  `json:"detection_type"`
	}
	// shortPrediction is what the mobile app's verify screen looks for; without
	// it the app makes up places two and three.
	shortPrediction struct {
		Disease          string  `json:"disease"`
		PredictedDisease string  `json:"predicted_disease"`
		Confidence       float64 `json:"confidence"` // percent
	}
	predictionSummary struct {
		MostLikely           string `json:"most_likely"`
		ConfidenceLevel      string `json:"confidence_level"`
		TotalDiseasesChecked int    `json:"total_diseases_checked"`
	}
	symptomSummary struct {
		PrimaryDisease         string   `json:"primary_disease"`
		PrimaryDiseaseSymptoms []string `json:"primary_disease_symptoms"`
		AlternativeDiseases    []string `json:"alternative_diseases"`
	}
	userVerification struct {
		SelectedSymptoms    json.RawMessage `json:"selected_symptoms"`
		PrimarySymptoms     json.RawMessage `json:"primary_symptoms"`
		AlternativeSymptoms json.RawMessage `json:"alternative_symptoms"`
		DetectedDisease     string          `json:"detected_disease"`
		IsDetectionCorrect  bool            `json:"is_detection_correct"`
		UserFeedback        string          `json:"user_feedback"`
	}
	gateValidation struct {
		Passed                  bool     `json:"passed"`
		GatePrediction          string   `json:"gate_prediction"`
		GateConfidence          *float64 `json:"gate_confidence,omitempty"`
		GatePredictedConfidence *float64 `json:"gate_predicted_confidence,omitempty"`
		MangoConfidence         *float64 `json:"mango_confidence,omitempty"`
		Threshold               *float64 `json:"threshold,omitempty"`
		Message                 string   `json:"message"`
	}
	debugInfo struct {
		ModelLoaded   bool               `json:"model_loaded"`
		ImageSize     [2]int             `json:"image_size"`
		ProcessedSize [2]int             `json:"processed_size"`
		GateModelUsed bool               `json:"gate_model_used"`
		InferenceMode string             `json:"inference_mode"`
		Verdict       mango.Verdict      `json:"verdict"`
		ModelVersion  string             `json:"model_version"`
		Recognised    bool               `json:"recognised"` // the same photo was answered a moment ago
		Milliseconds  map[string]float64 `json:"milliseconds"`
	}
	predictData struct {
		PrimaryPrediction   primaryPrediction  `json:"primary_prediction"`
		Top3Predictions     []rankedPrediction `json:"top_3_predictions"`
		Predictions         []shortPrediction  `json:"predictions"`
		PredictionSummary   predictionSummary  `json:"prediction_summary"`
		AlternativeSymptoms symptomSummary     `json:"alternative_symptoms"`
		UserVerification    userVerification   `json:"user_verification"`
		GateValidation      gateValidation     `json:"gate_validation"`
		SavedImageID        *uint64            `json:"saved_image_id,omitempty"`
		DuplicateOf         *uint64            `json:"duplicate_of,omitempty"`   // an id: this user saved the same photo minutes ago
		Stored              *bool              `json:"stored,omitempty"`         // false: it was to be stored and could not be
		IgnoredFields       []string           `json:"ignored_fields,omitempty"` // "field: rule"
		ModelUsed           string             `json:"model_used"`
		ModelPath           string             `json:"model_path"` // the bare file name
		DebugInfo           debugInfo          `json:"debug_info"`
		// HeatMap is a data URL of a JPEG: what the model looked at.
		HeatMap string `json:"heat_map,omitempty"`
	}
	// unsavedData says saved_image_id null outright, as clients expect where
	// nothing can have been saved.
	unsavedData struct {
		predictData
		SavedImageID *uint64 `json:"saved_image_id"`
	}
)

// bare is the data of either shape.
func bare(data any) predictData {
	if u, ok := data.(unsavedData); ok {
		return u.predictData
	}
	return data.(predictData)
}

// advisor tells what growers are advised of a disease: the store's words, with
// the administrators' edits.
type advisor func(disease string, part mango.Kind) mango.Advice

// predictReply is the message and the data of a diagnosed photo.
func predictReply(d *mango.Diagnosis, asked *predictForm, saved *mango.Saved, advice advisor) (string, any) {
	data := predictData{
		Top3Predictions:     []rankedPrediction{},
		Predictions:         []shortPrediction{},
		AlternativeSymptoms: symptomSummary{PrimaryDiseaseSymptoms: []string{}, AlternativeDiseases: []string{}},
		UserVerification:    asked.verification(),
		GateValidation:      validation(d),
		IgnoredFields:       asked.ignored,
		ModelUsed:           string(d.Kind),
		ModelPath:           d.Model.File,
		DebugInfo:           debugging(d),
	}
	if saved != nil {
		data.SavedImageID = &saved.ID
		if saved.DuplicateOf != 0 {
			data.DuplicateOf = &saved.DuplicateOf
		}
	}
	if d.HeatMap != nil {
		data.HeatMap = "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(d.HeatMap)
	}
	switch d.Verdict {
	case mango.NotMango:
		return refusedByGate(d, data)
	case mango.Named:
		return named(d, data, advice)
	default:
		return unknown(d, data, advice)
	}
}

func named(d *mango.Diagnosis, data predictData, advice advisor) (string, any) {
	level := confidenceLevel(d.Confidence)
	advised := advice(d.Disease, d.Kind)
	data.PrimaryPrediction = primary(d, d.Disease, level, advised.Treatment, advised.Information)
	shown := render.Percents(d.Ranking[:min(render.Places, len(d.Ranking))])
	for i, c := range d.Ranking[:len(shown)] {
		p := shown[i]
		data.Top3Predictions = append(data.Top3Predictions, rankedPrediction{
			Rank: i + 1, Disease: c.Disease, Confidence: p, ConfidenceFormatted: render.Formatted(p),
			Treatment: advice(c.Disease, d.Kind).Treatment, DetectionType: string(d.Kind),
		})
		data.Predictions = append(data.Predictions, shortPrediction{c.Disease, c.Disease, p})
		if i > 0 {
			data.AlternativeSymptoms.AlternativeDiseases = append(data.AlternativeSymptoms.AlternativeDiseases, c.Disease)
		}
	}
	data.PredictionSummary = predictionSummary{d.Disease, level, len(d.Ranking)}
	data.AlternativeSymptoms.PrimaryDisease = d.Disease
	return "Image processed successfully", data
}

func unknown(d *mango.Diagnosis, data predictData, advice advisor) (string, any) {
	advised := advice(mango.Unknown, d.Kind)
	p := render.Percent(d.Confidence)
	data.PrimaryPrediction = primary(d, mango.Unknown, "Low", advised.Treatment, advised.Information)
	data.Predictions = []shortPrediction{{mango.Unknown, mango.Unknown, p}}
	data.PredictionSummary = predictionSummary{mango.Unknown, "Low", len(d.Ranking)}
	data.AlternativeSymptoms.PrimaryDisease = mango.Unknown
	message := "Could not confidently classify the image. " + advised.Treatment
	if d.Verdict == mango.Unfamiliar {
		message = "This looks like mango, but like nothing this program has learned. " + advised.Treatment
	}
	return message, unsavedData{predictData: data, SavedImageID: data.SavedImageID}
}

func refusedByGate(d *mango.Diagnosis, data predictData) (string, any) {
	name := "Not a Mango Leaf"
	if d.Kind == mango.Fruit {
		name = "Not a Mango Fruit"
	}
	data.PrimaryPrediction = primary(d, name, "Low", data.GateValidation.Message, "")
	data.PrimaryPrediction.ConfidenceScore = render.Percent(d.Gate.Of(d.Kind))
	data.PrimaryPrediction.Confidence = render.Formatted(data.PrimaryPrediction.ConfidenceScore)
	data.PredictionSummary = predictionSummary{name, "Low", 0}
	data.AlternativeSymptoms.PrimaryDisease = name
	message := data.GateValidation.Message + " The photo was not stored."
	return message, unsavedData{predictData: data}
}

func primary(d *mango.Diagnosis, disease, level, treatment, information string) primaryPrediction {
	p := render.Percent(d.Confidence)
	return primaryPrediction{
		Disease: disease, Confidence: render.Formatted(p), ConfidenceScore: p, ConfidenceLevel: level,
		Treatment: treatment, DetectionType: string(d.Kind), Information: information,
	}
}

// validation tells what the gate saw.
func validation(d *mango.Diagnosis) gateValidation {
	g := d.Gate
	if !g.Present {
		return gateValidation{Passed: true, Message: "This model does not check whether the photo shows a mango."}
	}
	own := render.Percent(g.Of(d.Kind))
	if g.Passed {
		return gateValidation{Passed: true, GatePrediction: "Mango", GateConfidence: &own, Message: fmt.Sprintf("This is a mango %s.", d.Kind)}
	}
	seen := render.Percent(max(g.Leaf, g.Fruit, g.Other))
	limit := render.Percent(g.Threshold)
	v := gateValidation{GatePrediction: g.Prediction(), GatePredictedConfidence: &seen, MangoConfidence: &own, Threshold: &limit}
	switch {
	case d.Kind == mango.Leaf && g.Fruit > max(g.Leaf, g.Other):
		v.Message = "This looks like a mango fruit, not a leaf. Choose Fruit and send it again."
	case d.Kind == mango.Fruit && g.Leaf > max(g.Fruit, g.Other):
		v.Message = "This looks like a mango leaf, not a fruit. Choose Leaf and send it again."
	default:
		v.Message = fmt.Sprintf("This does not look like a mango %s. Take a photo of one mango %s that fills the picture.", d.Kind, d.Kind)
	}
	return v
}

func (p *predictForm) verification() userVerification {
	a := p.answers
	return userVerification{
		SelectedSymptoms: render.OrList(a.SelectedSymptoms), PrimarySymptoms: render.OrList(a.PrimarySymptoms),
		AlternativeSymptoms: render.OrList(a.AlternativeSymptoms), DetectedDisease: a.DetectedDisease,
		IsDetectionCorrect: a.Correct != nil && *a.Correct, UserFeedback: a.Feedback,
	}
}

func debugging(d *mango.Diagnosis) debugInfo {
	ms := func(t interface{ Seconds() float64 }) float64 { return math.Round(t.Seconds()*1e6) / 1e3 }
	return debugInfo{
		ModelLoaded: true, ImageSize: [2]int{d.Photo.Width, d.Photo.Height},
		ProcessedSize: [2]int{d.InputWidth, d.InputHeight}, GateModelUsed: d.Gate.Present,
		InferenceMode: "standard", Verdict: d.Verdict, ModelVersion: d.Model.Version, Recognised: d.Recognised,
		Milliseconds: map[string]float64{
			"wait": ms(d.Timings.Wait), "decode": ms(d.Timings.Decode), "resize": ms(d.Timings.Resize),
			"infer": ms(d.Timings.Infer), "total": ms(d.Timings.Total),
		},
	}
}

// confidenceLevel names a fraction.
func confidenceLevel(p float64) string {
	switch {
	case p >= 0.8:
		return "High"
	case p >= 0.6:
		return "Medium"
	case p >= 0.4:
		return "Low"
	default:
		return "Very Low"
	}
}
