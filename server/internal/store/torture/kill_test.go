package torture_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"
)

// TestKill kills a busy writer at a random moment, again and again, and looks
// whether every record that was answered is there exactly once with its photo.
func TestKill(t *testing.T) {
	kills := 50
	if full() {
		kills = 1000
	}
	if n, err := strconv.Atoi(os.Getenv("MANGOSENSE_KILLS")); err == nil {
		kills = n
	}
	dir := t.TempDir()
	all, round := newPromises(), newPromises()
	answered, deleted := 0, 0
	for i := range kills {
		// A fresh file, so that its first moments are hit as well and no round
		// has more to verify on a fast machine than it can in a moment.
		if i%20 == 0 && i > 0 {
			removeAll(dir)
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			all.forget()
		}
		out := killed(t, dir, i)
		for _, p := range []*promises{all, round} {
			if err := p.read(out); err != nil {
				t.Fatalf("kill %d: %v", i, err)
			}
		}
		answered, deleted = answered+len(round.kept), deleted+len(round.deleted)
		if len(round.errors) > 0 {
			t.Errorf("kill %d: %v", i, round.errors)
		}
		// Each round is verified; all rounds together and the whole file now
		// and then.
		p, check := round, i%10 == 9 || i == kills-1
		if check {
			p = all
		}
		if err := p.verify(dir, check); err != nil {
			t.Fatalf("kill %d: %v", i, err)
		}
		round.forget()
	}
	t.Logf("%d kills, %d records answered, %d deletions answered", kills, answered, deleted)
	if answered < kills {
		t.Errorf("only %d records were stored: the kills came too early to prove anything", answered)
	}
}

// heard takes what the victim prints and tells of its first line. The buffer is
// not embedded: its ReadFrom would be used in place of Write.
type heard struct {
	printed bytes.Buffer
	once    sync.Once
	first   chan struct{}
}

func (h *heard) Write(p []byte) (int, error) {
	h.once.Do(func() { close(h.first) })
	return h.printed.Write(p)
}

// killed runs the victim for a random while and returns what it printed. Three
// times in four the while begins with its first promise, however slow the
// machine is; else it may end while the victim still opens its files.
func killed(t *testing.T, dir string, seed int) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "MANGOSENSE_VICTIM="+dir, "MANGOSENSE_SEED="+strconv.Itoa(seed+1))
	out := &heard{first: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if rand.IntN(4) > 0 {
		select {
		case <-out.first:
		case <-time.After(10 * time.Second):
		}
	}
	time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	return out.printed.String()
}
