package torture_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/media"
	"mangosense/server/internal/store"
)

const (
	page   = 4096
	sector = 512
)

// TestPowerLossBetweenPages takes the file before and after one commit, lets a
// random part of the changed pages reach the disk, some of them torn, and opens
// that: it must be exactly the old or the new state, or be noticed. A disk that
// lies about syncs may also bring a whole earlier state back: the new root's page
// was a root's before, and all below it is still there. Nothing in the file tells
// it from a file that was never written to since.
func TestPowerLossBetweenPages(t *testing.T) {
	rounds, samples := 6, 12
	if full() {
		rounds, samples = 60, 150
	}
	random := rand.New(rand.NewPCG(4, 2))
	outcomes := map[string]int{}
	for round := range rounds {
		dir := t.TempDir()
		path := filepath.Join(dir, store.FileName)
		commitOne(t, dir, func(s *store.Store, room *media.Room) {
			for n := range uint64(30 + 40*uint64(round%3)) {
				if _, err := save(s, room, n); err != nil {
					t.Fatal(err)
				}
			}
		})
		earlier := state(t, path)
		before := commitOne(t, dir, func(s *store.Store, _ *media.Room) {
			if err := s.DeleteRecords(ctx, mango.System, []uint64{3, 4, 5}); err != nil { // free pages with old content
				t.Fatal(err)
			}
		})
		old := state(t, path)
		after := commitOne(t, dir, func(s *store.Store, room *media.Room) {
			var err error
			switch round % 3 {
			case 0:
				_, err = save(s, room, 1000)
			case 1:
				err = s.DeleteRecords(ctx, mango.System, []uint64{7, 8, 9, 10, 11})
			case 2:
				_, err = s.ChangeRecords(ctx, mango.System, []uint64{1, 2, 20}, mango.RecordChange{Classification: new(string), Verified: yes()})
			}
			if err != nil {
				t.Fatal(err)
			}
		})
		now := state(t, path)
		if old == now {
			t.Fatal("the commit changed nothing")
		}
		for range samples {
			kind, file := crash(random, before, after)
			outcome := reopened(t, file, old, now, earlier)
			outcomes[kind+": "+outcome]++
			if outcome == "something else" || ((outcome == "noticed" || outcome == "earlier") && kind != "lying disk") || (outcome == "new" && kind == "before the meta page") {
				t.Errorf("round %d, %s: %s", round, kind, outcome)
			}
		}
	}
	t.Log(outcomes)
}

func yes() *bool { b := true; return &b }

// commitOne runs f on the store in dir and returns the file's bytes after.
func commitOne(t *testing.T, dir string, f func(*store.Store, *media.Room)) []byte {
	t.Helper()
	s, room, err := openBoth(dir)
	if err != nil {
		t.Fatal(err)
	}
	f(s, room)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// crash mixes the file before and after into one that a power cut can leave.
func crash(random *rand.Rand, before, after []byte) (kind string, file []byte) {
	file = append([]byte(nil), before...)
	file = append(file, make([]byte, max(len(after)-len(before), 0))...)
	var data, metas []int
	for at := 0; at+page <= len(after); at += page {
		if !bytes.Equal(file[at:at+page], after[at:at+page]) {
			if at < 2*page {
				metas = append(metas, at)
			} else {
				data = append(data, at)
			}
		}
	}
	some := func(at int) { // the page, or sectors of it, or nothing
		switch random.IntN(3) {
		case 0:
			copy(file[at:at+page], after[at:at+page])
		case 1:
			for s := at; s < at+page; s += sector {
				if random.IntN(2) == 0 {
					copy(file[s:s+sector], after[s:s+sector])
				}
			}
		}
	}
	switch random.IntN(3) {
	case 0:
		// The meta page is written after the data pages were synced, so
		// without it any part of them may be there.
		for _, at := range data {
			some(at)
		}
		return "before the meta page", file
	case 1:
		for _, at := range data {
			copy(file[at:at+page], after[at:at+page])
		}
		for _, at := range metas {
			n := random.IntN(120) // torn in the middle of what matters
			copy(file[at:at+n], after[at:at+n])
			if random.IntN(2) == 0 {
				copy(file[at:at+page], after[at:at+page])
			}
		}
		return "torn meta page", file
	default:
		// A disk that says synced and lies: the meta page is there, data is not.
		for _, at := range data {
			some(at)
		}
		for _, at := range metas {
			copy(file[at:at+page], after[at:at+page])
		}
		return "lying disk", file
	}
}

// reopened says what a store makes of a file after a crash.
func reopened(t *testing.T, file []byte, old, now, earlier string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), store.FileName)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".lock", []byte("in use\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(path, store.Config{Log: quiet(), MapBytes: 1 << 26})
	if errors.Is(err, store.ErrDamaged) {
		return "noticed"
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	switch state(t, path) {
	case old:
		return "old"
	case now:
		return "new"
	case earlier:
		return "earlier"
	}
	return "something else"
}

// state is all that a store says of itself.
func state(t *testing.T, path string) string {
	t.Helper()
	s, err := store.Open(path, store.Config{Log: quiet(), MapBytes: 1 << 26})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	h := sha256.New()
	if err := s.EachRecord(ctx, mango.System, mango.RecordFilter{}, func(r *mango.Record) error {
		fmt.Fprintf(h, "%+v\n", *r)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	stats, err := s.Statistics(ctx, mango.System)
	if err != nil {
		t.Fatal(err)
	}
	bells, _, err := s.PageNotifications(ctx, mango.System, mango.Page{Size: 1000})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(h, "%+v %d %d", stats, bells.Total, bells.Unread)
	return fmt.Sprintf("%x", h.Sum(nil))
}

// TestPowerLossAroundAPhoto leaves what a power cut can leave of a photo that
// was being written: a part under its temporary name, or the whole.
func TestPowerLossAroundAPhoto(t *testing.T) {
	for n := range uint64(40) {
		dir := t.TempDir()
		photo := photoOf(n)
		sum := sha256.Sum256(photo)
		room, err := media.Open(media.Config{Dir: dir, Log: quiet(), Grace: time.Nanosecond})
		if err != nil {
			t.Fatal(err)
		}
		put := func() mango.Hold {
			hold, err := room.PutPhoto(ctx, sum, "jpeg", func(w io.Writer) error { _, err := w.Write(photo); return err })
			if err != nil {
				t.Fatal(err)
			}
			return hold
		}
		hold := put()
		name := hold.Name()
		_ = hold.Close()
		whole := filepath.Join(dir, "mango_images", fmt.Sprintf("%x", sum[:1]), fmt.Sprintf("%x.jpg", sum))
		temp := filepath.Join(filepath.Dir(whole), ".x.jpg.0123456789ab.tmp")
		if err := os.Rename(whole, temp); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(temp, int64(n)*int64(len(photo))/39); err != nil {
			t.Fatal(err)
		}
		if _, err := room.OpenPhoto(name); mango.CodeOf(err) != mango.NotFound {
			t.Fatalf("half a photo is shown: %v", err)
		}
		_ = put().Close()
		f, err := room.OpenPhoto(name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(f)
		_ = f.Close()
		if err != nil || !bytes.Equal(b, photo) {
			t.Fatalf("the photo differs: %v", err)
		}
		swept, err := room.Sweep(ctx, media.Sweeping{Needed: func(string) (bool, error) { return true, nil }})
		if err != nil || swept.Removed != 1 || swept.Kept != 1 {
			t.Fatalf("swept %+v, %v", swept, err)
		}
	}
}
