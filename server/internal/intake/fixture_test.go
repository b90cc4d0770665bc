package intake_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

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
		Clean:   func(w io.Writer, photo []byte) error { _, err := w.Write(photo); return err },
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
		req.Photos = append(req.Photos, intake.Photo{Bytes: []byte(w), SHA256: sha256.Sum256([]byte(w)), Name: `C:\photos\` + w + ".jpg"})
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

// reader is a model that reads: a photo's bytes are the word for what it shows.
type reader struct{}

var faults = map[string]error{
	"broken": mango.Wrap(mango.InvalidPhoto, mango.ErrNotAPhoto, "This file is not a photo."),
	"huge":   mango.Errorf(mango.TooLarge, "This photo is too large."),
	"busy":   mango.Errorf(mango.Busy, "The server is busy."),
	"late":   fmt.Errorf("cannot run: %w", context.DeadlineExceeded),
	"odd":    errors.New("an error without a code"),
}

func wordOf(photo []byte) string {
	word, _, _ := strings.Cut(string(photo), " ")
	return word
}

func (reader) Diagnose(_ context.Context, req mango.Request) (mango.Diagnosis, error) {
	photo, err := reader{}.Inspect(req.Photo, req.SHA256)
	d := mango.Diagnosis{
		Kind: req.Kind, Verdict: mango.Named, Disease: "Anthracnose", Confidence: 0.9, Photo: photo,
		Ranking: []mango.Class{{Disease: "Anthracnose", Probability: 0.9}, {Disease: "Healthy", Probability: 0.1}},
	}
	switch wordOf(req.Photo) {
	case "cat":
		d.Verdict, d.Disease = mango.NotMango, mango.Unknown
	case "blurred":
		d.Verdict, d.Disease, d.Confidence = mango.Unsure, mango.Unknown, 0.4
	}
	return d, err
}

func (reader) Inspect(photo []byte, sum [32]byte) (mango.Photo, error) {
	word := wordOf(photo)
	p := mango.Photo{SHA256: sum, Format: "jpeg", Width: 4, Height: 3, Bytes: int64(len(photo))}
	if word == "webp" {
		p.Format = "webp"
	}
	return p, faults[word]
}

func (reader) Pool(all []mango.Diagnosis, _ mango.Kind) (mango.Diagnosis, int) {
	return diagnose.Pool(all, 0.2)
}

func (reader) Infer(_ context.Context, kind mango.Kind, tensor []byte) (mango.Diagnosis, error) {
	return mango.Diagnosis{Kind: kind, Verdict: mango.Named}, faults[wordOf(tensor)]
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
