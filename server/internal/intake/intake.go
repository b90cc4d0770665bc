package intake

import (
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"mangosense/preprocess"
	"mangosense/server/internal/clock"
	"mangosense/server/internal/mango"
)

// Diagnoser says what photos show; see room diagnose.
type Diagnoser interface {
	// Probe reads a photo's header.
	Probe(photo []byte, sum [32]byte) (preprocess.Photo, error)
	// Work is how many photos one counts as where photos are counted.
	Work(photo preprocess.Photo, req mango.Request) float64
	Diagnose(ctx context.Context, photo preprocess.Photo, req mango.Request) (mango.Diagnosis, error)
	// Pool is the verdict over photos of one tree, and how many of them count.
	Pool(all []mango.Diagnosis, k mango.Kind) (mango.Diagnosis, int)
	// Inspect is what a record says of a photo; what could not be diagnosed either
	// is refused.
	Inspect(photo preprocess.Photo) (mango.Photo, error)
	// Infer answers a tensor that somebody else has made of a photo.
	Infer(ctx context.Context, kind mango.Kind, tensor []byte) (mango.Diagnosis, error)
}

// Records is what an intake needs of the store; see mango.Records.
type Records interface {
	MayAdd(ctx context.Context, by mango.Actor, bytes int64) error
	AddRecords(ctx context.Context, by mango.Actor, records []*mango.Record, once *mango.Once) (saved []mango.Saved, first []byte, err error)
	Replied(ctx context.Context, by mango.Actor, key string, request [32]byte) (first []byte, err error)
}

// Files is what an intake needs of the photos on disk; see mango.Photos.
type Files interface {
	PutPhoto(ctx context.Context, sum [32]byte, format string, write func(io.Writer) error) (mango.Hold, error)
}

// Config says what an Intake works with. One that answers previews alone needs
// nothing but a Diagnoser.
type Config struct {
	Diagnoser Diagnoser
	Records   Records
	Files     Files
	// Drop removes a photo unless a record needs it; nil: a sweep finds it.
	Drop func(name string) error
	// Observe is told each diagnosis, for the metrics; nil: nobody is.
	Observe func(*mango.Diagnosis)
}

// Intake takes photos in.
type Intake struct{ cfg Config }

// New is an intake of these rooms.
func New(cfg Config) *Intake { return &Intake{cfg} }

// Diagnose answers a request's photos, one after the other (a tree has one place
// among those that run), and stores those that show mango unless it is a preview.
// What could not be stored is answered all the same; Unstored then says why.
//
// An error is the server's or the request's, not a photo's: nothing is stored,
// and the result holds what was diagnosed until then. It carries a mango.Code.
func (i *Intake) Diagnose(ctx context.Context, req Request) (*Result, error) {
	res := i.read(&req)
	if err := i.charge(&req, res); err != nil {
		return res.until(0), err
	}
	if err := i.repeated(ctx, &req, res); err != nil || res.First != nil {
		return res.until(0), err
	}
	var seen []mango.Diagnosis
	for k := range res.Photos {
		t := &res.Photos[k]
		var d mango.Diagnosis
		err := t.Err
		if err == nil {
			d, err = i.cfg.Diagnoser.Diagnose(ctx, t.photo, req.asked())
		}
		switch {
		case err == nil:
			t.Diagnosis, seen = &d, append(seen, d)
			if !req.Preview && d.Verdict != mango.NotMango {
				t.record = diagnosed(req.Record, &d, t.Name)
			}
		case ownFault(err):
			t.Err = err
		default:
			return res.until(k), err
		}
	}
	for k := range seen {
		i.observe(&seen[k])
	}
	if req.Tree && len(seen) > 0 {
		pooled, counted := i.cfg.Diagnoser.Pool(seen, req.Record.Kind)
		res.Tree = &Tree{pooled, counted}
	}
	res, err := i.keep(ctx, &req, res)
	if unstored(err) {
		res.Unstored, err = err, nil
	}
	return res, err
}

