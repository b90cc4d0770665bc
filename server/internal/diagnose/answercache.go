package diagnose

import (
	"container/list"
	"slices"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/ordered"
)

// AnswerCache keeps answers by the photo's content for a short while: the mobile
// app sends each photo twice, once as a preview and once to save it. It is bounded
// in number and age, and knows no user: an answer depends on the photo alone.
type AnswerCache struct {
	entries int
	age     time.Duration
	now     func() time.Time

	mu    ordered.Mutex[ordered.Answers]
	by    map[answerKey]*list.Element // of *cachedAnswer
	order list.List                   // latest first
}

type answerKey struct {
	digest     [32]byte
	kind       mango.Kind
	generation uint64 // of the head that answered
}

type cachedAnswer struct {
	key answerKey
	at  time.Time
	d   mango.Diagnosis
}

// NewAnswerCache keeps at most entries answers, each for age. Without entries or
// age it keeps nothing.
func NewAnswerCache(entries int, age time.Duration) *AnswerCache {
	return &AnswerCache{entries: entries, age: age, now: time.Now, by: map[answerKey]*list.Element{}}
}

// get is the answer to the same photo, if one is fresh enough.
func (r *AnswerCache) get(key answerKey) (mango.Diagnosis, bool) {
	if r == nil || key.digest == [32]byte{} {
		return mango.Diagnosis{}, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.by[key]
	if !ok {
		return mango.Diagnosis{}, false
	}
	m := e.Value.(*cachedAnswer)
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
func (r *AnswerCache) has(key answerKey) bool {
	_, ok := r.get(key)
	return ok
}

// put keeps an answer and drops the oldest beyond the bound.
func (r *AnswerCache) put(key answerKey, d mango.Diagnosis) {
	if r == nil || r.entries <= 0 || r.age <= 0 || key.digest == [32]byte{} {
		return
	}
	d.Ranking = slices.Clone(d.Ranking)
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.by[key]; ok {
		r.drop(e)
	}
	r.by[key] = r.order.PushFront(&cachedAnswer{key, r.now(), d})
	if r.order.Len() > r.entries {
		r.drop(r.order.Back())
	}
}

func (r *AnswerCache) drop(e *list.Element) {
	delete(r.by, e.Value.(*cachedAnswer).key)
	r.order.Remove(e)
}
