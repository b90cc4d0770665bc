package apitest

import (
	"context"
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

	"mangosense/server/internal/openapi"
)

// contract is the server's own description, as the tests hold it against the
// server.
type contract struct {
	doc   *openapi3.T
	Paths []contractPath
}

type contractPath struct {
	pattern *regexp.Regexp
	fixed   bool // no parameter: goes before those that have some
	Name    string
	Item    *openapi3.PathItem
}

var LoadContract = sync.OnceValues(func() (*contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(openapi.Document())
	if err != nil {
		return nil, err
	}
	c := &contract{doc: doc}
	for name, item := range doc.Paths.Map() {
		pattern := regexp.QuoteMeta(strings.TrimSuffix(name, "/"))
		pattern = regexp.MustCompile(`\\\{path\\\}`).ReplaceAllString(pattern, ".*")
		pattern = regexp.MustCompile(`\\\{[a-z]+\\\}`).ReplaceAllString(pattern, "[^/]+")
		c.Paths = append(c.Paths, contractPath{regexp.MustCompile("^" + pattern + "/?$"), !strings.Contains(name, "{"), name, item})
	}
	return c, nil
})

// find is the description's path and operation of a request, nil where it has
// none.
func (c *contract) find(method, path string) (string, *openapi3.PathItem, *openapi3.Operation) {
	for _, fixed := range []bool{true, false} {
		for _, p := range c.Paths {
			if p.fixed == fixed && p.pattern.MatchString(path) && p.Item.GetOperation(method) != nil {
				return p.Name, p.Item, p.Item.GetOperation(method)
			}
		}
	}
	return "", nil, nil
}

// Specified holds an answer against the description. Only what the router
// itself answers (404, 405, preflights) has no operation to be held against.
func Specified(t testing.TB, req *http.Request, a *Answer) {
	t.Helper()
	c, err := LoadContract()
	if err != nil {
		t.Fatal(err)
	}
	name, item, operation := c.find(req.Method, req.URL.Path)
	if operation == nil {
		if req.Method != "HEAD" && req.Method != "OPTIONS" && a.Status != 404 && a.Status != 405 && a.Status != 400 {
			t.Errorf("%s %s answers %d, but the description has no such operation", req.Method, req.URL.Path, a.Status)
		}
		return
	}
	plain := httptest.NewRequest(req.Method, req.URL.String(), nil)
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: plain, PathParams: map[string]string{}, QueryParams: url.Values{},
			Route: &routers.Route{Spec: c.doc, Path: name, PathItem: item, Method: req.Method, Operation: operation},
		},
		Status: a.Status, Header: a.Header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	// Files of any kind are bytes; the validator would ask for a decoder.
	kind, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	if kind != "application/json" {
		input.Options.ExcludeResponseBody = true
	}
	input.SetBodyBytes(a.Body)
	if err := openapi3filter.ValidateResponse(context.Background(), input); err != nil {
		t.Errorf("%s %s answers %d in a form that the description does not know: %v", req.Method, req.URL.Path, a.Status, err)
	}
	if kind != "application/json" && a.Status == 200 && req.Method != "HEAD" {
		response := operation.Responses.Status(200)
		if response == nil || response.Value.Content[kind] == nil {
			t.Errorf("%s %s answers with %s, which the description does not know", req.Method, req.URL.Path, kind)
		}
	}
}
