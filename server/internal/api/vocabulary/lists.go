package vocabulary

import (
	"cmp"
	"math"
	"slices"

	"mangosense/server/internal/api/jsonbody"
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/render"
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

var symptomList = list[mango.SymptomEntry]{
	name:   "Symptom",
	all:    func(v *mango.Vocabulary) []mango.SymptomEntry { return v.Symptoms },
	id:     func(e *mango.SymptomEntry) uint64 { return e.ID },
	needed: []string{"key", "plant_part"},
	wanted: func(q *kit.Query) func(*mango.SymptomEntry) bool {
		part := q.Kind("plant_part")
		return func(e *mango.SymptomEntry) bool { return part == "" || e.Part == part }
	},
	read: func(o *jsonbody.Object, e *mango.SymptomEntry) {
		jsonbody.Set(&e.Key, o.Word("key", maxKey))
		jsonbody.Set(&e.Part, o.Kind("plant_part"))
		jsonbody.Set(&e.Vocabulary, o.Flag("is_in_vocabulary"))
		if index := o.Whole("vector_index", 0, math.MaxInt16); index != nil || o.IsNull("vector_index") {
			e.Vector = index
		}
	},
	body: func(_ *Handlers, e *mango.SymptomEntry) any {
		return symptomBody{e.ID, e.Key, e.Part, e.Vector, e.Vocabulary, render.Serial(e.CreatedAt)}
	},
	put:    Store.PutSymptom,
	remove: Store.DeleteSymptom,
}

type aliasBody struct {
	ID           uint64 `json:"id"`
	Alias        string `json:"alias"`
	Canonical    uint64 `json:"canonical"`
	CanonicalKey string `json:"canonical_key"`
	Source       string `json:"source"`
}

var aliasList = list[mango.Alias]{
	name:   "Alias",
	all:    func(v *mango.Vocabulary) []mango.Alias { return v.Aliases },
	id:     func(e *mango.Alias) uint64 { return e.ID },
	needed: []string{"alias", "canonical"},
	wanted: func(*kit.Query) func(*mango.Alias) bool { return func(*mango.Alias) bool { return true } },
	read: func(o *jsonbody.Object, e *mango.Alias) {
		jsonbody.Set(&e.Alias, o.Word("alias", maxAlias))
		jsonbody.Set(&e.Canonical, o.ID("canonical"))
		jsonbody.Set(&e.Source, o.Text("source", maxClassName))
		if e.ID == 0 && e.Source == "" {
			e.Source = "admin"
		}
	},
	body: func(_ *Handlers, e *mango.Alias) any {
		return aliasBody{e.ID, e.Alias, e.Canonical, e.Key, e.Source}
	},
	put:    Store.PutAlias,
	remove: Store.DeleteAlias,
}

type diseaseBody struct {
	ID             uint64     `json:"id"`
	Name           string     `json:"name"`
	PlantPart      mango.Kind `json:"plant_part"`
	IsInClassifier bool       `json:"is_in_classifier"`
	Description    string     `json:"description"`
	Treatment      string     `json:"treatment"`
}

var diseaseList = list[mango.DiseaseEntry]{
	name:   "Disease",
	all:    func(v *mango.Vocabulary) []mango.DiseaseEntry { return v.Diseases },
	id:     func(e *mango.DiseaseEntry) uint64 { return e.ID },
	needed: []string{"name", "plant_part"},
	wanted: func(q *kit.Query) func(*mango.DiseaseEntry) bool {
		part := q.Kind("plant_part")
		return func(e *mango.DiseaseEntry) bool { return part == "" || e.Part == part }
	},
	read: func(o *jsonbody.Object, e *mango.DiseaseEntry) {
		jsonbody.Set(&e.Name, o.Word("name", maxClassName))
		jsonbody.Set(&e.Part, o.Kind("plant_part"))
		o.Flag("is_in_classifier") // the page sends it back; the models say it
		jsonbody.Set(&e.Description, o.Text("description", maxAdvice))
		jsonbody.Set(&e.Treatment, o.Text("treatment", maxAdvice))
	},
	body: func(h *Handlers, e *mango.DiseaseEntry) any {
		said := h.Store.AdviceOf(e.Name, e.Part) // the delivered text where none was written
		return diseaseBody{e.ID, e.Name, e.Part, h.classified(e), cmp.Or(e.Description, said.Information), cmp.Or(e.Treatment, said.Treatment)}
	},
	put:    Store.PutDisease,
	remove: Store.DeleteDisease,
}

// classified reports whether the model that answers for the entry's plant part
// has its class.
func (h *Handlers) classified(e *mango.DiseaseEntry) bool {
	return slices.ContainsFunc(h.Classes(e.Part), func(c string) bool { return mango.SameClass(c, e.Name) })
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

var linkList = list[mango.DiseaseSymptom]{
	name:   "Disease symptom",
	all:    func(v *mango.Vocabulary) []mango.DiseaseSymptom { return v.Links },
	id:     func(e *mango.DiseaseSymptom) uint64 { return e.ID },
	needed: []string{"disease", "symptom", "display_label"},
	wanted: func(q *kit.Query) func(*mango.DiseaseSymptom) bool {
		disease := q.ID("disease")
		return func(e *mango.DiseaseSymptom) bool { return disease == nil || e.Disease == *disease }
	},
	read: func(o *jsonbody.Object, e *mango.DiseaseSymptom) {
		jsonbody.Set(&e.Disease, o.ID("disease"))
		jsonbody.Set(&e.Symptom, o.ID("symptom"))
		jsonbody.Set(&e.Label, o.Word("display_label", maxLabel))
		jsonbody.Set(&e.Order, o.Whole("display_order", 0, math.MaxInt16))
	},
	body: func(_ *Handlers, e *mango.DiseaseSymptom) any {
		return linkBody{e.ID, e.Disease, e.DiseaseName, e.Symptom, e.SymptomKey, e.Label, e.Order}
	},
	put:    Store.PutLink,
	remove: Store.DeleteLink,
}
