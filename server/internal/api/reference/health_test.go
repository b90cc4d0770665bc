package reference_test

import (
	"errors"
	"testing"

	"mangosense/server/internal/api"
	"mangosense/server/internal/api/apitest"
)

// TestHealthHangsOnNothing: whatever hangs behind them, the probes answer: what
// hangs is said to be unusable, the rest is what it is.
func TestHealthHangsOnNothing(t *testing.T) {
	never := make(chan struct{})
	t.Cleanup(func() { close(never) })
	for name, c := range map[string]struct {
		change              func(*api.Config)
		live, health, ready int
	}{
		"all well":       {func(*api.Config) {}, 200, 200, 200},
		"store is down":  {func(c *api.Config) { c.Health = func() api.Health { return api.Health{Store: errors.New("down")} } }, 200, 503, 200},
		"store hangs":    {func(c *api.Config) { c.Health = func() api.Health { <-never; return api.Health{} } }, 200, 503, 200},
		"no model":       {func(c *api.Config) { c.Ready = func() error { return errors.New("none") } }, 200, 503, 503},
		"models hang":    {func(c *api.Config) { c.Ready = func() error { <-never; return nil } }, 200, 503, 503},
		"a panic of our": {func(c *api.Config) { c.Health = func() api.Health { panic("ours") } }, 200, 503, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := apitest.New(t, c.change)
			for path, want := range map[string]int{
				"/health/": c.live, "/": c.live, "/livez": c.live, "/api/health/": c.health, "/readyz": c.ready,
				"/v2/health/live": c.live, "/v2/health/ready": c.ready,
			} {
				resp, err := s.Client.Get(s.URL + path)
				if err != nil {
					t.Errorf("%s: %v", path, err)
					continue
				}
				_ = resp.Body.Close()
				if resp.StatusCode != want {
					t.Errorf("%s: %d, want %d", path, resp.StatusCode, want)
				}
			}
		})
	}
}
