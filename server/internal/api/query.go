package api

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/mango"
)

// maxQueryText is the longest text of a query parameter, in characters.
const maxQueryText = 200

// query reads a request's query parameters and remembers what is wrong with
// them, so that one answer names all faults.
type query struct {
	args   *fasthttp.Args
	faults []string
}

func queryOf(ctx *fasthttp.RequestCtx) *query { return &query{args: ctx.QueryArgs()} }

// text is a parameter's trimmed value; empty counts as not given.
func (q *query) text(name string) string {
	v := string(q.args.Peek(name))
	switch {
	case !utf8.ValidString(v) || strings.ContainsRune(v, 0):
		q.fault(name, "must be valid UTF-8 text")
		return ""
	case utf8.RuneCountInString(v) > maxQueryText:
		q.fault(name, "is too long")
		return ""
	}
	return strings.TrimSpace(v)
}

// class is a disease's name, brought to its one spelling. Every class that comes
// in by a query, a body or a form passes className.
func (s *Server) class(q *query, name string) string { return s.className(q.text(name)) }

// className is the one spelling of a class, "" for none.
func (s *Server) className(text string) string {
	if text == "" {
		return ""
	}
	return s.cfg.Store.CanonicalClass(text)
}

// number is a whole number, brought within its bounds; a number that no
// integer can hold counts as the nearest bound.
func (q *query) number(name string, standard, least, most int) int {
	v := q.text(name)
	if v == "" {
		return standard
	}
	n, ok := wholeNumber(v)
	if !ok {
		q.fault(name, "must be a whole number")
		return standard
	}
	return int(min(max(n, int64(least)), int64(most)))
}

// wholeNumber reads digits with a sign, clamped to what an int64 holds.
func wholeNumber(v string) (int64, bool) {
	n, _, ok := mango.ParseWhole(v) // one that does not fit is the bound
	return n, ok
}

// id is a positive whole number, nil where none is given.
func (q *query) id(name string) *uint64 {
	v := q.text(name)
	if v == "" {
		return nil
	}
	n, ok := mango.ParseID(v)
	if !ok {
		q.fault(name, "must be an id, a whole number")
		return nil
	}
	return &n
}

// flag is a boolean as the clients write it: "true" or anything else; nil
// where none is given.
func (q *query) flag(name string) *bool {
	v := q.text(name)
	if v == "" || strings.EqualFold(v, "all") {
		return nil
	}
	b := truth(v)
	return &b
}

// kind is a disease_type; empty and "all" mean any.
func (q *query) kind(name string) mango.Kind {
	v := strings.ToLower(q.text(name))
	if v == "" || v == "all" {
		return ""
	}
	k := mango.Kind(v)
	if !k.Valid() {
		q.fault(name, "must be leaf or fruit")
		return ""
	}
	return k
}

// day is a date such as 2026-03-04, or a time that begins with one.
func (q *query) day(name string) time.Time {
	v := q.text(name)
	if v == "" {
		return time.Time{}
	}
	if len(v) > len(time.DateOnly) && v[len(time.DateOnly)] == 'T' {
		v = v[:len(time.DateOnly)]
	}
	t, err := time.Parse(time.DateOnly, v)
	if err != nil || t.Year() < 1970 {
		q.fault(name, "must be a date such as 2026-03-04")
		return time.Time{}
	}
	return t
}

func (q *query) fault(name, sentence string) { q.faults = append(q.faults, name+": "+sentence) }

// err is one error that names every parameter that is wrong.
func (q *query) err() error { return faulty(q.faults) }

// page reads page and page_size. given says that the client named one of them.
func (q *query) page() (p mango.Page, given bool) {
	given = q.args.Has("page") || q.args.Has("page_size")
	return mango.Page{
		Number: q.number("page", 1, 1, math.MaxInt32),
		Size:   q.number("page_size", 20, 1, mango.MaxPage),
	}, given
}

// pagination tells a client where it is in a list.
type pagination struct {
	Page        int  `json:"page"`
	PageSize    int  `json:"page_size"`
	TotalCount  int  `json:"total_count"`
	TotalPages  int  `json:"total_pages"`
	HasNext     bool `json:"has_next"`
	HasPrevious bool `json:"has_previous"`
}

func paginate(p mango.Page, total int) pagination {
	pages := max(1, (total+p.Size-1)/p.Size)
	return pagination{
		Page: p.Number, PageSize: p.Size, TotalCount: total, TotalPages: pages,
		HasNext: p.Number < pages, HasPrevious: p.Number > 1,
	}
}

// pathID is the {id} of a path. Whatever cannot be an id names nothing.
func pathID(ctx *fasthttp.RequestCtx, what string) (uint64, error) {
	text, _ := ctx.UserValue("id").(string)
	id, ok := mango.ParseID(text)
	if !ok || id == 0 {
		return 0, mango.Errorf(mango.NotFound, "%s not found", what)
	}
	return id, nil
}
