package intake_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mangosense/preprocess"
	"mangosense/preprocess/photos"
	"mangosense/server/internal/control"
	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/media"
	"mangosense/server/internal/store"
)

var ctx = context.Background()

// farm is an intake on a real store and real files.
type farm struct {
	t      *testing.T
	dir    string
	data   *control.Data
	cfg    intake.Config // of in, before in was made
	seen   atomic.Int32  // diagnoses that were told
	grower mango.Actor
}

func newFarm(t *testing.T) *farm { return sweptFarm(t, time.Hour) }

// sweptFarm is a farm whose sweeps spare what is younger than grace.
func sweptFarm(t *testing.T, grace time.Duration) *farm {
	t.Helper()
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	data, err := control.OpenData(dir, store.Config{Log: log}, media.Config{Log: log, Grace: grace})
	if err != nil {
		t.Fatal(err)
	}
	f := &farm{t: t, dir: dir, data: data}
	t.Cleanup(func() {
		if err := data.Store.Check(ctx, nil); err != nil {
			t.Error(err)
		}
		f.whole()
		if err := data.Close(); err != nil {
			t.Error(err)
		}
	})
	f.grower = f.join("lito")
	f.cfg = intake.Config{
		Diagnoser: reader{}, Records: data.Store, Files: data.Media, Drop: data.Drop,
		Observe: func(*mango.Diagnosis) { f.seen.Add(1) },
	}
	return f
}

func (f *farm) join(name string) mango.Actor {
	f.t.Helper()
	u := &mango.User{Username: name, Email: name + "@farm.example", Password: "x"}
	if _, err := f.data.Store.AddUser(ctx, mango.System, u); err != nil {
		f.t.Fatal(err)
	}
	return mango.Actor{User: u.ID}
}

// request asks for photos of those words; see reader.
func (f *farm) request(words ...string) intake.Request {
	req := intake.Request{By: f.grower, Record: mango.Record{Kind: mango.Leaf}}
	for _, w := range words {
		photo := shot(w)
		req.Photos = append(req.Photos, intake.Photo{Bytes: photo, SHA256: sha256.Sum256(photo), Name: `C:\photos\` + w + ".jpg"})
	}
	return req
}

func (f *farm) records() int {
	f.t.Helper()
	n, err := f.data.Store.CountRecords(ctx)
	if err != nil {
		f.t.Fatal(err)
	}
	return n
}

// files is how many photos lie on the disk.
func (f *farm) files() (n int) {
	f.t.Helper()
	err := filepath.WalkDir(filepath.Join(f.dir, "media"), func(path string, d fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); ext == ".jpg" || ext == ".webp" {
			n++
		}
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return n
}

// whole fails for a record whose photo is not there.
func (f *farm) whole() {
	err := f.data.Store.EachRecord(ctx, mango.System, mango.RecordFilter{}, func(r *mango.Record) error {
		if there, err := f.data.Media.Has(r.Media); err != nil || !there {
			f.t.Errorf("record %d points at %s, which is not there (%v)", r.ID, r.Media, err)
		}
		return nil
	})
	if err != nil {
		f.t.Error(err)
	}
}

// reader is a model that reads: a photo bears the word for what it shows.
type reader struct{}

// mark stands before the word, a line feed after it.
const mark = "it shows: "

// shot is a small photo that bears a word.
func shot(word string) []byte {
	line := []byte(mark + word + "\n")
	if word == "webp" {
		return photos.RIFF(photos.EncodeWebP(photos.Picture(4, 3))[12:], photos.Chunk("WORD", line))
	}
	return photos.Insert(photos.JPEG(4, 3), append([]byte{0xff, 0xfe, 0, byte(len(line) + 2)}, line...))
}

// pixels reads the headers.
var pixels = sync.OnceValues(func() (*preprocess.Preprocessor, error) { return preprocess.New(preprocess.Config{}) })

var faults = map[string]error{
	"broken": mango.Wrap(mango.InvalidPhoto, mango.ErrNotAPhoto, "This file is not a photo."),
	"huge":   mango.Errorf(mango.TooLarge, "This photo is too large."),
	"busy":   mango.Errorf(mango.Busy, "The server is busy."),
	"late":   fmt.Errorf("cannot run: %w", context.DeadlineExceeded),
	"odd":    errors.New("an error without a code"),
}

func wordOf(photo []byte) string {
	_, word, _ := strings.Cut(string(photo), mark)
	word, _, _ = strings.Cut(word, "\n")
	word, _, _ = strings.Cut(word, " ")
	return word
}

func (reader) Probe(photo []byte, sum [32]byte) (preprocess.Photo, error) {
	if word := wordOf(photo); word == "broken" || word == "huge" {
		return preprocess.Photo{}, faults[word]
	}
	p, err := pixels()
	if err != nil {
		return preprocess.Photo{}, err
	}
	read, err := p.Probe(photo)
	read.SHA256 = sum
	return read, err
}

// Work is two photos for a heavy one.
func (reader) Work(photo preprocess.Photo, _ mango.Request) float64 {
	if wordOf(photo.Bytes) == "heavy" {
		return 2
	}
	return 1
}

func (reader) Diagnose(_ context.Context, shown preprocess.Photo, req mango.Request) (mango.Diagnosis, error) {
	photo, err := reader{}.Inspect(shown)
	d := mango.Diagnosis{
		Kind: req.Kind, Verdict: mango.Named, Disease: "Anthracnose", Confidence: 0.9, Photo: photo,
		Ranking: []mango.Class{{Disease: "Anthracnose", Probability: 0.9}, {Disease: "Healthy", Probability: 0.1}},
	}
	switch wordOf(shown.Bytes) {
	case "cat":
		d.Verdict, d.Disease = mango.NotMango, mango.Unknown
	case "blurred":
		d.Verdict, d.Disease, d.Confidence = mango.Unsure, mango.Unknown, 0.4
	}
	return d, err
}

func (reader) Inspect(photo preprocess.Photo) (mango.Photo, error) {
	return mango.Photo{
		SHA256: photo.SHA256, Format: photo.Format.String(), Width: photo.Width, Height: photo.Height, Bytes: int64(len(photo.Bytes)),
	}, faults[wordOf(photo.Bytes)]
}

func (reader) Pool(all []mango.Diagnosis, _ mango.Kind) (mango.Diagnosis, int) {
	return diagnose.Pool(all, 0.2)
}

func (reader) Infer(_ context.Context, kind mango.Kind, tensor []byte) (mango.Diagnosis, error) {
	return mango.Diagnosis{Kind: kind, Verdict: mango.Named}, faults[string(tensor)]
}

// answerOf is an answer that says all that a client may see of a save.
func answerOf(r *intake.Result) []byte {
	var b bytes.Buffer
	for _, t := range r.Photos {
		fmt.Fprint(&b, t.Name)
		if t.Saved != nil {
			fmt.Fprint(&b, " ", t.Saved.ID)
		}
		fmt.Fprint(&b, "; ")
	}
	return b.Bytes()
}

func once(key string) *mango.Once {
	return &mango.Once{Key: key, Request: sha256.Sum256([]byte("request " + key))}
}
