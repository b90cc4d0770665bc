package intake_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"

	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// TestWhatIsKept: photos that show mango, unless it is a preview; of photos that
// cannot be read, and of cats, nothing stays.
func TestWhatIsKept(t *testing.T) {
	for name, c := range map[string]struct {
		words         []string
		preview, tree bool
		saved         string // a letter a photo: s stored, a answered alone, f faulty
		counted       int
	}{
		"a leaf":                {words: []string{"leaf"}, saved: "s"},
		"a preview":             {words: []string{"leaf"}, preview: true, saved: "a"},
		"an unsure one":         {words: []string{"blurred"}, saved: "s"},
		"a cat":                 {words: []string{"cat"}, saved: "a"},
		"no photo":              {words: []string{"broken"}, saved: "f"},
		"too large":             {words: []string{"huge"}, saved: "f"},
		"a tree":                {words: []string{"leaf 1", "cat", "broken", "leaf 2"}, tree: true, saved: "safs", counted: 2},
		"a tree's preview":      {words: []string{"leaf 1", "leaf 2"}, tree: true, preview: true, saved: "aa", counted: 2},
		"a tree of cats":        {words: []string{"cat 1", "cat 2"}, tree: true, saved: "aa"},
		"a tree without photos": {words: []string{"broken", "huge"}, tree: true, saved: "ff"},
		"one photo twice":       {words: []string{"leaf", "leaf"}, tree: true, saved: "ss", counted: 2},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFarm(t)
			req := f.request(c.words...)
			req.Preview, req.Tree = c.preview, c.tree
			res, err := intake.New(f.cfg).Diagnose(ctx, req)
			if err != nil || res.Unstored != nil {
				t.Fatal(err, res.Unstored)
			}
			var got strings.Builder
			different := map[string]bool{}
			for i, p := range res.Photos {
				switch {
				case p.Err != nil && p.Diagnosis == nil && p.Saved == nil:
					got.WriteByte('f')
				case p.Saved != nil && p.Diagnosis != nil:
					got.WriteByte('s')
					different[c.words[i]] = true
				case p.Diagnosis != nil:
					got.WriteByte('a')
				}
			}
			if got.String() != c.saved {
				t.Errorf("the photos are %q, want %q", got.String(), c.saved)
			}
			if n := strings.Count(c.saved, "s"); f.records() != n || f.files() != len(different) {
				t.Errorf("%d records and %d files, want %d and %d", f.records(), f.files(), n, len(different))
			}
			if n := len(c.saved) - strings.Count(c.saved, "f"); int(f.seen.Load()) != n {
				t.Errorf("%d diagnoses were told, want %d", f.seen.Load(), n)
			}
			if readable := strings.Trim(c.saved, "f") != ""; c.tree && (res.Tree != nil) != readable || !c.tree && res.Tree != nil {
				t.Errorf("the tree is %v", res.Tree)
			}
			if res.Tree != nil && res.Tree.Counted != c.counted {
				t.Errorf("%d photos counted, want %d", res.Tree.Counted, c.counted)
			}
		})
	}
}

