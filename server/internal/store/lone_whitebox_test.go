package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
)

// What group commit adds to a request that comes alone: the same record is
// stored through the committer and straight in a transaction, in turns, on the
// disk and in memory (where no sync hides the difference). Logged, not judged.
func TestWhatALoneWriteWaits(t *testing.T) {
	places := map[string]string{"disk": t.TempDir()}
	if dir, err := os.MkdirTemp("/dev/shm", "mangosense-"); err == nil {
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		places["memory"] = dir
	}
	for where, dir := range places {
		s, err := Open(filepath.Join(dir, FileName), quietly())
		if err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		var grouped, straight []time.Duration
		for i := range 200 {
			r := mango.Record{Kind: mango.Leaf, Disease: "Healthy", Photo: mango.Photo{SHA256: sha256.Sum256(fmt.Append(nil, i))}, CreatedAt: time.Now().UTC()}
			begun := time.Now()
			if i%2 == 0 {
				_, err = s.AddRecord(ctx, mango.System, &r)
				grouped = append(grouped, time.Since(begun))
			} else {
				err = s.db.Update(func(tx *bbolt.Tx) error {
					w, err := s.begin(tx)
					if err == nil {
						err = w.addRecord(&r, codec.PackAnswers(&r.Answers))
					}
					if err == nil {
						err = w.flush()
					}
					return err
				})
				straight = append(straight, time.Since(begun))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(grouped)
		slices.Sort(straight)
		q := func(d []time.Duration, of int) time.Duration { return d[len(d)*of/100].Round(time.Microsecond) }
		t.Logf("%s: through the committer median %v (90 %% %v), straight %v (%v): %v added", where,
			q(grouped, 50), q(grouped, 90), q(straight, 50), q(straight, 90), q(grouped, 50)-q(straight, 50))
		if err := s.Check(ctx, nil); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
