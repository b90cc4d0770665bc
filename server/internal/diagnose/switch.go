package diagnose

import (
	"mangosense/server/internal/mango"
	"mangosense/server/internal/ordered"
)

// heads are the models that answer, one a kind. They can be replaced while
// photos are under way: each photo is answered by the head it started with.
type heads struct {
	mu ordered.RWMutex[ordered.Heads]
	by map[mango.Kind]*head
}

// get is the head of a kind, nil without one.
func (h *heads) get(k mango.Kind) *head {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.by[k]
}

// take is get for a caller who runs the head, and calls users.Done afterwards.
func (h *heads) take(k mango.Kind) (*head, bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	x, ok := h.by[k]
	if ok {
		// Under the lock, so that a Wait after the exchange sees every user.
		x.users.Add(1)
	}
	return x, ok
}

// newHead makes a head of the next generation: answers that an earlier one gave
// are not served as its own.
func (d *Diagnoser) newHead(m Member) (*head, error) {
	h, err := newHead(m)
	if err == nil {
		h.generation = d.generations.Add(1)
	}
	return h, err
}

// Switch replaces the heads of the members' kinds, all at once; on an error
// nothing changes. The returned wait blocks until no photo uses the replaced
// engines; only then may they be closed.
func (d *Diagnoser) Switch(members ...Member) (wait func(), err error) {
	next := make([]*head, 0, len(members))
	for _, m := range members {
		h, err := d.newHead(m)
		if err != nil {
			return nil, err
		}
		next = append(next, h)
	}
	var old []*head
	d.heads.mu.Lock()
	defer d.heads.mu.Unlock()
	for _, h := range next {
		k := mango.Kind(h.Model.Kind)
		if was := d.heads.by[k]; was != nil {
			old = append(old, was)
		}
		d.heads.by[k] = h
	}
	return func() {
		for _, h := range old {
			h.users.Wait()
		}
	}, nil
}