// TestRecordSaysWhatWasAnswered, and what the sender said beside it.
func TestRecordSaysWhatWasAnswered(t *testing.T) {
	f := newFarm(t)
	in := intake.New(f.cfg)
	req := f.request("leaf")
	req.Record.Location = &mango.Location{Latitude: 10.7, Longitude: 122.5, ConsentGiven: true}
	req.Record.Answers.Feedback = "from the north field"
	res, err := in.Diagnose(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.data.Store.Record(ctx, f.grower, res.Photos[0].Saved.ID)
	if err != nil {
		t.Fatal(err)
	}
	read, err := reader{}.Probe(req.Photos[0].Bytes, [32]byte{})
	if err != nil {
		t.Fatal(err)
	}
	var clean bytes.Buffer
	if err := read.WriteClean(&clean); err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(r.Disease, " ", r.Confidence, " ", r.Verdict, " ", r.OriginalName, " ", r.Answers.DetectedDisease, " ", r.Answers.Feedback, " ", r.Location.Latitude, " ", r.MediaBytes == int64(clean.Len()), " ", r.User == f.grower.User, " ", r.Notes)
	if want := "Anthracnose 0.9 named leaf.jpg Anthracnose from the north field 10.7 true true Predicted via mobile app with 90.00% confidence"; got != want {
		t.Errorf("the record says\n%s\nwant\n%s", got, want)
	}
	for given, shown := range map[string]string{
		"": "image", "/": "image", "..": "..", `a\b/c.jpg`: "c.jpg", "x\u202Egpj.exe": "xgpj.exe", strings.Repeat("ñ", 200): strings.Repeat("ñ", 100),
	} {
		req := f.request("leaf")
		photo := shot("leaf")
		req.Preview, req.Photos[0] = true, intake.Photo{Bytes: photo, SHA256: sha256.Sum256(photo), Name: given}
		if res, err := in.Diagnose(ctx, req); err != nil || res.Photos[0].Name != shown {
			t.Errorf("%q is shown as %q (%v), want %q", given, res.Photos[0].Name, err, shown)
		}
	}
}

// TestServersFaultEndsAll: nothing of the request is stored, whichever photo met
// it; what was diagnosed until then is told to the caller, who charges for it.
func TestServersFaultEndsAll(t *testing.T) {
	for word, code := range map[string]mango.Code{"busy": mango.Busy, "late": mango.Internal, "odd": mango.Internal} {
		for at := range 3 {
			t.Run(fmt.Sprint(word, at), func(t *testing.T) {
				f := newFarm(t)
				words := []string{"leaf 1", "leaf 2", "leaf 3"}
				words[at] = word
				req := f.request(words...)
				req.Tree, req.Once, req.Answer = true, once("k"), answerOf
				in := intake.New(f.cfg)
				res, err := in.Diagnose(ctx, req)
				if !errors.Is(err, faults[word]) || mango.CodeOf(err) != code {
					t.Fatalf("error is %v", err)
				}
				if len(res.Photos) != at || f.records() != 0 || f.files() != 0 {
					t.Errorf("%d photos in the result, %d records, %d files", len(res.Photos), f.records(), f.files())
				}
				req.Photos[at] = f.request("leaf again").Photos[0]
				if res, err := in.Diagnose(ctx, req); err != nil || res.First != nil || f.records() != 3 {
					t.Errorf("the retry: %v, %d records", err, f.records())
				}
				if word == "busy" {
					_, err := in.Infer(ctx, mango.Leaf, []byte(word))
					if before := f.seen.Load(); !errors.Is(err, faults[word]) || f.seen.Load() != before {
						t.Errorf("a tensor: %v", err)
					}
				}
			})
		}
	}
}

// TestAdd stores photos that no model is asked about.
func TestAdd(t *testing.T) {
	for name, c := range map[string]struct {
		words   []string
		formats []string
		faults  []error // nil: stored
		err     error   // of the whole
	}{
		"two":                      {words: []string{"leaf 1", "leaf 2"}, faults: []error{nil, nil}},
		"one broken":               {words: []string{"leaf", "broken"}, faults: []error{nil, mango.ErrNotAPhoto}},
		"all broken":               {words: []string{"broken", "huge"}, faults: []error{mango.ErrNotAPhoto, faults["huge"]}},
		"a format that is taken":   {words: []string{"webp"}, faults: []error{nil}},
		"a format that is not":     {words: []string{"webp", "leaf"}, formats: []string{"jpeg", "png"}, faults: []error{intake.ErrFormat, nil}},
		"a server without a model": {words: []string{"leaf", "odd"}, err: faults["odd"]},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFarm(t)
			req := f.request(c.words...)
			req.Formats, req.Record.Classification = c.formats, "Healthy"
			res, err := intake.New(f.cfg).Add(ctx, req)
			if !errors.Is(err, c.err) || c.err == nil && err != nil {
				t.Fatalf("error is %v, want %v", err, c.err)
			}
			stored := 0
			for i, want := range c.faults {
				p := res.Photos[i]
				if !errors.Is(p.Err, want) || (p.Saved == nil) != (want != nil) || p.Diagnosis != nil {
					t.Errorf("%s: saved %v, error %v, want %v", c.words[i], p.Saved, p.Err, want)
				}
				if p.Saved != nil {
					stored++
					if r, err := f.data.Store.Record(ctx, f.grower, p.Saved.ID); err != nil || r.Class() != "Healthy" || r.Disease != "" || r.OriginalName != p.Name {
						t.Errorf("%+v (%v)", r, err)
					}
				}
			}
			if f.records() != stored || f.files() != stored || f.seen.Load() != 0 {
				t.Errorf("%d records, %d files, %d diagnoses, %d stored", f.records(), f.files(), f.seen.Load(), stored)
			}
		})
	}
	f := newFarm(t)
	req, in := f.request("leaf"), intake.New(f.cfg)
	req.Photos[0] = intake.Photo{Name: "image.jpg"}
	if res, err := in.Add(ctx, req); err != nil || mango.CodeOf(res.Photos[0].Err) != mango.InvalidPhoto {
		t.Errorf("an empty file: %v", err)
	}
}

// TestCharge: each photo counts for itself, one that cannot be read as one; who
// is refused is diagnosed nothing.
func TestCharge(t *testing.T) {
	f := newFarm(t)
	in, req, sum := intake.New(f.cfg), f.request("leaf", "heavy", "broken"), 0.0
	req.Charge = func(photos float64) error { sum = photos; return nil }
	res, err := in.Diagnose(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{1, 2, 1} {
		if got := res.Photos[i].Charged; got != want {
			t.Errorf("photo %d counts as %v, want %v", i, got, want)
		}
	}
	if sum != 4 {
		t.Errorf("they are charged as %v", sum)
	}
	records := f.records()
	req.Charge = func(float64) error { return mango.Errorf(mango.TooMany, "too many") }
	if res, err := in.Diagnose(ctx, req); mango.CodeOf(err) != mango.TooMany || len(res.Photos) != 0 || f.records() != records || f.seen.Load() != 2 {
		t.Errorf("refused: %v, %d diagnoses", err, f.seen.Load())
	}
}

// TestInfer tells the metrics and stores nothing; an intake without a store
// answers previews.
func TestInfer(t *testing.T) {
	f := newFarm(t)
	if d, err := intake.New(f.cfg).Infer(ctx, mango.Fruit, []byte("tensor")); err != nil || d.Kind != mango.Fruit || f.seen.Load() != 1 {
		t.Errorf("%v, %v, %d told", d.Kind, err, f.seen.Load())
	}
	req := f.request("leaf")
	req.Preview = true
	bare := intake.New(intake.Config{Diagnoser: reader{}})
	if res, err := bare.Diagnose(context.Background(), req); err != nil || res.Photos[0].Diagnosis.Disease != "Anthracnose" {
		t.Errorf("%v", err)
	}
}
