package mango

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Record is one photo that was diagnosed (or uploaded by an expert) and kept.
type Record struct {
	ID        uint64 // integer to the outside: saved_image_id
	User      uint64 // 0: nobody (before accounts, or imported)
	CreatedAt time.Time

	Kind          Kind
	Disease       string  // what was answered: predicted_class
	Confidence    float64 // 0..1
	Verdict       Verdict
	Probabilities []Class // all classes, most probable first
	Gate          Gate
	Model         Model
	Processing    time.Duration

	Photo        Photo
	OriginalName string // the client's file name, display only
	Media        string // name in the media room: "mango_images/<sha256>.jpg"; empty: no photo is kept
	MediaBytes   int64  // of the file on disk

	Location *Location
	Label    string // the grower's own word for the tree or block; empty: none
	Answers  Answers

	// Classification is the class an expert gave; empty: as predicted.
	Classification string
	Verified       bool
	VerifiedBy     uint64
	VerifiedAt     time.Time
	Notes          string
	TrainingReady  bool
	TrainingNotes  string

	// Origin names where an imported record came from ("django:41"), so that
	// a second import makes no doubles; empty otherwise.
	Origin string
	// ByAdmin: the uploader was an administrator when this was stored.
	ByAdmin bool
	// Changes counts how often the record was changed since it was stored.
	Changes uint32
}

// Class is the expert's class where there is one, else the predicted one.
func (r *Record) Class() string {
	if r.Classification != "" {
		return Canonical(r.Classification)
	}
	return Canonical(r.Disease)
}

// Predicted is what the model answered, whatever an expert made of it later;
// false where no model was asked. Earlier programs wrote a correction over the
// answer: it shows by a confidence that is not the one of its class.
func (r *Record) Predicted() (Class, bool) {
	said := Class{Disease: Canonical(r.Disease), Probability: r.Confidence}
	if r.Disease == "" || len(r.Probabilities) == 0 || r.Changes == 0 {
		return said, r.Disease != ""
	}
	best := r.Probabilities[0]
	best.Disease = Canonical(best.Disease)
	switch {
	case r.Verdict == Unsure || r.Verdict == Unfamiliar:
		said.Disease = Unknown
	case math.Abs(r.probability(r.Disease)-r.Confidence) > 0.01: // an import rounds
		said = best
	case r.Confidence == best.Probability && !SameClass(said.Disease, best.Disease):
		said = best // written over a tie
	}
	return said, true
}

func (r *Record) probability(class string) float64 {
	for _, c := range r.Probabilities {
		if SameClass(c.Disease, class) {
			return c.Probability
		}
	}
	return 0
}

// Corrected reports that the class that counts is not the model's, so that the
// model's confidence says nothing about it.
func (r *Record) Corrected() bool {
	said, ok := r.Predicted()
	return ok && !SameClass(said.Disease, r.Class())
}

// ClassConfidence is the model's confidence in the class that counts; nil
// where that class is a person's.
func (r *Record) ClassConfidence() *float64 {
	said, ok := r.Predicted()
	if !ok || r.Corrected() {
		return nil
	}
	return &said.Probability
}

// predictedNote begins the note that comes with a prediction.
const predictedNote = "Predicted via mobile app with "

// PredictedNote is the note of a record whose class the model named.
func PredictedNote(confidence float64) string {
	return fmt.Sprintf(predictedNote+"%.2f%% confidence", confidence*100)
}

// ShownNotes are the record's notes. Those that came with the prediction speak
// of the model's class: beside a corrected one they have to say so.
func (r *Record) ShownNotes() string {
	said, ok := r.Predicted()
	if !ok || !r.Corrected() || !strings.HasPrefix(r.Notes, predictedNote) {
		return r.Notes
	}
	return fmt.Sprintf("Predicted as %s with %.2f%% confidence; corrected by an expert", said.Disease, said.Probability*100)
}

// Location is where a photo was taken. It exists only with the user's consent.
type Location struct {
	Latitude, Longitude float64 // degrees, WGS 84
	Accuracy            float64 // metres, 0: not given
	Address             string
	Source              string // "device gps", "exif", "manual"
	AccuracyConfirmed   bool
	ConsentGiven        bool
}

// Symptom is one ticked sign of disease, as the app sent it.
type Symptom struct {
	Key   string `json:"key"`
	Label string `json:"label"`
}

// Answers is what the user of the app said beside the photo. Raw JSON is kept
// as sent (valid JSON, bounded by the api), since clients read it back.
type Answers struct {
	SelectedSymptoms    []byte // JSON array of strings or of {key,label}
	PrimarySymptoms     []byte // JSON array
	AlternativeSymptoms []byte // JSON array
	TopDiseases         []byte // JSON array
	SymptomsData        []byte // JSON object
	DetectedDisease     string
	Feedback            string
	// Correct is the user's verdict; nil: not asked.
	Correct *bool
}
