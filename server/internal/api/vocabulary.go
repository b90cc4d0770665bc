package api

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/mango"
)

// shelf is one of the four lists of the vocabulary as the administrators' pages
// edit them: bare arrays and objects, 201 on create, 204 on delete. E is the
// store's word for an entry.
type shelf[E any] struct {
	name   string // in sentences: "Symptom"
	all    func(*mango.Vocabulary) []E
	id     func(*E) uint64
	wanted func(*query) func(*E) bool // the list's filter
	needed []string                   // fields that a new entry must have
	read   func(*object, *E)          // takes the fields that were sent
	body   func(*Server, *E) any
	put    func(mango.Words, context.Context, mango.Actor, *E) error
	remove func(mango.Words, context.Context, mango.Actor, uint64) error
}

func listEntries[E any](s *Server, of shelf[E]) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		q := queryOf(ctx)
		wanted := of.wanted(q)
		if err := q.err(); err != nil {
			s.failFields(ctx, err)
			return
		}
		v := s.cfg.Store.Vocabulary()
		bodies := []any{}
		for _, e := range of.all(&v) {
			if wanted(&e) {
				bodies = append(bodies, of.body(s, &e))
			}
		}
		writeJSON(ctx, fasthttp.StatusOK, bodies)
	}
}

func showEntry[E any](s *Server, of shelf[E]) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		e, err := of.find(s, ctx)
		if err != nil {
			s.failFields(ctx, err)
			return
		}
		writeJSON(ctx, fasthttp.StatusOK, of.body(s, e))
	}
}

func addEntry[E any](s *Server, of shelf[E]) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		var e E
		s.putEntry(ctx, fasthttp.StatusCreated, func(o *object) error {
			of.read(o, &e)
			o.need(of.needed...)
			return o.err()
		}, func(by mango.Actor) (any, error) { return of.store(s, by, &e) })
	}
}

func changeEntry[E any](s *Server, of shelf[E]) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		e, err := of.find(s, ctx)
		if err != nil {
			s.failFields(ctx, err)
			return
		}
		var sent *object
		s.putEntry(ctx, fasthttp.StatusOK, func(o *object) error {
			sent = o
			of.read(o, e)
			return o.err()
		}, func(by mango.Actor) (any, error) {
			// The entry as it is now, and nobody else's change in between: what
			// was not sent stays.
			s.editing.Lock()
			defer s.editing.Unlock()
			now, err := of.withID(s, of.id(e))
			if err != nil {
				return nil, err
			}
			of.read(sent, now)
			return of.store(s, by, now)
		})
	}
}

// putEntry is what creating and changing have in common.
func (s *Server) putEntry(ctx *fasthttp.RequestCtx, code int, read func(*object) error, store func(mango.Actor) (any, error)) {
	o, err := s.readObject(ctx)
	if err == nil {
		err = read(o)
	}
	if err != nil {
		s.failFields(ctx, err)
		return
	}
	body, err := store(actor(ctx))
	if err != nil {
		s.failFields(ctx, err)
		return
	}
	writeJSON(ctx, code, body)
}

func deleteEntry[E any](s *Server, of shelf[E]) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		id, err := pathID(ctx, of.name)
		if err == nil {
			err = of.remove(s.cfg.Store, s.life, actor(ctx), id)
		}
		if err != nil {
			s.failFields(ctx, err)
			return
		}
		ctx.SetStatusCode(fasthttp.StatusNoContent)
	}
}

// find is the entry that the path names.
func (of shelf[E]) find(s *Server, ctx *fasthttp.RequestCtx) (*E, error) {
	id, err := pathID(ctx, of.name)
	if err != nil {
		return nil, err
	}
	return of.withID(s, id)
}

func (of shelf[E]) withID(s *Server, id uint64) (*E, error) {
	v := s.cfg.Store.Vocabulary()
	entries := of.all(&v)
	i := slices.IndexFunc(entries, func(e E) bool { return of.id(&e) == id })
	if i < 0 {
		return nil, mango.Errorf(mango.NotFound, "%s not found", of.name)
	}
	return &entries[i], nil
}

// store puts an entry and reads it again with what the store fills in.
func (of shelf[E]) store(s *Server, by mango.Actor, e *E) (any, error) {
	if err := of.put(s.cfg.Store, s.life, by, e); err != nil {
		return nil, err
	}
	stored, err := of.withID(s, of.id(e))
	if err != nil {
		return nil, err
	}
	return of.body(s, stored), nil
}

// failFields is fail with each faulty field beside the envelope's keys, as a
// list of sentences. What is taken or refused is a 400 here, as the pages
// expect.
func (s *Server) failFields(ctx *fasthttp.RequestCtx, err error) {
	e := asError(err)
	if e.Code == mango.Conflict {
		refused := *e
		refused.Code = mango.Invalid
		e = &refused
	}
	s.fail(ctx, e)
	fields := map[string][]string{}
	for _, f := range e.Fields {
		if name, sentence, ok := strings.Cut(f, ": "); ok && fieldName(name) {
			fields[name] = append(fields[name], sentence)
		}
	}
	if e.Code != mango.Invalid || len(fields) == 0 {
		return
	}
	more, err := json.Marshal(fields)
	if err != nil {
		return // the envelope stands without them
	}
	body := ctx.Response.Body()
	ctx.SetBody(append(append(append([]byte{}, body[:len(body)-1]...), ','), more[1:]...))
}

// fieldName reports whether the text can be a field beside the envelope's own.
func fieldName(name string) bool {
	switch name {
	case "success", "message", "error", "errors", "detail", "error_code", "data", "timestamp", "":
		return false
	}
	return strings.IndexFunc(name, func(c rune) bool { return (c < 'a' || c > 'z') && c != '_' }) < 0
}
