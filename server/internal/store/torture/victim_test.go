package torture_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/media"
	"mangosense/server/internal/store"
)

var ctx = context.Background()

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func full() bool { return os.Getenv("MANGOSENSE_TORTURE") == "full" }

func TestMain(m *testing.M) {
	if dir := os.Getenv("MANGOSENSE_VICTIM"); dir != "" {
		if os.Getenv("MANGOSENSE_SCRIPT") != "" {
			script(dir)
		} else {
			load(dir)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// say prints one promise; a line is one write, so none is torn by the kill.
func say(format string, args ...any) { _, _ = fmt.Fprintf(os.Stdout, format+"\n", args...) }

func openBoth(dir string) (*store.Store, *media.Room, error) {
	room, err := media.Open(media.Config{Dir: filepath.Join(dir, "media"), Log: quiet()})
	if err != nil {
		return nil, nil, err
	}
	s, err := store.Open(filepath.Join(dir, store.FileName), store.Config{Log: quiet(), MapBytes: 1 << 26,
		BackupDir: filepath.Join(dir, "backups"),
		Freed: func(names []string) {
			for _, n := range names {
				_ = room.Remove(n, func(string) (bool, error) { return false, nil })
			}
		}})
	if err != nil {
		return nil, nil, err
	}
	return s, room, nil
}

// photoOf is the content of photo n, 1 to 60 KB.
func photoOf(n uint64) []byte {
	r := rand.New(rand.NewPCG(n, 1))
	b := make([]byte, 1000+r.IntN(60000))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// save is what the api does with one photo: file first, then record.
func save(s *store.Store, room *media.Room, n uint64) (*mango.Record, error) {
	photo := photoOf(n)
	sum := sha256.Sum256(photo)
	hold, err := room.PutPhoto(ctx, sum, "jpeg", func(w io.Writer) error {
		_, err := io.Copy(w, bytes.NewReader(photo))
		return err
	})
	if err != nil {
		return nil, err
	}
	defer hold.Close()
	r := &mango.Record{Kind: mango.Leaf, Disease: "Anthracnose", Confidence: 0.9, Verdict: mango.Named,
		Photo: mango.Photo{SHA256: sum, Format: "jpeg", Bytes: int64(len(photo))}, Media: hold.Name(), MediaBytes: hold.Size(),
		OriginalName: fmt.Sprintf("torture_%d.jpg", n)}
	_, err = s.AddRecord(ctx, mango.System, r)
	return r, err
}

// load saves and deletes for ever, eight at a time, and prints each promise. The
// pauses keep a fast machine from storing more than can be verified, and let
// kills fall between writes as well as into them.
func load(dir string) {
	s, room, err := openBoth(dir)
	if err != nil {
		say("F %v", err)
		os.Exit(3)
	}
	seed, _ := strconv.ParseUint(os.Getenv("MANGOSENSE_SEED"), 10, 64)
	var wg sync.WaitGroup
	for g := range uint64(8) {
		wg.Go(func() {
			for i := uint64(0); ; i++ {
				time.Sleep(time.Duration(rand.IntN(8)) * time.Millisecond)
				n := seed<<20 | g<<16 | i
				r, err := save(s, room, n)
				if err != nil {
					say("E %v", err)
					continue
				}
				say("A %d %d", r.ID, n)
				if i%5 == 4 {
					say("d %d", r.ID)
					if err := s.DeleteRecords(ctx, mango.System, []uint64{r.ID}); err == nil {
						say("D %d", r.ID)
					}
				}
				if g == 0 && i%40 == 39 {
					_, _ = s.Compact(ctx, nil)
				}
			}
		})
	}
	wg.Wait()
}

// mirror copies the photos as a backup does.
func mirror(room *media.Room, s *store.Store, dir string) error {
	to, err := media.Open(media.Config{Dir: dir, Log: quiet()})
	if err != nil {
		return err
	}
	defer to.Close()
	_, err = room.Mirror(ctx, to, s.PhotosOf)
	return err
}

// script does one of everything, alone, so that the n-th call to the system is
// the same in every run, and goes on after whatever fails.
func script(dir string) {
	s, room, err := openBoth(dir)
	if err != nil {
		say("E open %v", err)
		return
	}
	keep := func(n uint64) *mango.Record {
		r, err := save(s, room, n)
		if err != nil {
			say("E %d %v %s", n, mango.CodeOf(err), err)
			return nil
		}
		say("A %d %d", r.ID, n)
		return r
	}
	first := keep(1)
	keep(2)
	keep(1) // the same photo again
	if first != nil {
		if _, err := s.ChangeRecords(ctx, mango.System, []uint64{first.ID}, mango.RecordChange{Verified: new(bool)}); err != nil {
			say("E change %v", err)
		}
	}
	if _, err := s.Backup(ctx, filepath.Join(dir, "backups"), 1, nil); err != nil {
		say("E backup %v", err)
	}
	if r := keep(3); r != nil {
		say("d %d", r.ID)
		if err := s.DeleteRecords(ctx, mango.System, []uint64{r.ID}); err != nil {
			say("E delete %v", err)
		} else {
			say("D %d", r.ID)
		}
	}
	if _, err := s.Compact(ctx, nil); err != nil {
		say("E compact %v", err)
	}
	if _, err := s.Repair(ctx, nil); err != nil {
		say("E repair %v", err)
	}
	// Restored is what was just backed up, so that every promise still holds.
	if b, err := s.Backup(ctx, filepath.Join(dir, "backups"), 1, nil); err != nil {
		say("E backup %v", err)
	} else if _, err := s.Restore(ctx, b.Path, nil); err != nil {
		say("E restore %v", err)
	}
	if err := mirror(room, s, filepath.Join(dir, "backups", "media")); err != nil {
		say("E mirror %v", err)
	}
	// After a failed write the store comes back by itself.
	ok := false
	for range 100 {
		if r, err := save(s, room, 4); err == nil {
			say("A %d %d", r.ID, 4)
			ok = true
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if !ok {
		say("E the store did not come back")
		os.Exit(4)
	}
	if err := s.Close(); err != nil {
		say("E close %v", err)
	}
	_ = room.Close()
}
