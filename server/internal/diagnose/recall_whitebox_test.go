package diagnose

import (
	"testing"
	"time"

	"mangosense/server/internal/mango"
)

func key(b byte) recallKey {
	return recallKey{sum: [32]byte{b}, kind: mango.Leaf, turn: 1}
}

func TestRecall(t *testing.T) {
	now := time.Unix(0, 0)
	r := NewRecall(2, time.Minute)
	r.now = func() time.Time { return now }
	d := mango.Diagnosis{Disease: "Healthy", Ranking: []mango.Class{{Disease: "Healthy", Probability: 1}}}
	r.put(key(1), d)

	got, ok := r.get(key(1))
	if !ok || got.Disease != "Healthy" || !got.Recognised {
		t.Fatalf("the same photo: %+v, %v", got, ok)
	}
	got.Ranking[0].Disease = "changed by the caller"
	if again, _ := r.get(key(1)); again.Ranking[0].Disease != "Healthy" {
		t.Error("a caller changed what is remembered")
	}
	other := key(1)
	other.turn = 2
	if _, ok := r.get(other); ok {
		t.Error("another model was answered from memory")
	}
	now = now.Add(time.Minute)
	if _, ok := r.get(key(1)); ok {
		t.Error("an answer outlived its age")
	}
	for b := byte(1); b <= 3; b++ {
		r.put(key(b), d)
	}
	if _, ok := r.get(key(1)); ok || r.order.Len() != 2 || len(r.by) != 2 {
		t.Errorf("%d answers are remembered, want the latest 2", r.order.Len())
	}
}

func TestRecallOff(t *testing.T) {
	var none *Recall
	for name, r := range map[string]*Recall{"nil": none, "no entries": NewRecall(0, time.Minute), "no age": NewRecall(5, 0)} {
		r.put(key(1), mango.Diagnosis{})
		if _, ok := r.get(key(1)); ok {
			t.Errorf("%s: something was remembered", name)
		}
	}
	r := NewRecall(5, time.Minute)
	r.put(recallKey{}, mango.Diagnosis{})
	if _, ok := r.get(recallKey{}); ok {
		t.Error("a photo without a sum was remembered")
	}
}
