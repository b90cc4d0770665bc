package photos_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"

	"mangosense/server/internal/api"
	"mangosense/server/internal/api/apitest"
)

// TestHeavyPhotosAreCharged: photos that cost as much as twenty are not let
// through thirty at a time because they are thirty; a lone one is, and whoever
// is refused is told when to come again.
func TestHeavyPhotosAreCharged(t *testing.T) {
	s := apitest.New(t, func(c *api.Config) { c.Limits = api.Limits{Preview: 30} })
	s.Model.PhotoWork = 20
	shot := apitest.Photo(t)
	var mu sync.Mutex
	counts := map[int]int{}
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			r := s.Send("POST", "/api/predict/", "", apitest.Form(t, map[string]string{"preview_only": "true"}, shot))
			mu.Lock()
			defer mu.Unlock()
			counts[r.Status]++
			if r.Status != http.StatusTooManyRequests {
				return
			}
			if n, err := strconv.Atoi(r.Header.Get("Retry-After")); err != nil || n < 1 || n > 120 {
				t.Errorf("Retry-After is %q", r.Header.Get("Retry-After"))
			}
		})
	}
	wg.Wait()
	if counts[http.StatusOK] < 1 || counts[http.StatusOK] > 2 || counts[http.StatusOK]+counts[http.StatusTooManyRequests] != 12 {
		t.Errorf("answers %v, want one or two 200 and 429 else", counts)
	}
}
