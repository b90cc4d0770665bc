package accounts

import (
	"encoding/json"

	"mangosense/server/internal/api/render"
	"mangosense/server/internal/mango"
)

type (
	ownPlace struct {
		Latitude          float64 `json:"latitude"`
		Longitude         float64 `json:"longitude"`
		Accuracy          float64 `json:"accuracy"`
		Address           string  `json:"address"`
		Source            string  `json:"source"`
		AccuracyConfirmed bool    `json:"accuracy_confirmed"`
		ConsentGiven      bool    `json:"consent_given"`
	}
	ownClass struct {
		Disease     string  `json:"disease"`
		Probability float64 `json:"probability"`
	}
	// ownRecord is a record as its owner takes it home.
	ownRecord struct {
		ID                  uint64          `json:"id"`
		CreatedAt           string          `json:"created_at"`
		DiseaseType         string          `json:"disease_type"`
		Disease             string          `json:"disease"`
		Confidence          float64         `json:"confidence"`
		Verdict             mango.Verdict   `json:"verdict"`
		Probabilities       []ownClass      `json:"probabilities"`
		Model               string          `json:"model"`
		ModelVersion        string          `json:"model_version"`
		ExpertClass         string          `json:"expert_class"`
		Verified            bool            `json:"verified"`
		VerifiedAt          *string         `json:"verified_at"`
		Notes               string          `json:"notes"`
		FileName            string          `json:"file_name"`
		Photo               string          `json:"photo"` // in the ZIP
		Place               *ownPlace       `json:"place"`
		Label               string          `json:"label"` // of the tree or block
		DetectedDisease     string          `json:"detected_disease"`
		Feedback            string          `json:"feedback"`
		IsDetectionCorrect  *bool           `json:"is_detection_correct"`
		SelectedSymptoms    json.RawMessage `json:"selected_symptoms"`
		PrimarySymptoms     json.RawMessage `json:"primary_symptoms"`
		AlternativeSymptoms json.RawMessage `json:"alternative_symptoms"`
		TopDiseases         json.RawMessage `json:"top_diseases"`
		SymptomsData        json.RawMessage `json:"symptoms_data"`
	}
	ownConfirmation struct {
		ID           uint64    `json:"id"`
		Record       uint64    `json:"record_id"`
		At           string    `json:"confirmed_at"`
		Correct      *bool     `json:"is_correct"`
		Predicted    string    `json:"predicted_disease"`
		Feedback     string    `json:"user_feedback"`
		Confidence   *float64  `json:"confidence_score"`
		ConsentGiven bool      `json:"location_consent_given"`
		Place        *ownPlace `json:"place"`
	}
)

func ownRecordOf(r *mango.Record) ownRecord {
	said, _ := r.Predicted()
	row := ownRecord{
		ID: r.ID, CreatedAt: render.Serial(r.CreatedAt), DiseaseType: string(r.Kind), Disease: said.Disease, Confidence: render.Rounded(said.Probability),
		Verdict: r.Verdict, Probabilities: make([]ownClass, 0, len(r.Probabilities)), Model: r.Model.ID, ModelVersion: r.Model.Version,
		ExpertClass: r.Classification, Verified: r.Verified, VerifiedAt: render.SerialOrNil(r.VerifiedAt), Notes: r.Notes,
		FileName: r.OriginalName, Place: ownPlaceOf(r.Location), Label: r.Label,
		DetectedDisease: r.Answers.DetectedDisease, Feedback: r.Answers.Feedback, IsDetectionCorrect: r.Answers.Correct,
		SelectedSymptoms: render.OrList(r.Answers.SelectedSymptoms), PrimarySymptoms: render.OrList(r.Answers.PrimarySymptoms),
		AlternativeSymptoms: render.OrList(r.Answers.AlternativeSymptoms), TopDiseases: render.OrList(r.Answers.TopDiseases),
		SymptomsData: render.OrObject(r.Answers.SymptomsData),
	}
	if r.Corrected() {
		row.ExpertClass = r.Class() // where an earlier program wrote it over the answer, too
	}
	for _, c := range r.Probabilities {
		row.Probabilities = append(row.Probabilities, ownClass{mango.Canonical(c.Disease), render.Rounded(c.Probability)})
	}
	return row
}

func ownPlaceOf(l *mango.Location) *ownPlace {
	if l == nil {
		return nil
	}
	p := ownPlace(*l)
	return &p
}

func ownConfirmationOf(c *mango.Confirmation) ownConfirmation {
	return ownConfirmation{
		ID: c.ID, Record: c.Record, At: render.Serial(c.At), Correct: c.Correct, Predicted: c.Predicted, Feedback: c.Feedback,
		Confidence: c.Confidence, ConsentGiven: c.ConsentGiven, Place: ownPlaceOf(c.Location),
	}
}
