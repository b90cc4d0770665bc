package vocabulary

import (
	"context"
	"slices"

	"mangosense/server/internal/api/jsonbody"
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

// list is one of the four lists of the vocabulary as the administrators' pages
// edit them: bare arrays and objects, 201 on create, 204 on delete. E is the
// store's word for an entry.
type list[E any] struct {
	name   string // in sentences: "Symptom"
	all    func(*mango.Vocabulary) []E
	id     func(*E) uint64
	wanted func(*kit.Query) func(*E) bool // the list's filter
	needed []string                       // fields that a new entry must have
	read   func(*jsonbody.Object, *E)     // takes the fields that were sent
	body   func(*Handlers, *E) any
	put    func(Store, context.Context, mango.Actor, *E) error
	remove func(Store, context.Context, mango.Actor, uint64) error
}

func listEntries[E any](h *Handlers, of list[E]) kit.Handler {
	return func(c *kit.Call) error {
		q := c.Query()
		wanted := of.wanted(q)
		if err := q.Err(); err != nil {
			return err
		}
		v := h.Store.Vocabulary()
		bodies := []any{}
		for _, e := range of.all(&v) {
			if wanted(&e) {
				bodies = append(bodies, of.body(h, &e))
			}
		}
		return c.JSON(200, bodies)
	}
}

func showEntry[E any](h *Handlers, of list[E]) kit.Handler {
	return func(c *kit.Call) error {
		e, err := of.find(h, c)
		if err != nil {
			return err
		}
		return c.JSON(200, of.body(h, e))
	}
}

func addEntry[E any](h *Handlers, of list[E]) kit.Handler {
	return func(c *kit.Call) error {
		var e E
		return h.putEntry(c, 201, func(o *jsonbody.Object) error {
			of.read(o, &e)
			o.Need(of.needed...)
			return o.Err()
		}, func() (any, error) { return of.store(h, c, &e) })
	}
}

func changeEntry[E any](h *Handlers, of list[E]) kit.Handler {
	return func(c *kit.Call) error {
		e, err := of.find(h, c)
		if err != nil {
			return err
		}
		var sent *jsonbody.Object
		return h.putEntry(c, 200, func(o *jsonbody.Object) error {
			sent = o
			of.read(o, e)
			return o.Err()
		}, func() (any, error) {
			// The entry as it is now, and nobody else's change in between: what
			// was not sent stays.
			h.editing.Lock()
			defer h.editing.Unlock()
			now, err := of.withID(h, of.id(e))
			if err != nil {
				return nil, err
			}
			of.read(sent, now)
			return of.store(h, c, now)
		})
	}
}

// putEntry is what creating and changing have in common.
func (h *Handlers) putEntry(c *kit.Call, code int, read func(*jsonbody.Object) error, store func() (any, error)) error {
	o, err := c.Object()
	if err == nil {
		err = read(o)
	}
	if err != nil {
		return err
	}
	body, err := store()
	if err != nil {
		return err
	}
	return c.JSON(code, body)
}

func deleteEntry[E any](h *Handlers, of list[E]) kit.Handler {
	return func(c *kit.Call) error {
		id, err := c.ID(of.name)
		if err == nil {
			err = of.remove(h.Store, c.Context(), c.Actor(), id)
		}
		if err != nil {
			return err
		}
		return c.Empty(204)
	}
}

// find is the entry that the path names.
func (of list[E]) find(h *Handlers, c *kit.Call) (*E, error) {
	id, err := c.ID(of.name)
	if err != nil {
		return nil, err
	}
	return of.withID(h, id)
}

func (of list[E]) withID(h *Handlers, id uint64) (*E, error) {
	v := h.Store.Vocabulary()
	entries := of.all(&v)
	i := slices.IndexFunc(entries, func(e E) bool { return of.id(&e) == id })
	if i < 0 {
		return nil, mango.Errorf(mango.NotFound, "%s not found", of.name)
	}
	return &entries[i], nil
}

// store puts an entry and reads it again with what the store fills in.
func (of list[E]) store(h *Handlers, c *kit.Call, e *E) (any, error) {
	if err := of.put(h.Store, c.Context(), c.Actor(), e); err != nil {
		return nil, err
	}
	stored, err := of.withID(h, of.id(e))
	if err != nil {
		return nil, err
	}
	return of.body(h, stored), nil
}
