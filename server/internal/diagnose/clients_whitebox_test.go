package diagnose

import (
	"maps"
	"testing"
	"time"
)

// Clients is how many clients' tags are kept.
func (a *Admission) Clients() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.had)
}

// ClientsKept is how many may be.
const ClientsKept = clientsKept

// TestForget: of too many clients those go that have had no more than the mean.
func TestForget(t *testing.T) {
	for _, c := range []struct {
		name      string
		had, want map[string]time.Duration
	}{
		{"some more than others", map[string]time.Duration{"before": 50, "at": 100, "little": 110, "much": 400, "more": 1000}, map[string]time.Duration{"much": 400, "more": 1000}},
		{"one at the mean", map[string]time.Duration{"a": 110, "b": 120, "c": 130}, map[string]time.Duration{"c": 130}},
		{"all alike", map[string]time.Duration{"a": 105, "b": 105, "c": 105}, map[string]time.Duration{}},
		{"all before", map[string]time.Duration{"a": 5, "b": 7}, map[string]time.Duration{}},
	} {
		a := NewAdmission(1, 0, 0)
		a.served = 100
		a.had = c.had
		a.forget()
		if !maps.Equal(a.had, c.want) {
			t.Errorf("%s: kept %v, want %v", c.name, a.had, c.want)
		}
	}
}
