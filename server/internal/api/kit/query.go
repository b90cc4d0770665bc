package kit

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/mango"
)

// MaxQueryText is the longest text of a query parameter, in characters.
const MaxQueryText = 200

// Query reads a request's query parameters and remembers what is wrong with
// them, so that one answer names all faults.
type Query struct {
	args   *fasthttp.Args
	faults []string
}

// Query reads the call's query parameters.
func (c *Call) Query() *Query { return &Query{args: c.ctx.QueryArgs()} }

// Text is a parameter's trimmed value; empty counts as not given.
func (q *Query) Text(name string) string {
	v := string(q.args.Peek(name))
	switch {
	case !utf8.ValidString(v) || strings.ContainsRune(v, 0):
		q.Fault(name, "must be valid UTF-8 text")
		return ""
	case utf8.RuneCountInString(v) > MaxQueryText:
		q.Fault(name, "is too long")
		return ""
	}
	return strings.TrimSpace(v)
}

// Class is a disease's name, brought to its one spelling by spell.
func (q *Query) Class(name string, spell func(string) string) string {
	return Spelled(q.Text(name), spell)
}

// Raw is a parameter as it was sent, empty where it was not.
func (q *Query) Raw(name string) string { return string(q.args.Peek(name)) }

// Number is a whole number, brought within its bounds; a number that no
// integer can hold counts as the nearest bound.
func (q *Query) Number(name string, standard, least, most int) int {
	v := q.Text(name)
	if v == "" {
		return standard
	}
	n, ok := WholeNumber(v)
	if !ok {
		q.Fault(name, "must be a whole number")
		return standard
	}
	return int(min(max(n, int64(least)), int64(most)))
}

// WholeNumber reads digits with a sign, clamped to what an int64 holds.
func WholeNumber(v string) (int64, bool) {
	n, _, ok := mango.ParseWhole(v) // one that does not fit is the bound
	return n, ok
}

// ID is a positive whole number, nil where none is given.
func (q *Query) ID(name string) *uint64 {
	v := q.Text(name)
	if v == "" {
		return nil
	}
	n, ok := mango.ParseID(v)
	if !ok {
		q.Fault(name, "must be an id, a whole number")
		return nil
	}
	return &n
}

// Flag is a boolean as the clients write it: "true" or anything else; nil
// where none is given.
func (q *Query) Flag(name string) *bool {
	v := q.Text(name)
	if v == "" || strings.EqualFold(v, "all") {
		return nil
	}
	return new(truth(v))
}

// Kind is a disease_type; empty and "all" mean any.
func (q *Query) Kind(name string) mango.Kind {
	v := strings.ToLower(q.Text(name))
	if v == "" || v == "all" {
		return ""
	}
	k := mango.Kind(v)
	if !k.Valid() {
		q.Fault(name, "must be leaf or fruit")
		return ""
	}
	return k
}

// Day is a date such as 2026-03-04, or a time that begins with one.
func (q *Query) Day(name string) time.Time {
	v := q.Text(name)
	if v == "" {
		return time.Time{}
	}
	if len(v) > len(time.DateOnly) && v[len(time.DateOnly)] == 'T' {
		v = v[:len(time.DateOnly)]
	}
	t, err := time.Parse(time.DateOnly, v)
	if err != nil || t.Year() < 1970 {
		q.Fault(name, "must be a date such as 2026-03-04")
		return time.Time{}
	}
	return t
}

// Fault notes what is wrong with a parameter.
func (q *Query) Fault(name, sentence string) { q.faults = append(q.faults, name+": "+sentence) }

// Err is one error that names every parameter that is wrong.
func (q *Query) Err() error { return mango.Faulty(q.faults) }

// Page reads page and page_size. given says that the client named one of them.
func (q *Query) Page() (p mango.Page, given bool) {
	given = q.args.Has("page") || q.args.Has("page_size")
	return mango.Page{
		Number: q.Number("page", 1, 1, math.MaxInt32),
		Size:   q.Number("page_size", 20, 1, mango.MaxPage),
	}, given
}

// Pagination tells a client where it is in a list.
type Pagination struct {
	Page        int  `json:"page"`
	PageSize    int  `json:"page_size"`
	TotalCount  int  `json:"total_count"`
	TotalPages  int  `json:"total_pages"`
	HasNext     bool `json:"has_next"`
	HasPrevious bool `json:"has_previous"`
}

// Paginate is where a page of so many is.
func Paginate(p mango.Page, total int) Pagination {
	pages := max(1, (total+p.Size-1)/p.Size)
	return Pagination{
		Page: p.Number, PageSize: p.Size, TotalCount: total, TotalPages: pages,
		HasNext: p.Number < pages, HasPrevious: p.Number > 1,
	}
}
