package api

import (
	"math"
	"slices"

	"mangosense/server/internal/mango"
)

// The longest texts of the vocabulary, in characters.
const (
	maxKey       = 80
	maxAlias     = 120
	maxClassName = 100
	maxLabel     = 300
	maxAdvice    = 5000
)

type symptomBody struct {
	ID             uint64     `json:"id"`
	Key            string     `json:"key"`
	PlantPart      mango.Kind `json:"plant_part"`
	VectorIndex    *int       `json:"vector_index"`
	IsInVocabulary bool       `json:"is_in_vocabulary"`
	CreatedAt      string     `json:"created_at"`
}

var symptomShelf = shelf[mango.SymptomEntry]{
	name:   "Symptom",
	all:    func(v *mango.Vocabulary) []mango.SymptomEntry { return v.Symptoms },
	id:     func(e *mango.SymptomEntry) uint64 { return e.ID },
	needed: []string{"key", "plant_part"},
	wanted: func(q *query) func(*mango.SymptomEntry) bool {
		part := q.kind("plant_part")
		return func(e *mango.SymptomEntry) bool { return part == "" || e.Part == part }
	},
	read: func(o *object, e *mango.SymptomEntry) {
		set(&e.Key, o.word("key", maxKey))
		set(&e.Part, o.kind("plant_part"))
		set(&e.Vocabulary, o.flag("is_in_vocabulary"))
		if index := o.whole("vector_index", 0, math.MaxInt16); index != nil || o.isNull("vector_index") {
			e.Vector = index
		}
	},
	body: func(_ *Server, e *mango.SymptomEntry) any {
		return symptomBody{e.ID, e.Key, e.Part, e.Vector, e.Vocabulary, serial(e.CreatedAt)}
	},
	put:    mango.Words.PutSymptom,
	remove: mango.Words.DeleteSymptom,
}

type aliasBody struct {
	ID           uint64 `json:"id"`
	Alias        string `json:"alias"`
	Canonical    uint64 `json:"canonical"`
	CanonicalKey string `json:"canonical_key"`
	Source       string `json:"source"`
}

var aliasShelf = shelf[mango.Alias]{
	name:   "Alias",
	all:    func(v *mango.Vocabulary) []mango.Alias { return v.Aliases },
	id:     func(e *mango.Alias) uint64 { return e.ID },
	needed: []string{"alias", "canonical"},
	wanted: func(*query) func(*mango.Alias) bool { return func(*mango.Alias) bool { return true } },
	read: func(o *object, e *mango.Alias) {
		set(&e.Alias, o.word("alias", maxAlias))
		set(&e.Canonical, o.id("canonical"))
		set(&e.Source, o.text("source", maxClassName))
		if e.ID == 0 && e.Source == "" {
			e.Source = "admin"
		}
	},
	body: func(_ *Server, e *mango.Alias) any {
		return aliasBody{e.ID, e.Alias, e.Canonical, e.Key, e.Source}
	},
	put:    mango.Words.PutAlias,
	remove: mango.Words.DeleteAlias,
}

type diseaseBody struct {
	ID             uint64     `json:"id"`
	Name           string     `json:"name"`
	PlantPart      mango.Kind `json:"plant_part"`
	IsInClassifier bool       `json:"is_in_classifier"`
	Description    string     `json:"description"`
	Treatment      string     `json:"treatment"`
}

var diseaseShelf = shelf[mango.DiseaseEntry]{
	name:   "Disease",
	all:    func(v *mango.Vocabulary) []mango.DiseaseEntry { return v.Diseases },
	id:     func(e *mango.DiseaseEntry) uint64 { return e.ID },
	needed: []string{"name", "plant_part"},
	wanted: func(q *query) func(*mango.DiseaseEntry) bool {
		part := q.kind("plant_part")
		return func(e *mango.DiseaseEntry) bool { return part == "" || e.Part == part }
	},
	read: func(o *object, e *mango.DiseaseEntry) {
		set(&e.Name, o.word("name", maxClassName))
		set(&e.Part, o.kind("plant_part"))
		o.flag("is_in_classifier") // the page sends it back; the models say it
		set(&e.Description, o.text("description", maxAdvice))
		set(&e.Treatment, o.text("treatment", maxAdvice))
	},
	body: func(s *Server, e *mango.DiseaseEntry) any {
		return diseaseBody{e.ID, e.Name, e.Part, s.classified(e), e.Description, e.Treatment}
	},
	put:    mango.Words.PutDisease,
	remove: mango.Words.DeleteDisease,
}

// classified reports whether the model that answers for the entry's plant part
// has its class.
func (s *Server) classified(e *mango.DiseaseEntry) bool {
	for _, m := range s.cfg.Inference.Models() {
		if m.Kind == e.Part && slices.ContainsFunc(m.Classes, func(c string) bool { return mango.SameClass(c, e.Name) }) {
			return true
		}
	}
	return false
}

type linkBody struct {
	ID           uint64 `json:"id"`
	Disease      uint64 `json:"disease"`
	DiseaseName  string `json:"disease_name"`
	Symptom      uint64 `json:"symptom"`
	SymptomKey   string `json:"symptom_key"`
	DisplayLabel string `json:"display_label"`
	DisplayOrder int    `json:"display_order"`
}

var linkShelf = shelf[mango.DiseaseSymptom]{
	name:   "Disease symptom",
	all:    func(v *mango.Vocabulary) []mango.DiseaseSymptom { return v.Links },
	id:     func(e *mango.DiseaseSymptom) uint64 { return e.ID },
	needed: []string{"disease", "symptom", "display_label"},
	wanted: func(q *query) func(*mango.DiseaseSymptom) bool {
		disease := q.id("disease")
		return func(e *mango.DiseaseSymptom) bool { return disease == nil || e.Disease == *disease }
	},
	read: func(o *object, e *mango.DiseaseSymptom) {
		set(&e.Disease, o.id("disease"))
		set(&e.Symptom, o.id("symptom"))
		set(&e.Label, o.word("display_label", maxLabel))
		set(&e.Order, o.whole("display_order", 0, math.MaxInt16))
	},
	body: func(_ *Server, e *mango.DiseaseSymptom) any {
		return linkBody{e.ID, e.Disease, e.DiseaseName, e.Symptom, e.SymptomKey, e.Label, e.Order}
	},
	put:    mango.Words.PutLink,
	remove: mango.Words.DeleteLink,
}

// set changes a value where a new one was sent.
func set[T any](to, v *T) {
	if v != nil {
		*to = *v
	}
}