// Add stores photos whose class somebody knows, or will say: no model is asked.
// Those that cannot be read are left out, each with its fault.
//
// After an error nothing is stored. It carries a mango.Code.
func (i *Intake) Add(ctx context.Context, req Request) (*Result, error) {
	res := i.read(&req)
	if err := i.repeated(ctx, &req, res); err != nil || res.First != nil {
		return res.until(0), err
	}
	for k := range res.Photos {
		t := &res.Photos[k]
		var photo mango.Photo
		err := t.Err
		if err == nil {
			photo, err = i.cfg.Diagnoser.Inspect(t.photo)
		}
		if err == nil && len(req.Formats) > 0 && !slices.Contains(req.Formats, photo.Format) {
			err = mango.Wrap(mango.InvalidPhoto, fmt.Errorf("%w: %s", ErrFormat, photo.Format), "Photos of this format are not taken here.")
		}
		switch {
		case err == nil:
			r := req.Record
			r.Photo, r.OriginalName = photo, t.Name
			t.record = &r
		case ownFault(err):
			t.Err = err
		default:
			return res.until(k), err
		}
	}
	return i.keep(ctx, &req, res)
}

// Infer answers a tensor that somebody else has made of a photo: height × width ×
// colours of uint8, for the model of that kind. It is counted as a photo is, and
// never stored; Ranking and Gate are filled whatever the verdict.
func (i *Intake) Infer(ctx context.Context, kind mango.Kind, tensor []byte) (mango.Diagnosis, error) {
	d, err := i.cfg.Diagnoser.Infer(ctx, kind, tensor)
	if err == nil {
		i.observe(&d)
	}
	return d, err
}

func (i *Intake) observe(d *mango.Diagnosis) {
	if i.cfg.Observe != nil {
		i.cfg.Observe(d)
	}
}

// read reads the photos' headers, once for all that is done with them.
func (i *Intake) read(req *Request) *Result {
	res := &Result{Photos: make([]Taken, len(req.Photos))}
	for k, p := range req.Photos {
		t := &res.Photos[k]
		t.Name = displayName(p.Name)
		if len(p.Bytes) == 0 {
			t.Err = mango.Errorf(mango.InvalidPhoto, "The file is empty.")
			continue
		}
		t.photo, t.Err = i.cfg.Diagnoser.Probe(p.Bytes, p.SHA256)
	}
	return res
}

// charge has each photo paid for: one at least, also for what cannot be read.
func (i *Intake) charge(req *Request, res *Result) error {
	sum := 0.0
	for k := range res.Photos {
		t := &res.Photos[k]
		t.Charged = 1
		if t.Err == nil {
			t.Charged = i.cfg.Diagnoser.Work(t.photo, req.asked())
		}
		sum += t.Charged
	}
	if req.Charge == nil {
		return nil
	}
	return req.Charge(sum)
}

// repeated puts the first answer into the result of a request that was made
// before. A store that cannot be asked is found out by the save.
func (i *Intake) repeated(ctx context.Context, req *Request, res *Result) error {
	if req.Once == nil || req.Preview {
		return nil
	}
	first, err := i.cfg.Records.Replied(ctx, req.By, req.Once.Key, req.Once.Request)
	if mango.CodeOf(err) == mango.Unprocessable {
		return err
	}
	if err == nil {
		res.First = first
	}
	return nil
}

// until is what became of the first n photos.
func (r *Result) until(n int) *Result {
	r.Photos = r.Photos[:n]
	return r
}

// maxName is the longest file name that is kept, in characters.
const maxName = 100

// diagnosed is what is kept of a diagnosis: r is what its request has in common.
func diagnosed(r mango.Record, d *mango.Diagnosis, name string) *mango.Record {
	r.CreatedAt = clock.Now().UTC().Truncate(time.Microsecond)
	r.Kind, r.Disease, r.Confidence, r.Verdict = d.Kind, d.Disease, d.Confidence, d.Verdict
	r.Probabilities, r.Gate, r.Model, r.Processing = d.Ranking, d.Gate, d.Model, d.Processing
	r.Photo, r.OriginalName = d.Photo, name
	r.Notes = mango.PredictedNote(d.Confidence)
	if r.Answers.DetectedDisease == "" {
		r.Answers.DetectedDisease = d.Disease
	}
	return &r
}

// displayName is a sender's file name without its folders, cut to what the
// store takes.
func displayName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || name == "/" || name == "" {
		return "image"
	}
	return mango.ClipText(name, maxName)
}
