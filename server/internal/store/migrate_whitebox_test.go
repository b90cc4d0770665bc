package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
)

// MANGOSENSE_KEEP_SCHEMA=1 writes testdata/schema-N.db.gz with what this program
// stores. It is run once for each schema, before the next one is written: what
// it made must be readable for ever.
var keepFile = os.Getenv("MANGOSENSE_KEEP_SCHEMA") != ""

func quietly() Config { return Config{Log: slog.New(slog.NewTextHandler(io.Discard, nil))} }

func unpack(t *testing.T, path, to string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func pack(t *testing.T, path, to string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// contents is everything that a store answers, as text.
func contents(t *testing.T, s *Store) string {
	t.Helper()
	ctx := context.Background()
	var b strings.Builder
	say := func(v any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		line, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	if err := s.EachRecord(ctx, mango.System, mango.RecordFilter{}, func(r *mango.Record) error { say(r, nil); return nil }); err != nil {
		t.Fatal(err)
	}
	users, err := s.PageUsers(ctx, mango.System, mango.UserFilter{}, mango.Page{Size: 100})
	say(users, err)
	confirmations, err := s.PageConfirmations(ctx, mango.System, mango.ConfirmationFilter{}, mango.Page{Size: 100})
	say(confirmations, err)
	bells, _, err := s.PageNotifications(ctx, mango.System, mango.Page{Size: 100})
	say(bells, err)
	say(s.Vocabulary(), nil)
	say(s.Settings(), nil)
	return b.String()
}

// writeSample makes a database with something of everything.
func writeSample(t *testing.T, path string) {
	t.Helper()
	ctx := context.Background()
	cfg := quietly()
	day := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	cfg.Now = func() time.Time { day = day.Add(7 * time.Hour); return day }
	s, err := Open(path, cfg)
	if err != nil {
		t.Fatal(err)
	}
	u := &mango.User{Username: "lito", Email: "lito@farm.example", Password: "$argon2id$x", Admin: true}
	if _, err := s.AddUser(ctx, mango.System, u); err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		r := &mango.Record{User: u.ID * uint64(i%2), Kind: []mango.Kind{mango.Leaf, mango.Fruit}[i%2], Disease: []string{"Anthracnose", "Healthy", "Sooty Mold"}[i%3],
			Confidence: 1 / float64(i+1), Verdict: mango.Named, Photo: mango.Photo{SHA256: sha256.Sum256(fmt.Append(nil, i/2)), Format: "jpeg", Width: 640, Height: 480},
			OriginalName: fmt.Sprintf("tree_%d.jpg", i), MediaBytes: int64(1000 + i/2), Probabilities: []mango.Class{{Disease: "Anthracnose", Probability: 0.3}},
			Answers: mango.Answers{TopDiseases: []byte(`[{"disease":"Die Back","confidence":4.12}]`), Feedback: "thank you"}}
		r.Media = fmt.Sprintf("mango_images/%x.jpg", r.Photo.SHA256)
		if i%5 == 0 {
			r.Location = &mango.Location{Latitude: 10.3 + float64(i)/100, Longitude: 123.9, Source: "device gps", ConsentGiven: true}
		}
		if _, err := s.AddRecord(ctx, mango.System, r); err != nil {
			t.Fatal(err)
		}
	}
	yes, class := true, "Die Back"
	by := mango.Actor{User: u.ID, Admin: true}
	if _, err := s.ChangeRecords(ctx, by, []uint64{3, 4}, mango.RecordChange{Verified: &yes, Classification: &class}); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteRecords(ctx, by, []uint64{7, 8, 50}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetModel(ctx, by, mango.Leaf, "leaf-2.tflite"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// Every file that a program of an older schema made opens, is lifted, passes
// the check, and answers what it answered then.
func TestFilesOfEverySchemaOpen(t *testing.T) {
	name := filepath.Join("testdata", fmt.Sprintf("schema-%d", schema))
	if keepFile {
		path := filepath.Join(t.TempDir(), FileName)
		writeSample(t, path)
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		pack(t, path, name+".db.gz")
		s, err := Open(path, quietly())
		if err != nil {
			t.Fatal(err)
		}
		text := filepath.Join(t.TempDir(), "contents")
		err = os.WriteFile(text, []byte(contents(t, s)), 0o600)
		if err = errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
		pack(t, text, name+".txt.gz")
		// The same with a number that no program knows yet.
		db, err := bbolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(func(tx *bbolt.Tx) error { return writeSchema(tx, 1000) })
		if err = errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		pack(t, path, "testdata/newer.db.gz")
	}
	files := []string{"5ed3632"} // by the program of that commit: lists of two levels, confirmations, ended sessions
	for n := 1; n <= schema; n++ {
		files = append(files, fmt.Sprintf("schema-%d", n))
	}
	for _, file := range files {
		name := filepath.Join("testdata", file)
		path := filepath.Join(t.TempDir(), FileName)
		unpack(t, name+".db.gz", path)
		s, err := Open(path, quietly())
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		text := filepath.Join(t.TempDir(), "contents")
		unpack(t, name+".txt.gz", text)
		want, err := os.ReadFile(text)
		if err != nil {
			t.Fatal(err)
		}
		// What came later is empty in a file from before.
		if got := strings.ReplaceAll(contents(t, s), `"Label":"",`, ""); got != strings.ReplaceAll(string(want), `"Label":"",`, "") {
			t.Errorf("%s answers other things than it did", file)
		}
		if err := s.Check(context.Background(), nil); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// The machinery on a file that another program made: two steps that rewrite
// every record run in one transaction, are logged with what they did, and the
// file as it was is what a power cut in between leaves.
func TestMigrationOfAFileFromBefore(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	unpack(t, "testdata/schema-1.db.gz", path)
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	records := 0
	rewrite := func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketRecords)
		records = 0
		c := b.Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			r, err := codec.DecodeRecord(k, v)
			if err != nil {
				return err
			}
			r.Notes = "lifted"
			if err := b.Put(bytes.Clone(k), codec.EncodeRecord(bytes.Clone(k), r, codec.PackAnswers(&r.Answers))); err != nil {
				return err
			}
			records++
		}
		return nil
	}
	var log bytes.Buffer
	s := &Store{cfg: Config{Log: slog.New(slog.NewTextHandler(&log, nil))}.withDefaults()}
	open := func(path string) *database {
		t.Helper()
		db, err := openDatabase(path, Config{}.withDefaults().options(false))
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	steps := []migration{{1, "notes", rewrite}, {2, "notes again", func(tx *bbolt.Tx) error {
		// The power goes here: what the disk has is copied.
		seen, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.Equal(seen, old) {
			return errors.New("the file changed before the commit")
		}
		return rewrite(tx)
	}}}
	db := open(path)
	if err := s.migrate(db, steps); err != nil {
		t.Fatal(err)
	}
	if err := db.View(func(tx *bbolt.Tx) error {
		if n, err := readSchema(tx); err != nil || n != 3 {
			t.Errorf("schema %d, %v", n, err)
		}
		r, err := record(tx, 42)
		if err != nil || r.Notes != "lifted" {
			t.Errorf("record 42: %+v, %v", r, err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"database migrated", "from=1", "to=2", "from=2", "to=3", "milliseconds="} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log does not say %q:\n%s", part, log.String())
		}
	}
	if records != 57 {
		t.Errorf("%d records were lifted", records)
	}
	// The program of before refuses what the newer one left.
	if _, err := Open(path, quietly()); !errors.Is(err, ErrNewer) {
		t.Errorf("open by the older program: %v", err)
	}
}
