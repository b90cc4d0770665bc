package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"mangosense/server/internal/api/apitest"
)

// TestHeadsAreBounded: a head of very many small things is refused before they
// are parsed; what browsers and proxies send is far within.
func TestHeadsAreBounded(t *testing.T) {
	s := apitest.New(t, nil)
	for _, c := range []struct {
		name            string
		headers, params int
		want            int
	}{
		{"a browser behind proxies", 40, 10, 200},
		{"as many as there may be", 90, 63, 200},
		{"too many header lines", 500, 0, 431},
		{"too many parameters", 0, 2000, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			req, err := http.NewRequest("GET", s.URL+"/api/health/?"+strings.Repeat("a&", c.params), nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := range c.headers {
				req.Header.Set(fmt.Sprintf("x-%d", i), "1")
			}
			res, err := s.Client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != c.want {
				t.Errorf("%d, want %d", res.StatusCode, c.want)
			}
		})
	}
}
