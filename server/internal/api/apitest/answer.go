package apitest

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

// At is the value at a path such as "data.images.0.id" of an answer, as JSON
// text; "-" where there is none.
func (a *Answer) At(path string) string {
	a.T.Helper()
	d := json.NewDecoder(bytes.NewReader(a.Body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		a.T.Fatalf("%s: %v: %.300s", a.What, err, a.Body)
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
		a.T.Fatal(err)
	}
	return strings.TrimSpace(text.String())
}

// Has checks values by their paths; each is given as JSON.
func (a *Answer) Has(values map[string]string) *Answer {
	a.T.Helper()
	for path, want := range values {
		if got := a.At(path); got != want {
			a.T.Errorf("%s: %s is %s, want %s", a.What, path, got, want)
		}
	}
	return a
}

// Rejected is a request that must be refused, naming what is at fault.
type Rejected struct {
	Method, Path string
	Body         *Body
	Status       int
	Names        string // part of what the refusal says
}

// Reject runs a table of them for one caller.
func (s *Site) Reject(t *testing.T, token string, table map[string]Rejected) {
	t.Helper()
	for name, c := range table {
		t.Run(name, func(t *testing.T) {
			got := s.Send(c.Method, c.Path, token, c.Body)
			if got.Status != c.Status {
				t.Fatalf("answers %d, want %d: %.300s", got.Status, c.Status, got.Body)
			}
			r := got.Refusal()
			if said := r.Error + "\n" + strings.Join(r.Errors, "\n"); !strings.Contains(said, c.Names) {
				t.Errorf("says %q, want something about %q", said, c.Names)
			}
		})
	}
}

// Deep is a JSON object with something nested n lists deep.
func Deep(n int) *Body {
	return Object(`{"x":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`)
}

// Wide is a JSON object with n keys.
func Wide(n int) *Body {
	var b strings.Builder
	b.WriteString(`{"k":0`)
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":%d`, i, i)
	}
	b.WriteString("}")
	return Object(b.String())
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

// Refusal checks that an error has every key that any client looks for.
func (a *Answer) Refusal() refusal {
	a.T.Helper()
	var r refusal
	a.Read(&r)
	if r.Success == nil || *r.Success || r.Message == "" || r.Error == "" || len(r.Errors) == 0 || r.Detail == "" || r.ErrorCode == "" || r.Timestamp == "" {
		a.T.Errorf("%s: the error's body is not whole: %s", a.What, a.Body)
	}
	if belongs := kit.StatusOf(mango.Code(r.ErrorCode)); belongs != a.Status {
		a.T.Errorf("%s answers %d with the code %s, which is a %d", a.What, a.Status, r.ErrorCode, belongs)
	}
	return r
}

// OwnRecord is the first record of somebody's own data.
func OwnRecord(t *testing.T, a *Answer) map[string]any {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(a.Body), int64(len(a.Body)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("records.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows []map[string]any
	if err := json.NewDecoder(f).Decode(&rows); err != nil || len(rows) == 0 {
		t.Fatalf("%v: %s", err, strings.TrimSpace(string(a.Body[:min(len(a.Body), 100)])))
	}
	return rows[0]
}
