package mango

import "time"

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
		return r.Classification
	}
	return r.Disease
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
