package app

import (
	"encoding/json"
	"fmt"
	"time"

	"mangosense/server/internal/mango"
)

type exportCmd struct {
	DataDir string `env:"DATA_DIR" default:"./data" placeholder:"DIR" help:"Database and photos."`
}

// exported is one line of `mangosense export`.
type exported struct {
	ID             uint64             `json:"id"`
	User           uint64             `json:"user,omitempty"`
	CreatedAt      time.Time          `json:"created_at"`
	Kind           mango.Kind         `json:"kind"`
	Disease        string             `json:"disease"`
	Confidence     float64            `json:"confidence"`
	Verdict        mango.Verdict      `json:"verdict"`
	Probabilities  map[string]float64 `json:"probabilities"`
	Gate           *jsonGate          `json:"gate"`
	Model          string             `json:"model"`
	ModelVersion   string             `json:"model_version"`
	ProcessingMS   float64            `json:"processing_ms"`
	SHA256         string             `json:"sha256"` // of the photo as it arrived
	Media          string             `json:"media"`
	Format         string             `json:"format"`
	Width          int                `json:"width"`
	Height         int                `json:"height"`
	Bytes          int64              `json:"bytes"`
	OriginalName   string             `json:"original_filename"`
	Location       *mango.Location    `json:"location,omitempty"`
	Answers        exportedAnswers    `json:"answers"`
	Classification string             `json:"classification,omitempty"`
	Verified       bool               `json:"is_verified"`
	VerifiedBy     uint64             `json:"verified_by,omitempty"`
	Notes          string             `json:"notes,omitempty"`
	TrainingReady  bool               `json:"training_ready"`
	TrainingNotes  string             `json:"training_notes,omitempty"`
}

type exportedAnswers struct {
	SelectedSymptoms    json.RawMessage `json:"selected_symptoms,omitempty"`
	PrimarySymptoms     json.RawMessage `json:"primary_symptoms,omitempty"`
	AlternativeSymptoms json.RawMessage `json:"alternative_symptoms,omitempty"`
	TopDiseases         json.RawMessage `json:"top_diseases,omitempty"`
	SymptomsData        json.RawMessage `json:"symptoms_data,omitempty"`
	DetectedDisease     string          `json:"detected_disease,omitempty"`
	Feedback            string          `json:"user_feedback,omitempty"`
	Correct             *bool           `json:"is_detection_correct,omitempty"`
}

// Run prints all records, newest first, beside a running server too.
func (c *exportCmd) Run(r *run) error {
	enc := json.NewEncoder(r.Out)
	enc.SetEscapeHTML(false)
	return eachRecord(r.ctx, c.DataDir, func(rec *mango.Record) error {
		if err := enc.Encode(exportLine(rec)); err != nil {
			return fmt.Errorf("cannot print a record: %w", err)
		}
		return nil
	})
}

func exportLine(r *mango.Record) exported {
	line := exported{
		ID: r.ID, User: r.User, CreatedAt: r.CreatedAt, Kind: r.Kind, Disease: r.Disease,
		Confidence: r.Confidence, Verdict: r.Verdict, Probabilities: byName(r.Probabilities),
		Model: r.Model.ID, ModelVersion: r.Model.Version, ProcessingMS: ms(r.Processing),
		SHA256: fmt.Sprintf("%x", r.Photo.SHA256), Media: r.Media, Format: r.Photo.Format,
		Width: r.Photo.Width, Height: r.Photo.Height, Bytes: r.Photo.Bytes,
		OriginalName: r.OriginalName, Location: r.Location,
		Answers: exportedAnswers{
			SelectedSymptoms: r.Answers.SelectedSymptoms, PrimarySymptoms: r.Answers.PrimarySymptoms,
			AlternativeSymptoms: r.Answers.AlternativeSymptoms, TopDiseases: r.Answers.TopDiseases,
			SymptomsData: r.Answers.SymptomsData, DetectedDisease: r.Answers.DetectedDisease,
			Feedback: r.Answers.Feedback, Correct: r.Answers.Correct,
		},
		Classification: r.Classification, Verified: r.Verified, VerifiedBy: r.VerifiedBy,
		Notes: r.Notes, TrainingReady: r.TrainingReady, TrainingNotes: r.TrainingNotes,
	}
	if r.Gate.Present {
		line.Gate = &jsonGate{r.Gate.Leaf, r.Gate.Fruit, r.Gate.Other, r.Gate.Passed}
	}
	return line
}
