package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"mangosense/server/internal/api"
	"mangosense/server/internal/openapi"
)

// contract is the server's own description, as the tests hold it against the
// server.
type contract struct {
	doc   *openapi3.T
	paths []contractPath
}

type contractPath struct {
	pattern *regexp.Regexp
	fixed   bool // no parameter: goes before those that have some
	name    string
	item    *openapi3.PathItem
}

var loadContract = sync.OnceValues(func() (*contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(openapi.Document())
	if err != nil {
		return nil, err
	}
	c := &contract{doc: doc}
	for name, item := range doc.Paths.Map() {
		pattern := regexp.QuoteMeta(strings.TrimSuffix(name, "/"))
		pattern = regexp.MustCompile(`\\\{path\\\}`).ReplaceAllString(pattern, ".*")
		pattern = regexp.MustCompile(`\\\{[a-z]+\\\}`).ReplaceAllString(pattern, "[^/]+")
		c.paths = append(c.paths, contractPath{regexp.MustCompile("^" + pattern + "/?$"), !strings.Contains(name, "{"), name, item})
	}
	return c, nil
})

// find is the description's path and operation of a request, nil where it has
// none.
func (c *contract) find(method, path string) (string, *openapi3.PathItem, *openapi3.Operation) {
	for _, fixed := range []bool{true, false} {
		for _, p := range c.paths {
			if p.fixed == fixed && p.pattern.MatchString(path) && p.item.GetOperation(method) != nil {
				return p.name, p.item, p.item.GetOperation(method)
			}
		}
	}
	return "", nil, nil
}

// specified holds an answer against the description. Only what the router
// itself answers (404, 405, preflights) has no operation to be held against.
func specified(t testing.TB, req *http.Request, a *answer) {
	t.Helper()
	c, err := loadContract()
	if err != nil {
		t.Fatal(err)
	}
	name, item, operation := c.find(req.Method, req.URL.Path)
	if operation == nil {
		if req.Method != "HEAD" && req.Method != "OPTIONS" && a.status != 404 && a.status != 405 && a.status != 400 {
			t.Errorf("%s %s answers %d, but the description has no such operation", req.Method, req.URL.Path, a.status)
		}
		return
	}
	plain := httptest.NewRequest(req.Method, req.URL.String(), nil)
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: plain, PathParams: map[string]string{}, QueryParams: url.Values{},
			Route: &routers.Route{Spec: c.doc, Path: name, PathItem: item, Method: req.Method, Operation: operation},
		},
		Status: a.status, Header: a.header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	// Files of any kind are bytes; the validator would ask for a decoder.
	kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	if kind != "application/json" {
		input.Options.ExcludeResponseBody = true
	}
	input.SetBodyBytes(a.body)
	if err := openapi3filter.ValidateResponse(context.Background(), input); err != nil {
		t.Errorf("%s %s answers %d in a form that the description does not know: %v", req.Method, req.URL.Path, a.status, err)
	}
	if kind != "application/json" && a.status == 200 && req.Method != "HEAD" {
		response := operation.Responses.Status(200)
		if response == nil || response.Value.Content[kind] == nil {
			t.Errorf("%s %s answers with %s, which the description does not know", req.Method, req.URL.Path, kind)
		}
	}
}

// TestEveryRouteIsDescribed ties the table of routes to the description and
// back, with who may call.
func TestEveryRouteIsDescribed(t *testing.T) {
	c, err := loadContract()
	if err != nil {
		t.Fatal(err)
	}
	described := map[string]string{}
	for _, p := range c.paths {
		for method, op := range p.item.Operations() {
			level, _ := op.Extensions["x-access"].(string)
			described[method+" "+withoutSlash(p.name)] = level
		}
	}
	s := newSite(t, nil)
	for _, row := range api.Rows(s.server) {
		name := row.Method + " " + strings.ReplaceAll(row.Path, "{path:*}", "{path}")
		level, ok := described[name]
		switch {
		case !ok:
			t.Errorf("%s has no path in openapi/spec", name)
		case level != row.Access:
			t.Errorf("%s is for %q, the description says %q", name, row.Access, level)
		}
		delete(described, name)
	}
	for name := range described {
		t.Errorf("%s is described, but there is no such route", name)
	}
}

func withoutSlash(path string) string {
	if path == "/" {
		return path
	}
	return strings.TrimSuffix(path, "/")
}

// TestValidatorFindsFaults: a check that finds nothing would pass everything.
func TestValidatorFindsFaults(t *testing.T) {
	good := `{"success":true,"data":{"updated":{"leaf":"a.tflite"}},"message":"Done."}`
	for name, c := range map[string]struct {
		status int
		body   string
		faults bool
	}{
		"as described":         {200, good, false},
		"a key more":           {200, strings.Replace(good, `"message"`, `"more":1,"message"`, 1), true},
		"a key less":           {200, `{"success":true}`, true},
		"another type":         {200, strings.Replace(good, `"a.tflite"`, `1`, 1), true},
		"an error half said":   {400, `{"success":false,"error":"no"}`, true},
		"success in an error":  {404, good, true},
		"a constant not right": {200, strings.Replace(good, "true", "false", 1), true},
	} {
		t.Run(name, func(t *testing.T) {
			req := httptest.NewRequest("POST", "/api/model-settings/update/", nil)
			fake := &recorder{TB: t}
			specified(fake, req, &answer{status: c.status, header: http.Header{"Content-Type": {"application/json"}}, body: []byte(c.body)})
			if fake.failed != c.faults {
				t.Errorf("the check says %v, want %v", fake.failed, c.faults)
			}
		})
	}
}

// recorder takes a test's faults.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) Helper()               {}

func TestReferenceIsServed(t *testing.T) {
	s := newSite(t, nil)
	got := s.send("GET", "/api/openapi.json", "", nil).want(200)
	if !json.Valid(got.body) || !bytes.Equal(got.body, openapi.Document()) {
		t.Error("openapi.json is not the document")
	}
	for _, path := range []string{"/api/docs", "/api/docs/"} {
		page := s.send("GET", path, "", nil).want(200)
		if page.header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(page.header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: headers are %v", path, page.header)
		}
	}
	for path, most := range map[string]int64{"/api/docs/": 40_000, "/api/openapi.json": 30_000} {
		for coding, want := range map[string]string{"gzip": "gzip", "br, gzip;q=0.5": "gzip", "gzip;q=0": "", "identity": "", "br": ""} {
			req, err := http.NewRequest("GET", s.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Accept-Encoding", coding)
			resp, err := s.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if got := resp.Header.Get("Content-Encoding"); err != nil || got != want || want != "" && int64(len(text)) > most {
				t.Errorf("%s to %q: %q, %d bytes, %v", path, coding, got, len(text), err)
			}
			if strings.Contains(resp.Header.Get("Content-Security-Policy"), "unsafe") {
				t.Errorf("%s: %s", path, resp.Header.Get("Content-Security-Policy"))
			}
		}
	}
	head, err := http.Head(s.url + "/api/docs/")
	if err != nil {
		t.Fatal(err)
	}
	defer head.Body.Close()
	if rest, _ := io.ReadAll(head.Body); head.StatusCode != 200 || len(rest) != 0 {
		t.Errorf("HEAD answers %d with %d bytes", head.StatusCode, len(rest))
	}
}
