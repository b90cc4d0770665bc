package store_test

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mangosense/diseases"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// TestAdviceSurvives: an edited section is there after a restart, and a
// delivered text that an older database holds is nobody's edit.
func TestAdviceSurvives(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.FileName)
	at := mango.AdvicePlace{Language: "fil-PH", Disease: "sooty_mould", Section: diseases.First}
	s := openStoreAt(t, path, store.Config{})
	if err := s.PutAdvice(ctx, mango.System, at, []diseases.Statement{{Text: "Hugasan.", Sources: []string{"ifas-sooty"}}}); err != nil {
		t.Fatal(err)
	}
	for _, d := range s.Vocabulary().Diseases {
		if d.Name == "Bacterial Canker" && d.Part == mango.Leaf {
			for _, known := range diseases.Known().Diseases {
				if known.Name == d.Name {
					d.Description, d.Treatment = known.Formerly[0], known.Formerly[1]
				}
			}
			if err := s.PutDisease(ctx, mango.System, &d); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStoreAt(t, path, store.Config{})
	texts, _ := s.AdviceIn("fil")
	found := false
	for _, d := range texts {
		for _, section := range d.Sections {
			if edited := !section.EditedAt.IsZero(); edited != (d.Disease == "Sooty Mold" && section.Section == diseases.First) {
				t.Errorf("%s, %s: edited %v", d.Disease, section.Section, edited)
			} else if edited {
				found = section.Statements[0].Text == "Hugasan." && section.Statements[0].Sources[0] == "ifas-sooty"
			}
		}
	}
	if !found {
		t.Error("the edit is gone")
	}
	if a := s.AdviceOf("Bacterial Canker", mango.Leaf); strings.Contains(a.Treatment, "streptocycline") || a != mango.AdviceFor("Bacterial Canker") {
		t.Errorf("an older delivered text is taken for an edit: %q", a.Treatment)
	}
}

// TestAdviceHammer edits and reads at the same time.
func TestAdviceHammer(t *testing.T) {
	s := openStore(t, store.Config{})
	var all sync.WaitGroup
	for _, section := range diseases.Sections {
		at := mango.AdvicePlace{Language: "en", Disease: "Alternaria", Section: section}
		all.Go(func() {
			for range 10 {
				if err := s.PutAdvice(ctx, mango.System, at, []diseases.Statement{{Text: section}}); err != nil {
					t.Error(err)
				}
				s.AdviceOf("Alternaria", mango.Fruit)
			}
		})
	}
	all.Wait()
	texts, _ := s.AdviceIn("en")
	for _, d := range texts {
		for _, section := range d.Sections {
			if d.Disease == "Alternaria" && (len(section.Statements) != 1 || section.Statements[0].Text != section.Section) {
				t.Errorf("%s says %v", section.Section, section.Statements)
			}
		}
	}
}
