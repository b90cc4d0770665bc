package store_test

import (
	"testing"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

func TestSeededVocabulary(t *testing.T) {
	s := openStore(t, store.Config{})
	v := s.Vocabulary()
	features := map[mango.Kind]int{}
	for _, e := range v.Symptoms {
		if e.Vector != nil {
			features[e.Part]++
		}
	}
	if features[mango.Leaf] != 22 || features[mango.Fruit] != 12 || len(v.Aliases) < 100 || len(v.Diseases) != 21 {
		t.Errorf("%v features, %d aliases, %d diseases", features, len(v.Aliases), len(v.Diseases))
	}
	for _, c := range []struct {
		disease string
		part    mango.Kind
		n       int
		known   bool
		first   string
	}{
		{"Anthracnose", mango.Leaf, 7, true, "dark_spots_brown"},
		{"sooty_mould", mango.Leaf, 7, true, "black_sooty_coating"},
		{"Stem End Rot", mango.Fruit, 7, true, "stem_end_browning"},
		{"Alternaria", mango.Leaf, 4, false, "obs_discolouration"},
		{"no such thing", mango.Fruit, 4, false, "obs_discolouration"},
		{"", mango.Leaf, 4, false, "obs_discolouration"},
	} {
		p, known := s.Prompts(c.disease, c.part)
		if len(p) != c.n || known != c.known || p[0].Key != c.first || p[0].Label == "" {
			t.Errorf("%s on %s: %v, %v", c.disease, c.part, p, known)
		}
	}
}

func TestEditedVocabularyShowsAtOnce(t *testing.T) {
	s := openStore(t, store.Config{})
	code := func(err error) mango.Code {
		if err == nil {
			return ""
		}
		return mango.CodeOf(err)
	}
	var die mango.DiseaseEntry
	for _, d := range s.Vocabulary().Diseases {
		if d.Name == "Die Back" && d.Part == mango.Leaf {
			die = d
		}
	}
	die.Treatment = "Ask the co-operative."
	if err := s.PutDisease(ctx, mango.System, &die); err != nil || s.AdviceOf("die_back", mango.Leaf).Treatment != die.Treatment {
		t.Errorf("%v, %+v", err, s.AdviceOf("die_back", mango.Leaf))
	}
	if a := s.AdviceOf("odd", mango.Leaf); a.Treatment == "" {
		t.Error("no treatment")
	}
	sym := &mango.SymptomEntry{Key: "holes", Part: mango.Leaf}
	if err := s.PutSymptom(ctx, mango.System, sym); err != nil || sym.ID == 0 {
		t.Fatal(err)
	}
	if got := code(s.PutSymptom(ctx, mango.System, &mango.SymptomEntry{Key: "holes", Part: mango.Leaf})); got != mango.Conflict {
		t.Errorf("the same key again: %s", got)
	}
	link := &mango.DiseaseSymptom{Disease: die.ID, Symptom: sym.ID, Label: "Holes", Order: 8}
	if err := s.PutLink(ctx, mango.System, link); err != nil {
		t.Fatal(err)
	}
	if p, _ := s.Prompts("Die Back", mango.Leaf); len(p) != 8 || p[7].Label != "Holes" {
		t.Errorf("%v", p)
	}
	taken := *link
	taken.ID = 0
	if got := code(s.PutLink(ctx, mango.System, &taken)); got != mango.Conflict {
		t.Errorf("the same order again: %s", got)
	}
	if got := code(s.DeleteSymptom(ctx, mango.System, sym.ID)); got != mango.Invalid {
		t.Errorf("a symptom in use: %s", got)
	}
	if got := code(s.PutLink(ctx, mango.System, &mango.DiseaseSymptom{Disease: 4711, Symptom: sym.ID, Label: "x", Order: 1})); got != mango.Invalid {
		t.Errorf("a link to nothing: %s", got)
	}
	if err := s.DeleteDisease(ctx, mango.System, die.ID); err != nil {
		t.Fatal(err)
	}
	if _, known := s.Prompts("Die Back", mango.Leaf); known {
		t.Error("the deleted disease still has prompts")
	}
	if err := s.DeleteSymptom(ctx, mango.System, sym.ID); err != nil {
		t.Error(err)
	}
}
