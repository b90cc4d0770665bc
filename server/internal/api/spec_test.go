package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mangosense/server/internal/api"
	"mangosense/server/internal/api/apitest"
)

// TestEveryRouteIsDescribed ties the table of routes to the description and
// back, with who may call.
func TestEveryRouteIsDescribed(t *testing.T) {
	c, err := apitest.LoadContract()
	if err != nil {
		t.Fatal(err)
	}
	described := map[string]string{}
	for _, p := range c.Paths {
		for method, op := range p.Item.Operations() {
			level, _ := op.Extensions["x-access"].(string)
			described[method+" "+withoutSlash(p.Name)] = level
		}
	}
	s := apitest.New(t, nil)
	for _, row := range api.Rows(s.Server) {
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
			apitest.Specified(fake, req, &apitest.Answer{Status: c.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(c.body)})
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
