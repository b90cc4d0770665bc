package mango

import "time"

// SymptomEntry is one sign of disease in the vocabulary.
type SymptomEntry struct {
	ID         uint64
	Key        string // slug, ≤ 80; unique with Part
	Part       Kind
	Vector     *int // place in the model's feature vector
	Vocabulary bool // a model feature, not display only
	CreatedAt  time.Time
}

// Alias leads a loose word to a symptom.
type Alias struct {
	ID        uint64
	Alias     string // slug, ≤ 120, unique
	Canonical uint64 // symptom
	Key       string // of that symptom; filled when read
	Source    string
}

// DiseaseEntry is the text that growers read about a disease.
type DiseaseEntry struct {
	ID          uint64
	Name        string // ≤ 100; unique with Part
	Part        Kind
	Classifier  bool // as imported; what the loaded models know is theirs to say
	Description string
	Treatment   string
}

// FallbackDisease is the name whose prompts are shown for anything unknown.
const FallbackDisease = "_fallback"

// DiseaseSymptom shows a symptom under a disease.
type DiseaseSymptom struct {
	ID          uint64
	Disease     uint64
	Symptom     uint64
	DiseaseName string // filled when read
	SymptomKey  string // filled when read
	Label       string // ≤ 300
	Order       int    // unique in its disease
}

// Vocabulary is the whole of it, as one consistent copy.
type Vocabulary struct {
	Symptoms []SymptomEntry
	Aliases  []Alias
	Diseases []DiseaseEntry
	Links    []DiseaseSymptom // by disease, then order
}
