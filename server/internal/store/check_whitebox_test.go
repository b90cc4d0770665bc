package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
	"mangosense/server/internal/store/counted"
)

// wholeSample makes a database with something of everything, answers and
// confirmations included.
func wholeSample(t *testing.T) (path string) {
	t.Helper()
	ctx := context.Background()
	path = filepath.Join(t.TempDir(), FileName)
	writeSample(t, path)
	s, err := Open(path, quietly())
	if err != nil {
		t.Fatal(err)
	}
	lito := mango.Actor{User: 1, Admin: true}
	for i, c := range []mango.Confirmation{
		{Record: 2, User: 1, Correct: new(true), Predicted: "Healthy", ConsentGiven: true, Location: &mango.Location{Latitude: 10, Longitude: 120, ConsentGiven: true}},
		{Record: 4, User: 1, Correct: new(false), Predicted: "Anthracnose"},
	} {
		if _, err := s.AddConfirmation(ctx, lito, &c); err != nil {
			t.Fatalf("confirmation %d: %v", i, err)
		}
	}
	if _, err := s.AddNotification(ctx, mango.System, &mango.Notification{Title: "New", Message: "of no record", At: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}); err != nil {
		t.Fatal(err)
	}
	r := &mango.Record{User: 1, Kind: mango.Leaf, Disease: "Healthy", Confidence: 1, Verdict: mango.Named, Photo: mango.Photo{SHA256: [32]byte{9}, Format: "jpeg"}}
	if _, _, err := s.AddRecords(ctx, lito, []*mango.Record{r}, &mango.Once{Key: "k", Request: [32]byte{1}, Answer: func([]mango.Saved) []byte { return []byte("{}") }}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// openCopy opens a copy of a database.
func openCopy(t *testing.T, path string) *Store {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), FileName)
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(to, quietly())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// first is the first key of a bucket whose value pick accepts.
func first(t *testing.T, tx *bbolt.Tx, bucket []byte, pick func(k, v []byte) bool) (key, value []byte) {
	t.Helper()
	c := tx.Bucket(bucket).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if pick == nil || pick(k, v) {
			return append([]byte(nil), k...), append([]byte(nil), v...)
		}
	}
	t.Fatalf("bucket %s has nothing to damage", bucket)
	return nil, nil
}

