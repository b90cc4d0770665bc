//go:build linux && amd64

package torture_test

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"
)

// TestEveryCallFailsOnce runs a script of everything that store and media do,
// and lets the first call of the system that changes a file fail, then the
// second, and so on: writes, syncs, renames, links, removals, truncations and
// creations, each with EIO, ENOSPC and EROFS. The program must not end, what it
// answered as stored must be there, and the file must be sound.
//
// The calls are made to fail by ptrace, so that also those of bbolt do: a Go
// program makes its calls without the C library, where a preloaded one could
// catch them.
func TestEveryCallFailsOnce(t *testing.T) {
	begun := time.Now()
	total, _, err := failing(t, t.TempDir(), 0, 0)
	if err != nil {
		t.Skipf("cannot trace a process here: %v", err)
	}
	if total < 40 {
		t.Fatalf("the script makes only %d calls", total)
	}
	// CI takes as many as go into 14 seconds, in a shuffled order.
	order := rand.New(rand.NewPCG(1, uint64(begun.YearDay()))).Perm(3 * total)
	runs, failed := 0, map[string]int{}
	for _, i := range order {
		if !full() && time.Since(begun) > 14*time.Second {
			break
		}
		n, errno := i/3+1, []syscall.Errno{syscall.EIO, syscall.ENOSPC, syscall.EROFS}[i%3]
		dir := t.TempDir()
		_, r, err := failing(t, dir, n, errno)
		if err != nil {
			t.Fatalf("call %d, %v: %v", n, errno, err)
		}
		runs++
		failed[r.failed]++
		p := newPromises()
		if err := p.read(r.out); err != nil {
			t.Fatalf("call %d (%s), %v: %v", n, r.failed, errno, err)
		}
		// A script that could not even open its files says so, and made no
		// promise; otherwise it must have come back.
		if r.status != 0 {
			t.Errorf("call %d (%s), %v: the victim ended with %d:\n%s", n, r.failed, errno, r.status, r.out)
		}
		if err := p.verify(dir, true); err != nil {
			t.Errorf("call %d (%s), %v: %v\n%s", n, r.failed, errno, err, r.out)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d calls a run, %d runs in %v: %v", total, runs, time.Since(begun).Round(time.Second), failed)
}

// failing runs the script in dir and lets call number n of those that change
// files in dir fail (0: none). It returns how many there were.
func failing(t *testing.T, dir string, n int, errno syscall.Errno) (total int, r result, err error) {
	t.Helper()
	name := ""
	r, err = traced(t, dir, tracer{before: func(c *call) syscall.Errno {
		if total++; total != n {
			return 0
		}
		name = c.name
		return errno
	}})
	r.failed = name
	return total, r, err
}
