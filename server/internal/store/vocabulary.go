package store

import (
	"slices"

	"mangosense/server/internal/mango"
)

// vocabulary is the vocabulary with its look-ups; it is never changed, only
// replaced.
type vocabulary struct {
	all      mango.Vocabulary
	diseases map[string]*mango.DiseaseEntry // part + folded name
	names    map[string]string              // folded name of a disease → its spelling
	prompts  map[uint64][]mango.Symptom     // by disease
}

func diseaseKey(name string, part mango.Kind) string {
	return string(part) + " " + mango.ClassKey(name)
}

func newVocabulary(v mango.Vocabulary) *vocabulary {
	out := &vocabulary{all: v, diseases: map[string]*mango.DiseaseEntry{}, names: map[string]string{}, prompts: map[uint64][]mango.Symptom{}}
	keys, names := map[uint64]string{}, map[uint64]string{}
	for _, s := range v.Symptoms {
		keys[s.ID] = s.Key
	}
	for i := range v.Diseases {
		d := &v.Diseases[i]
		names[d.ID] = d.Name
		out.diseases[diseaseKey(d.Name, d.Part)] = d
		if key := mango.ClassKey(d.Name); out.names[key] == "" {
			out.names[key] = mango.Canonical(d.Name)
		}
	}
	for i := range v.Aliases {
		a := &v.Aliases[i]
		a.Key = keys[a.Canonical]
	}
	for i := range v.Links {
		l := &v.Links[i]
		l.DiseaseName, l.SymptomKey = names[l.Disease], keys[l.Symptom]
		out.prompts[l.Disease] = append(out.prompts[l.Disease], mango.Symptom{Key: l.SymptomKey, Label: l.Label})
	}
	return out
}

func (s *Store) words() *vocabulary {
	s.memory.mu.RLock()
	defer s.memory.mu.RUnlock()
	return s.memory.words
}

// Vocabulary implements mango.Words.
func (s *Store) Vocabulary() mango.Vocabulary {
	v := s.words().all
	return mango.Vocabulary{Symptoms: slices.Clone(v.Symptoms), Aliases: slices.Clone(v.Aliases),
		Diseases: slices.Clone(v.Diseases), Links: slices.Clone(v.Links)}
}

// Prompts implements mango.Words.
func (s *Store) Prompts(disease string, part mango.Kind) ([]mango.Symptom, bool) {
	v := s.words()
	if d := v.diseases[diseaseKey(disease, part)]; d != nil && disease != "" {
		if p := v.prompts[d.ID]; len(p) > 0 {
			return slices.Clone(p), true
		}
	}
	if d := v.diseases[diseaseKey(mango.FallbackDisease, part)]; d != nil && len(v.prompts[d.ID]) > 0 {
		return slices.Clone(v.prompts[d.ID]), false
	}
	return []mango.Symptom{{Key: "obs_discolouration", Label: "Odd colour or spots"}}, false
}

// AdviceOf implements mango.Words.
func (s *Store) AdviceOf(disease string, part mango.Kind) mango.Advice {
	a := s.adviceInShort(disease)
	if d := s.words().diseases[diseaseKey(disease, part)]; d != nil {
		if d.Description != "" && !mango.Delivered(d.Name, d.Description) {
			a.Information = d.Description
		}
		if d.Treatment != "" && !mango.Delivered(d.Name, d.Treatment) {
			a.Treatment = d.Treatment
		}
	}
	return a
}

// CanonicalClass implements mango.Words.
func (s *Store) CanonicalClass(name string) string {
	if known := s.words().names[mango.ClassKey(name)]; known != "" {
		return known
	}
	return mango.Canonical(name)
}

// spellClasses brings every class of a record to its one spelling.
func (s *Store) spellClasses(r *mango.Record) {
	r.Disease, r.Classification = s.CanonicalClass(r.Disease), s.CanonicalClass(r.Classification)
	r.Answers.DetectedDisease = s.CanonicalClass(r.Answers.DetectedDisease)
	spelled := make([]mango.Class, len(r.Probabilities))
	for i, c := range r.Probabilities {
		spelled[i] = mango.Class{Disease: s.CanonicalClass(c.Disease), Probability: c.Probability}
	}
	if len(spelled) > 0 {
		r.Probabilities = spelled
	}
}