// TestCheckFinds: each thing that can be wrong between what is stored and what
// follows from it, one at a time, is found, named and counted as damage.
func TestCheckFinds(t *testing.T) {
	drop := func(bucket []byte, pick func(k, v []byte) bool) func(*testing.T, *bbolt.Tx) error {
		return func(t *testing.T, tx *bbolt.Tx) error {
			k, _ := first(t, tx, bucket, pick)
			return tx.Bucket(bucket).Delete(k)
		}
	}
	add := func(bucket, k, v []byte) func(*testing.T, *bbolt.Tx) error {
		return func(_ *testing.T, tx *bbolt.Tx) error { return tx.Bucket(bucket).Put(k, v) }
	}
	totals := func(change func(*codec.Totals)) func(*testing.T, *bbolt.Tx) error {
		return func(_ *testing.T, tx *bbolt.Tx) error {
			have, err := readTotals(tx)
			if err != nil {
				return err
			}
			change(&have)
			return tx.Bucket(bucketMeta).Put(keyTotals, codec.EncodeTotals(keyTotals, have))
		}
	}
	day := func(change func(codec.Day)) func(*testing.T, *bbolt.Tx) error {
		return func(t *testing.T, tx *bbolt.Tx) error {
			k, v := first(t, tx, bucketDays, nil)
			d, err := codec.DecodeDay(k, v)
			if err != nil {
				return err
			}
			change(d)
			return tx.Bucket(bucketDays).Put(k, codec.EncodeDay(k, d))
		}
	}
	list := func(change func(tx *bbolt.Tx, ls *counted.Lists) error) func(*testing.T, *bbolt.Tx) error {
		return func(_ *testing.T, tx *bbolt.Tx) error {
			ls := counted.New(tx)
			if err := change(tx, ls); err != nil {
				return err
			}
			return ls.Flush(func(b, k, v []byte) error { return tx.Bucket(b).Put(k, v) }, func(b, k []byte) error { return tx.Bucket(b).Delete(k) })
		}
	}
	named := func(prefix string) func(k, _ []byte) bool {
		return func(k, _ []byte) bool { return strings.HasPrefix(string(k), prefix) }
	}
	flip := func(bucket []byte) func(*testing.T, *bbolt.Tx) error {
		return func(t *testing.T, tx *bbolt.Tx) error {
			k, v := first(t, tx, bucket, nil)
			v[len(v)-1] ^= 1
			return tx.Bucket(bucket).Put(k, v)
		}
	}
	sample := wholeSample(t)
	for _, c := range []struct {
		name   string
		damage func(*testing.T, *bbolt.Tx) error
		want   string // what the error says; empty: nothing is wrong
	}{
		{"nothing", func(*testing.T, *bbolt.Tx) error { return nil }, ""},
		{"a photo's mark gone", drop(bucketPhotos, nil), "the photo of record"},
		{"a photo's mark too many", func(t *testing.T, tx *bbolt.Tx) error {
			k, v := first(t, tx, bucketPhotos, nil)
			more := append(k[:len(k)-8:len(k)-8], codec.Key(4711)...)
			return tx.Bucket(bucketPhotos).Put(more, codec.EncodePhoto(more, must(codec.DecodePhoto(k, v))))
		}, "references for"},
		{"a photo's mark without a name", add(bucketPhotos, []byte("short"), codec.EncodePhoto([]byte("short"), 1)), "is too short"},
		{"a file name gone", drop(bucketNames, nil), "the file name of record"},
		{"a user gone", drop(bucketUsers, nil), "the user of record"},
		{"a confirmation's mark gone", drop(bucketConfirmed, nil), "the mark of confirmation"},
		{"a confirmation's mark too many", add(bucketConfirmed, codec.Key(4711), codec.Key(1)), "marks for 2 confirmations"},
		{"a confirmation gone", drop(bucketConfirmations, nil), "confirmed: 1 faults"},
		{"a record gone", drop(bucketRecords, func(k, _ []byte) bool { return codec.ID(k) == 2 }), "the record of confirmation"},
		{"a notification's mark gone", drop(bucketNotified, nil), "the mark of notification"},
		{"a notification's mark too many", add(bucketNotified, append(codec.Key(4711), codec.Key(1)...), nil), "notified: 1 faults"},
		{"an answer's mark gone", drop(bucketReplied, nil), "the mark of answer"},
		{"an answer's mark too many", add(bucketReplied, []byte("x"), codec.Key(1)), "2 marks for 1 answers"},
		{"an answer gone", drop(bucketReplies, nil), "1 marks for 0 answers"},
		{"a day gone", drop(bucketDays, nil), "is missing"},
		{"a day too many", func(_ *testing.T, tx *bbolt.Tx) error {
			k := dayKey(1)
			return tx.Bucket(bucketDays).Put(k, codec.EncodeDay(k, codec.Day{{Kind: "leaf", Class: "Healthy"}: 1}))
		}, "day 1 counts 1 of"},
		{"a day's count", day(func(d codec.Day) {
			for class := range d {
				d[class]++
			}
		}), "days: "},
		{"a day's class too few", day(func(d codec.Day) {
			for class := range d {
				delete(d, class)
				return
			}
		}), "classes instead of"},
		{"a day that cannot be read", func(t *testing.T, tx *bbolt.Tx) error {
			k, _ := first(t, tx, bucketDays, nil)
			return tx.Bucket(bucketDays).Put(k, []byte("x"))
		}, "day"},
		{"a list gone", drop(bucketLists, named(familyUser)), "is missing"},
		{"an entry gone", list(func(tx *bbolt.Tx, ls *counted.Lists) error {
			r, err := codec.DecodeRecord(codec.Key(3), tx.Bucket(bucketRecords).Get(codec.Key(3)))
			if err != nil {
				return err
			}
			l, err := ls.Get(familyEvery)
			if err != nil {
				return err
			}
			_, err = l.Remove(entryOf(r))
			return err
		}), "entry 3 is not in list"},
		{"an entry too many", list(func(_ *bbolt.Tx, ls *counted.Lists) error {
			l, err := ls.Get(familyEvery)
			if err != nil {
				return err
			}
			return l.Insert(counted.Entry{At: 1, ID: 4711})
		}), "and should have"},
		{"a list too many", list(func(_ *bbolt.Tx, ls *counted.Lists) error {
			l, err := ls.Get("zz")
			if err != nil {
				return err
			}
			return l.Insert(counted.Entry{At: 1, ID: 4711})
		}), `list "zz" says 1 entries, has 1 and should have 0`},
		{"a node too many", add(bucketNodes, []byte("zz"), nil), "node"},
		{"photos in all", totals(func(t *codec.Totals) { t.Photos++ }), "totals: "},
		{"bytes in all", totals(func(t *codec.Totals) { t.PhotoBytes-- }), "totals: "},
		{"unread in all", totals(func(t *codec.Totals) { t.Unread++ }), "totals: "},
		{"confirmed with a place", totals(func(t *codec.Totals) { t.Located++ }), "totals: "},
		{"confirmed with consent", totals(func(t *codec.Totals) { t.Consented = 0 }), "totals: "},
		{"who confirmed", totals(func(t *codec.Totals) { t.Confirmers = 2 }), "totals: "},
		{"confirmed by nobody", totals(func(t *codec.Totals) { t.Nameless = 1 }), "totals: "},
		{"totals that cannot be read", add(bucketMeta, keyTotals, []byte("x")), "totals"},
		{"a bucket gone", func(_ *testing.T, tx *bbolt.Tx) error { return tx.DeleteBucket(bucketNames) }, "bucket names is missing"},
		{"buckets of a newer program gone", func(_ *testing.T, tx *bbolt.Tx) error {
			return errors.Join(tx.DeleteBucket(bucketReplies), tx.DeleteBucket(bucketReplied))
		}, ""},
		{"a record's checksum", flip(bucketRecords), "record"},
		{"a user's checksum", flip(bucketUsers), "user"},
		{"a confirmation's checksum", flip(bucketConfirmations), "confirmation"},
		{"a notification's checksum", flip(bucketNotifications), "notification"},
		{"a symptom's checksum", flip(bucketSymptoms), "symptom"},
		{"an alias's checksum", flip(bucketAliases), "alias"},
		{"a disease's checksum", flip(bucketDiseases), "disease"},
		{"a link's checksum", flip(bucketLinks), "link"},
		{"a setting's checksum", flip(bucketSettings), "setting"},
		{"an answer's checksum", flip(bucketReplies), "repl"},
		{"a day's checksum", flip(bucketDays), "day"},
		{"a photo's checksum", flip(bucketPhotos), "photo"},
		{"a list's checksum", flip(bucketLists), "list"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openCopy(t, sample)
			if err := s.db.Update(func(tx *bbolt.Tx) error { return c.damage(t, tx) }); err != nil {
				t.Fatal(err)
			}
			err := s.Check(context.Background(), nil)
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, ErrDamaged) || !strings.Contains(fmt.Sprint(err), c.want) {
				t.Errorf("check says %v, want %q", err, c.want)
			}
		})
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
