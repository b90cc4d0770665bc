package control

import (
	"encoding/hex"
	"encoding/json"
	"time"

	"mangosense/server/internal/mango"
)

// Export is one record as `mangosense export` prints it.
type Export struct {
	ID             uint64             `json:"id"`
	UserID         uint64             `json:"user_id"`
	CreatedAt      time.Time          `json:"created_at"`
	Kind           mango.Kind         `json:"kind"`
	Disease        string             `json:"disease"`
	Confidence     float64            `json:"confidence"`
	Verdict        mango.Verdict      `json:"verdict"`
	Probabilities  map[string]float64 `json:"probabilities"`
	Gate           *ExportGate        `json:"gate"`
	Model          string             `json:"model"`
	Version        string             `json:"version"`
	ModelFile      string             `json:"model_file"`
	Milliseconds   float64            `json:"milliseconds"`
	Photo          ExportPhoto        `json:"photo"`
	Location       *ExportLocation    `json:"location"`
	Answers        ExportAnswers      `json:"answers"`
	Classification string             `json:"classification"`
	Verified       bool               `json:"verified"`
	VerifiedBy     uint64             `json:"verified_by,omitempty"`
	VerifiedAt     *time.Time         `json:"verified_at"`
	Notes          string             `json:"notes"`
	TrainingReady  bool               `json:"training_ready"`
	TrainingNotes  string             `json:"training_notes"`
	Origin         string             `json:"origin,omitempty"`
}

// ExportGate is the answer of the mango gate.
type ExportGate struct {
	Leaf   float64 `json:"leaf"`
	Fruit  float64 `json:"fruit"`
	Other  float64 `json:"other"`
	Passed bool    `json:"passed"`
}

// ExportPhoto says which photo it was; file is empty when it is not kept.
type ExportPhoto struct {
	SHA256 string `json:"sha256"`
	Format string `json:"format"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Bytes  int64  `json:"bytes"`
	Name   string `json:"name"`
	File   string `json:"file"`
}

// ExportLocation is where it was taken.
type ExportLocation struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Accuracy  float64 `json:"accuracy"`
	Address   string  `json:"address"`
	Source    string  `json:"source"`
	Confirmed bool    `json:"confirmed"`
}

// ExportAnswers is what the user said.
type ExportAnswers struct {
	SelectedSymptoms    json.RawMessage `json:"selected_symptoms,omitempty"`
	PrimarySymptoms     json.RawMessage `json:"primary_symptoms,omitempty"`
	AlternativeSymptoms json.RawMessage `json:"alternative_symptoms,omitempty"`
	TopDiseases         json.RawMessage `json:"top_diseases,omitempty"`
	SymptomsData        json.RawMessage `json:"symptoms_data,omitempty"`
	DetectedDisease     string          `json:"detected_disease,omitempty"`
	Feedback            string          `json:"feedback,omitempty"`
	Correct             *bool           `json:"correct,omitempty"`
}

// Exported is a record in its exported form.
func Exported(r *mango.Record) Export {
	said, _ := r.Predicted()
	e := Export{
		ID: r.ID, UserID: r.User, CreatedAt: r.CreatedAt, Kind: r.Kind, Disease: said.Disease, Confidence: said.Probability,
		Verdict: r.Verdict, Probabilities: map[string]float64{}, Model: r.Model.ID, Version: r.Model.Version,
		ModelFile: r.Model.File, Milliseconds: float64(r.Processing) / 1e6,
		Photo: ExportPhoto{SHA256: hex.EncodeToString(r.Photo.SHA256[:]), Format: r.Photo.Format, Width: r.Photo.Width,
			Height: r.Photo.Height, Bytes: r.Photo.Bytes, Name: r.OriginalName, File: r.Media},
		Answers: ExportAnswers{SelectedSymptoms: raw(r.Answers.SelectedSymptoms), PrimarySymptoms: raw(r.Answers.PrimarySymptoms),
			AlternativeSymptoms: raw(r.Answers.AlternativeSymptoms), TopDiseases: raw(r.Answers.TopDiseases),
			SymptomsData: raw(r.Answers.SymptomsData), DetectedDisease: r.Answers.DetectedDisease,
			Feedback: r.Answers.Feedback, Correct: r.Answers.Correct},
		Classification: r.Classification, Verified: r.Verified, VerifiedBy: r.VerifiedBy, Notes: r.Notes,
		TrainingReady: r.TrainingReady, TrainingNotes: r.TrainingNotes, Origin: r.Origin,
	}
	if r.Corrected() {
		e.Classification = r.Class() // where an earlier program wrote it over the answer, too
	}
	for _, c := range r.Probabilities {
		e.Probabilities[c.Disease] = c.Probability
	}
	if g := r.Gate; g.Present {
		e.Gate = &ExportGate{g.Leaf, g.Fruit, g.Other, g.Passed}
	}
	if l := r.Location; l != nil {
		e.Location = &ExportLocation{l.Latitude, l.Longitude, l.Accuracy, l.Address, l.Source, l.AccuracyConfirmed}
	}
	if !r.VerifiedAt.IsZero() {
		e.VerifiedAt = &r.VerifiedAt
	}
	return e
}

// raw is JSON as it was sent, or nothing when it is no JSON.
func raw(b []byte) json.RawMessage {
	if !json.Valid(b) {
		return nil
	}
	return b
}
