package diagnose

import (
	"container/list"
	"slices"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/ordered"
)

// Recall remembers answers by content for a short while: the mobile app sends
// each photo twice, once as a preview and once to save it. It is bounded in
// number and age, and knows no user: an answer depends on the photo alone.
type Recall struct {
	entries int
	age     time.Duration
	now     func() time.Time

	mu    ordered.Mutex[ordered.Answers]
	by    map[recallKey]*list.Element // of *remembered
	order list.List                   // latest first
}

type recallKey struct {
	sum  [32]byte
	kind mango.Kind
	turn uint64 // of the head that answered
}

type remembered struct {
	key recallKey
	at  time.Time
	d   mango.Diagnosis
}

// NewRecall keeps at most entries answers, each for age. Without entries or
// age it remembers nothing.
func NewRecall(entries int, age time.Duration) *Recall {
	return &Recall{entries: entries, age: age, now: time.Now, by: map[recallKey]*list.Element{}}
}

// get is the answer to the same photo, if one is fresh enough.
func (r *Recall) get(key recallKey) (mango.Diagnosis, bool) {
	if r == nil || key.sum == [32]byte{} {
		return mango.Diagnosis{}, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.by[key]
	if !ok {
		return mango.Diagnosis{}, false
	}
	m := e.Value.(*remembered)
	if r.now().Sub(m.at) >= r.age {
		r.drop(e)
		return mango.Diagnosis{}, false
	}
	d := m.d
	d.Ranking = slices.Clone(d.Ranking)
	d.Recognised = true
	return d, true
}

// has reports whether the same photo was answered a moment ago.
func (r *Recall) has(key recallKey) bool {
	_, ok := r.get(key)
	return ok
}

// put remembers an answer and forgets the oldest beyond the bound.
func (r *Recall) put(key recallKey, d mango.Diagnosis) {
	if r == nil || r.entries <= 0 || r.age <= 0 || key.sum == [32]byte{} {
		return
	}
	d.Ranking = slices.Clone(d.Ranking)
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.by[key]; ok {
		r.drop(e)
	}
	r.by[key] = r.order.PushFront(&remembered{key, r.now(), d})
	if r.order.Len() > r.entries {
		r.drop(r.order.Back())
	}
}

func (r *Recall) drop(e *list.Element) {
	delete(r.by, e.Value.(*remembered).key)
	r.order.Remove(e)
}
