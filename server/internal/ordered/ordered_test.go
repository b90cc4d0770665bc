//lint:file-ignore SA2001 the order of locks is what is tested: nothing lies between them

package ordered_test

import (
	"strings"
	"testing"

	"mangosense/server/internal/ordered"
)

// TestBrokenOrderIsSeen: each way to break the order is seen, though no other
// goroutine is there to make it a deadlock; the right way is not.
func TestBrokenOrderIsSeen(t *testing.T) {
	var maintenance ordered.Mutex[ordered.Maintenance]
	var commit ordered.Mutex[ordered.Commit]
	var state, other ordered.RWMutex[ordered.StoreState]
	for name, c := range map[string]struct {
		do   func()
		says string
	}{
		"right": {func() {
			maintenance.Lock()
			commit.Lock()
			ordered.Blocking("a commit")
			state.RLock()
			state.RUnlock()
			commit.Unlock()
			maintenance.Unlock()
			ordered.Blocking("a read")
		}, ""},
		"reversed": {func() {
			commit.Lock()
			maintenance.Lock()
			maintenance.Unlock()
			commit.Unlock()
		}, "store.Maintenance is taken under store.Commit"},
		"two of one place": {func() {
			state.RLock()
			other.Lock()
			other.Unlock()
			state.RUnlock()
		}, "store.StoreState is taken under store.StoreState"},
		"disk under a memory lock": {func() {
			state.RLock()
			ordered.Blocking("a read")
			state.RUnlock()
		}, "a read under store.StoreState"},
		"unlocked out of turn": {func() {
			maintenance.Lock()
			commit.Lock()
			maintenance.Unlock()
			state.Lock()
			state.Unlock()
			commit.Unlock()
			maintenance.Lock()
			maintenance.Unlock()
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var faults []string
			ordered.Check(func(fault string) { faults = append(faults, fault) })
			c.do()
			switch all := strings.Join(faults, "; "); {
			case c.says == "" && all != "":
				t.Error(all)
			case !strings.Contains(all, c.says):
				t.Errorf("got %q, want %q", all, c.says)
			}
		})
	}
}
