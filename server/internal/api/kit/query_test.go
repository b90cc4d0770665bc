package kit_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"mangosense/server/internal/api/jsonbody"
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

// TestQuery: each reader takes what it should, names what it does not, and all
// faults are in one answer.
func TestQuery(t *testing.T) {
	spell := func(s string) string { return strings.ToUpper(s) }
	for _, c := range []struct {
		name, query string
		read        func(*kit.Query) any
		want        string
	}{
		{"text", "a=+x+", func(q *kit.Query) any { return q.Text("a") }, "x"},
		{"a long text", "a=" + strings.Repeat("x", 201), func(q *kit.Query) any { return q.Text("a") }, "a: is too long"},
		{"no text", "a=%ff", func(q *kit.Query) any { return q.Text("a") }, "a: must be valid UTF-8 text"},
		{"a zero", "a=%00", func(q *kit.Query) any { return q.Text("a") }, "a: must be valid UTF-8 text"},
		{"a class", "a=scab", func(q *kit.Query) any { return q.Class("a", spell) }, "SCAB"},
		{"no class", "", func(q *kit.Query) any { return q.Class("a", func(string) string { return "made up" }) }, ""},
		{"a number", "a=7", func(q *kit.Query) any { return q.Number("a", 1, 1, 9) }, "7"},
		{"no number", "", func(q *kit.Query) any { return q.Number("a", 4, 1, 9) }, "4"},
		{"beyond its bound", "a=99999999999999999999", func(q *kit.Query) any { return q.Number("a", 1, 1, 9) }, "9"},
		{"below its bound", "a=-3", func(q *kit.Query) any { return q.Number("a", 1, 1, 9) }, "1"},
		{"half a number", "a=1.5", func(q *kit.Query) any { return q.Number("a", 1, 1, 9) }, "a: must be a whole number"},
		{"an id", "a=7", func(q *kit.Query) any { return *q.ID("a") }, "7"},
		{"no id", "", func(q *kit.Query) any { return q.ID("a") == nil }, "true"},
		{"a bad id", "a=-7", func(q *kit.Query) any { return q.ID("a") == nil }, "a: must be an id, a whole number"},
		{"a flag", "a=True", func(q *kit.Query) any { return *q.Flag("a") }, "true"},
		{"any flag", "a=all", func(q *kit.Query) any { return q.Flag("a") == nil }, "true"},
		{"another flag", "a=x", func(q *kit.Query) any { return *q.Flag("a") }, "false"},
		{"a kind", "a=Leaf", func(q *kit.Query) any { return q.Kind("a") }, "leaf"},
		{"any kind", "a=all", func(q *kit.Query) any { return q.Kind("a") }, ""},
		{"no kind", "a=root", func(q *kit.Query) any { return q.Kind("a") }, "a: must be leaf or fruit"},
		{"a day", "a=2026-03-04T10:00", func(q *kit.Query) any { return q.Day("a").Format("2 Jan") }, "4 Mar"},
		{"no day", "a=2026-02-30", func(q *kit.Query) any { return q.Day("a") }, "a: must be a date such as 2026-03-04"},
		{"before all days", "a=1969-12-31", func(q *kit.Query) any { return q.Day("a") }, "a: must be a date such as 2026-03-04"},
		{"as it was sent", "a=+x+", func(q *kit.Query) any { return q.Raw("a") }, " x "},
		{"two faults", "a=x&b=y", func(q *kit.Query) any { q.Number("a", 1, 1, 9); return q.ID("b") }, "a: must be a whole number, b: must be an id, a whole number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, func(call *kit.Call) error {
				q := call.Query()
				got := c.read(q)
				if err := q.Err(); err != nil {
					return call.JSON(200, map[string]string{"v": strings.Join(kit.AsError(err).Fields, ", ")})
				}
				return call.JSON(200, map[string]string{"v": fmt.Sprint(got)})
			})
			resp, err := http.Get(s.url + "/?" + c.query)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if got := decode(t, resp.Body)["v"]; got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestPaginate: a list has one page at least, and the next is said only where
// there is one.
func TestPaginate(t *testing.T) {
	for _, c := range []struct {
		number, total, pages int
		next, previous       bool
	}{{1, 0, 1, false, false}, {1, 20, 1, false, false}, {1, 21, 2, true, false}, {2, 21, 2, false, true}, {5, 21, 2, false, true}} {
		p := kit.Paginate(mango.Page{Number: c.number, Size: 20}, c.total)
		if p.TotalPages != c.pages || p.HasNext != c.next || p.HasPrevious != c.previous || p.TotalCount != c.total {
			t.Errorf("page %d of %d: %+v", c.number, c.total, p)
		}
	}
}

// TestObject: what a body may say of each field, and what is said of it.
func TestObject(t *testing.T) {
	for _, c := range []struct {
		name, body string
		read       func(*jsonbody.Object) any
		want       string
	}{
		{"text", `{"a":" x "}`, func(o *jsonbody.Object) any { return *o.Text("a", 5) }, "x"},
		{"null", `{"a":null}`, func(o *jsonbody.Object) any { return o.Text("a", 5) == nil && o.IsNull("a") && !o.Has("a") }, "true"},
		{"a long text", `{"a":"123456"}`, func(o *jsonbody.Object) any { return o.Text("a", 5) }, "a: must have at most 5 characters"},
		{"a zero", `{"a":"\u0000"}`, func(o *jsonbody.Object) any { return o.Text("a", 5) }, "a: must not contain a zero character"},
		{"no text", `{"a":7}`, func(o *jsonbody.Object) any { return o.Text("a", 5) }, "a: must be text"},
		{"an empty word", `{"a":" "}`, func(o *jsonbody.Object) any { return o.Word("a", 5) }, "a: must not be empty"},
		{"a number as text", `{"a":"0.5"}`, func(o *jsonbody.Object) any { return *o.Number("a", 0, 1) }, "0.5"},
		{"a number out of bounds", `{"a":2}`, func(o *jsonbody.Object) any { return o.Number("a", 0, 1) }, "a: must be a number from 0 to 1"},
		{"no number", `{"a":[1]}`, func(o *jsonbody.Object) any { return o.Number("a", 0, 1) }, "a: must be a number from 0 to 1"},
		{"a whole number", `{"a":"3"}`, func(o *jsonbody.Object) any { return *o.Whole("a", 0, 9) }, "3"},
		{"half a number", `{"a":1.5}`, func(o *jsonbody.Object) any { return o.Whole("a", 0, 9) }, "a: must be a whole number from 0 to 9"},
		{"an id", `{"a":"7"}`, func(o *jsonbody.Object) any { return *o.ID("a") }, "7"},
		{"no id", `{"a":{}}`, func(o *jsonbody.Object) any { return o.ID("a") }, "a: must be an id, a whole number"},
		{"a flag", `{"a":"on"}`, func(o *jsonbody.Object) any { return *o.Flag("a") }, "true"},
		{"no flag", `{"a":2}`, func(o *jsonbody.Object) any { return o.Flag("a") }, "a: must be true or false"},
		{"no kind", `{"a":"root"}`, func(o *jsonbody.Object) any { return o.Kind("a") }, "a: must be leaf or fruit"},
		{"ids, each once", `{"a":[3,"3",1]}`, func(o *jsonbody.Object) any { return o.IDs("a", 3) }, "[3 1]"},
		{"too many ids", `{"a":[1,2,3,4]}`, func(o *jsonbody.Object) any { return o.IDs("a", 3) }, "a: must have at most 3 entries"},
		{"an id of none", `{"a":[0]}`, func(o *jsonbody.Object) any { return o.IDs("a", 3) }, "a: must be a list of whole numbers from 1"},
		{"no ids", `{"a":[]}`, func(o *jsonbody.Object) any { return o.IDs("a", 3) }, "a: must be a non-empty list"},
		{"missing", `{}`, func(o *jsonbody.Object) any { o.Need("a"); return nil }, "a: is required"},
		{"wrong, not missing", `{"a":7,"b":1}`, func(o *jsonbody.Object) any { o.Text("a", 5); o.Need("a", "b"); return nil }, "a: must be text"},
		{"names, sorted", `{"b":1,"a":2}`, func(o *jsonbody.Object) any { return o.Names() }, "[a b]"},
		{"raw", `{"a":[ 1 ]}`, func(o *jsonbody.Object) any { return o.Raw("a") }, "[ 1 ]"},
		{"an object within", `{"a":{"b":7}}`, func(o *jsonbody.Object) any {
			inner, ok := o.Object("a")
			inner.Text("b", 5)
			o.FaultsOf("a", inner)
			return ok
		}, "a.b: must be text"},
		{"no object within", `{"a":1}`, func(o *jsonbody.Object) any { _, ok := o.Object("a"); return ok }, "a: must be an object"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, func(call *kit.Call) error {
				o, err := call.Object()
				if err != nil {
					return err
				}
				got := c.read(o)
				if err := o.Err(); err != nil {
					return call.JSON(200, map[string]string{"v": strings.Join(kit.AsError(err).Fields, ", ")})
				}
				return call.JSON(200, map[string]string{"v": fmt.Sprint(got)})
			})
			if a := s.send(t, strings.NewReader(c.body), nil); a.at("v") != c.want {
				t.Errorf("%v, want %q", a.body, c.want)
			}
		})
	}
}
