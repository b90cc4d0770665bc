package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"mangosense/server/internal/api"
)

// at is the value at a path such as "data.images.0.id" of an answer, as JSON
// text; "-" where there is none.
func (a *answer) at(path string) string {
	a.t.Helper()
	d := json.NewDecoder(bytes.NewReader(a.body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		a.t.Fatalf("%s: %v: %.300s", a.what, err, a.body)
	}
	for step := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			next, ok := in[step]
			if !ok {
				return "-"
			}
			v = next
		case []any:
			if step == "#" {
				return strconv.Itoa(len(in))
			}
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(in) {
				return "-"
			}
			v = in[i]
		default:
			return "-"
		}
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		a.t.Fatal(err)
	}
	return strings.TrimSpace(text.String())
}

// has checks values by their paths; each is given as JSON.
func (a *answer) has(values map[string]string) *answer {
	a.t.Helper()
	for path, want := range values {
		if got := a.at(path); got != want {
			a.t.Errorf("%s: %s is %s, want %s", a.what, path, got, want)
		}
	}
	return a
}

// rejected is a request that must be refused, naming what is at fault.
type rejected struct {
	method, path string
	body         *body
	status       int
	names        string // part of what the refusal says
}

// reject runs a table of them for one caller.
func (s *site) reject(t *testing.T, token string, table map[string]rejected) {
	t.Helper()
	for name, c := range table {
		t.Run(name, func(t *testing.T) {
			got := s.send(c.method, c.path, token, c.body)
			if got.status != c.status {
				t.Fatalf("answers %d, want %d: %.300s", got.status, c.status, got.body)
			}
			r := got.refusal()
			if said := r.Error + "\n" + strings.Join(r.Errors, "\n"); !strings.Contains(said, c.names) {
				t.Errorf("says %q, want something about %q", said, c.names)
			}
		})
	}
}

// deep is a JSON object with something nested n lists deep.
func deep(n int) *body {
	return object(`{"x":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`)
}

// wide is a JSON object with n keys.
func wide(n int) *body {
	var b strings.Builder
	b.WriteString(`{"k":0`)
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":%d`, i, i)
	}
	b.WriteString("}")
	return object(b.String())
}

// refusal is the superset of an error's body.
type refusal struct {
	Success   *bool    `json:"success"`
	Message   string   `json:"message"`
	Error     string   `json:"error"`
	Errors    []string `json:"errors"`
	Detail    string   `json:"detail"`
	ErrorCode string   `json:"error_code"`
	Timestamp string   `json:"timestamp"`
	Code      string   `json:"code"`
}

// refusal checks that an error has every key that any client looks for.
func (a *answer) refusal() refusal {
	a.t.Helper()
	var r refusal
	a.read(&r)
	if r.Success == nil || *r.Success || r.Message == "" || r.Error == "" || len(r.Errors) == 0 || r.Detail == "" || r.ErrorCode == "" || r.Timestamp == "" {
		a.t.Errorf("%s: the error's body is not whole: %s", a.what, a.body)
	}
	if belongs := api.StatusOf(r.ErrorCode); belongs != a.status {
		a.t.Errorf("%s answers %d with the code %s, which is a %d", a.what, a.status, r.ErrorCode, belongs)
	}
	return r
}
