package intake

import (
	"context"
	"fmt"
	"io"
	"slices"

	"mangosense/preprocess"
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

// Photo is a photo that came, with its header read. sum is its SHA-256, zero where
// nobody knows it.
func (i *Intake) Photo(bytes []byte, sum [32]byte, name string) Photo {
	p := Photo{Name: displayName(name)}
	if len(bytes) == 0 {
		p.err = mango.Errorf(mango.InvalidPhoto, "The file is empty.")
		return p
	}
	p.Photo, p.err = i.cfg.Diagnoser.Probe(bytes, sum)
	return p
}

// Work is how many photos each of a request's photos counts as where photos are
// counted, foretold by its header: at least one.
func (i *Intake) Work(req Request) []float64 {
	each := make([]float64, len(req.Photos))
	for k, p := range req.Photos {
		each[k] = 1
		if p.err == nil {
			each[k] = i.cfg.Diagnoser.Work(p.Photo, req.asked())
		}
	}
	return each
}

// Diagnose answers a request's photos, one after the other (a tree has one place
// among those that run), and stores those that show mango unless it is a preview.
// What could not be stored is answered all the same; Unstored then says why.
//
// An error is the server's or the request's, not a photo's: nothing is stored,
// and the result holds what was diagnosed until then. It carries a mango.Code.
func (i *Intake) Diagnose(ctx context.Context, req Request) (*Result, error) {
	res := &Result{}
	if err := i.repeated(ctx, &req, res); err != nil || res.First != nil {
		return res, err
	}
	var seen []mango.Diagnosis
	for _, p := range req.Photos {
		t := Taken{Name: p.Name, photo: p.Photo}
		d, err := i.diagnose(ctx, p, req.asked())
		switch {
		case err == nil:
			t.Diagnosis, seen = &d, append(seen, d)
			if !req.Preview && d.Verdict != mango.NotMango {
				t.record = diagnosed(req.Record, &d, t.Name)
			}
		case ownFault(err):
			t.Err = err
		default:
			return res, err
		}
		res.Photos = append(res.Photos, t)
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
	res := &Result{}
	if err := i.repeated(ctx, &req, res); err != nil || res.First != nil {
		return res, err
	}
	for _, p := range req.Photos {
		t := Taken{Name: p.Name, photo: p.Photo}
		photo, err := i.inspect(p, req.Formats)
		switch {
		case err == nil:
			r := req.Record
			r.Photo, r.OriginalName = photo, t.Name
			t.record = &r
		case ownFault(err):
			t.Err = err
		default:
			return res, err
		}
		res.Photos = append(res.Photos, t)
	}
	return i.keep(ctx, &req, res)
}

// Infer answers a tensor that somebody else has made of a photo. It is counted
// as a photo is, and never stored.
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

func (i *Intake) diagnose(ctx context.Context, p Photo, asked mango.Request) (mango.Diagnosis, error) {
	if p.err != nil {
		return mango.Diagnosis{}, p.err
	}
	return i.cfg.Diagnoser.Diagnose(ctx, p.Photo, asked)
}

// inspect is what a photo is, or why it is not taken.
func (i *Intake) inspect(p Photo, formats []string) (mango.Photo, error) {
	if p.err != nil {
		return mango.Photo{}, p.err
	}
	photo, err := i.cfg.Diagnoser.Inspect(p.Photo)
	if err == nil && len(formats) > 0 && !slices.Contains(formats, photo.Format) {
		err = mango.Wrap(mango.InvalidPhoto, fmt.Errorf("%w: %s", ErrFormat, photo.Format), "Photos of this format are not taken here.")
	}
	return photo, err
}
