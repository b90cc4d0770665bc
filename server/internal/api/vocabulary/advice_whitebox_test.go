package vocabulary

import (
	"sync"
	"sync/atomic"
	"testing"

	"mangosense/diseases"
	"mangosense/server/internal/mango"
)

// countingStore counts how often the advice is read.
type countingStore struct {
	Store
	reads, generation atomic.Uint64
}

func (s *countingStore) WordsGeneration() uint64 { return s.generation.Load() }

func (s *countingStore) AdviceIn(string) ([]mango.AdviceTexts, bool) {
	s.reads.Add(1)
	return []mango.AdviceTexts{{Disease: "Anthracnose", Name: "Anthracnose"}}, true
}

// TestRenderedOnce: the advice is made once a language and change, however many
// ask for it at once.
func TestRenderedOnce(t *testing.T) {
	store := &countingStore{}
	h := &Handlers{Store: store}
	for generation := range uint64(3) {
		store.generation.Store(generation)
		var all sync.WaitGroup
		for range 20 {
			for _, l := range diseases.Known().Advice.Languages {
				all.Go(func() {
					if _, err := h.adviceIn(l); err != nil {
						t.Error(err)
					}
				})
			}
		}
		all.Wait()
		if want := (generation + 1) * uint64(len(diseases.Known().Advice.Languages)); store.reads.Load() != want {
			t.Errorf("generation %d: the advice was read %d times, want %d", generation, store.reads.Load(), want)
		}
	}
}
