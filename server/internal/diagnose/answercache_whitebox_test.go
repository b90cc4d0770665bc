package diagnose

import (
	"testing"
	"time"

	"mangosense/server/internal/mango"
)

func key(b byte) answerKey {
	return answerKey{digest: [32]byte{b}, kind: mango.Leaf, generation: 1}
}

func TestAnswerCache(t *testing.T) {
	now := time.Unix(0, 0)
	r := NewAnswerCache(2, time.Minute)
	r.now = func() time.Time { return now }
	d := mango.Diagnosis{Disease: "Healthy", Ranking: []mango.Class{{Disease: "Healthy", Probability: 1}}}
	r.put(key(1), d)

	got, ok := r.get(key(1))
	if !ok || got.Disease != "Healthy" || !got.Recognised {
		t.Fatalf("the same photo: %+v, %v", got, ok)
	}
	got.Ranking[0].Disease = "changed by the caller"
	if again, _ := r.get(key(1)); again.Ranking[0].Disease != "Healthy" {
		t.Error("a caller changed the cached answer")
	}
	other := key(1)
	other.generation = 2
	if _, ok := r.get(other); ok {
		t.Error("another model was answered from memory")
	}
	now = now.Add(time.Minute - 1)
	if !r.has(key(1)) {
		t.Error("an answer did not live to its age")
	}
	now = now.Add(1)
	if _, ok := r.get(key(1)); ok {
		t.Error("an answer outlived its age")
	}
	for b := byte(1); b <= 3; b++ {
		r.put(key(b), d)
	}
	if _, ok := r.get(key(1)); ok || r.order.Len() != 2 || len(r.by) != 2 {
		t.Errorf("%d answers are cached, want the latest 2", r.order.Len())
	}
}

// TestAnswerCacheKeepsOneOfEach: a photo that is answered again is kept once, as
// of then.
func TestAnswerCacheKeepsOneOfEach(t *testing.T) {
	now := time.Unix(0, 0)
	r := NewAnswerCache(1, time.Minute)
	r.now = func() time.Time { return now }
	r.put(key(1), mango.Diagnosis{Disease: "Healthy"})
	now = now.Add(50 * time.Second)
	r.put(key(1), mango.Diagnosis{Disease: "Die Back"})
	now = now.Add(50 * time.Second)
	if got, ok := r.get(key(1)); !ok || got.Disease != "Die Back" || len(r.by) != 1 || r.order.Len() != 1 {
		t.Errorf("%+v, %v, %d answers", got, ok, r.order.Len())
	}
}

func TestAnswerCacheOff(t *testing.T) {
	var none *AnswerCache
	for name, r := range map[string]*AnswerCache{"nil": none, "no entries": NewAnswerCache(0, time.Minute), "no age": NewAnswerCache(5, 0)} {
		r.put(key(1), mango.Diagnosis{})
		if r != nil && len(r.by) != 0 {
			t.Errorf("%s: something is kept", name)
		}
		if _, ok := r.get(key(1)); ok {
			t.Errorf("%s: something was cached", name)
		}
	}
	r := NewAnswerCache(5, time.Minute)
	r.put(answerKey{}, mango.Diagnosis{})
	if _, ok := r.get(answerKey{}); ok {
		t.Error("a photo without a digest was cached")
	}
}
