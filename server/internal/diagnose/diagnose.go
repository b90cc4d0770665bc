package diagnose

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"mangosense/models"
	"mangosense/preprocess"
	"mangosense/server/internal/mango"
)

// Photos is what diagnose needs of package preprocess.
type Photos interface {
	Probe(photo []byte) (preprocess.Photo, error)
	DecodeBytes(photo preprocess.Photo, in models.Input) (int64, error)
	Tensor(photo preprocess.Photo, in models.Input, dst []byte) (preprocess.Timings, error)
}

// Config says what a Diagnoser works with.
type Config struct {
	Members   []Member
	Photos    Photos
	Admission *Admission
	Answers   *AnswerCache // nil: no answer is cached
}

// Diagnoser answers photos.
type Diagnoser struct {
	photos      Photos
	admission   *Admission
	answers     *AnswerCache
	heads       heads
	generations atomic.Uint64 // heads made so far
	speed       speed
}

// New checks that every member's engine fits its manifest.
func New(cfg Config) (*Diagnoser, error) {
	d := &Diagnoser{photos: cfg.Photos, admission: cfg.Admission, answers: cfg.Answers, heads: heads{by: map[mango.Kind]*head{}}, speed: speed{factor: 1, infer: inferWork}}
	for _, m := range cfg.Members {
		h, err := d.newHead(m)
		if err != nil {
			return nil, err
		}
		d.heads.by[mango.Kind(m.Model.Kind)] = h
	}
	return d, nil
}

// Probe reads a photo's header, once for everything that is done with it
// afterwards; nothing is decoded. sum is its SHA-256, zero where nobody knows it:
// then its answer is not cached.
//
// Errors carry a mango.Code: InvalidPhoto, TooLarge.
func (d *Diagnoser) Probe(photo []byte, sum [32]byte) (preprocess.Photo, error) {
	p, err := d.photos.Probe(photo)
	if err != nil {
		return p, photoError(err)
	}
	p.SHA256 = sum
	return p, nil
}

// Diagnose answers one photo, which Probe has read. It waits for admission before
// it decodes; a photo whose answer is cached needs neither.
//
// Errors carry a mango.Code: InvalidPhoto and TooLarge (the photo's fault),
// Busy, Timeout (ctx ended), Internal. Even when the gate refuses or the
// verdict is Unknown, Ranking and Gate are filled.
func (d *Diagnoser) Diagnose(ctx context.Context, photo preprocess.Photo, req mango.Request) (mango.Diagnosis, error) {
	if req.Kind == "" {
		return d.auto(ctx, photo, req)
	}
	start := time.Now()
	h, ok := d.heads.take(req.Kind)
	if !ok {
		return mango.Diagnosis{}, mango.Wrap(mango.Internal, fmt.Errorf("%w: %q", ErrNoModel, req.Kind), "The model for this kind of photo is not available.")
	}
	defer h.users.Done()
	same := answerKey{photo.SHA256, req.Kind, h.generation}
	if out, ok := d.answers.get(same); ok && !req.Explain {
		out.Timings, out.Work = mango.Timings{Total: time.Since(start)}, 0
		return out, nil
	}
	bytes, err := d.photos.DecodeBytes(photo, h.Model.Input)
	if err != nil {
		return mango.Diagnosis{}, photoError(err)
	}
	ticket := ticketOf(ctx, bytes, d.speed.foretell(photo.Cost))
	if err := d.admission.Enter(ctx, ticket); err != nil {
		return mango.Diagnosis{}, d.admissionError(err)
	}
	took := time.Duration(0)
	defer func() { d.admission.Leave(ticket, took) }()
	entered := time.Now()

	b := h.buffers.Get().(*buffer)
	defer h.buffers.Put(b)
	out := mango.Diagnosis{
		Kind: req.Kind, Model: ref(h.Model),
		InputWidth: h.Model.Input.Width, InputHeight: h.Model.Input.Height,
		Photo: record(photo),
	}
	spent, err := d.photos.Tensor(photo, h.Model.Input, b.input)
	ran := time.Now()
	took = ran.Sub(entered)
	if err != nil {
		return mango.Diagnosis{}, photoError(err)
	}
	if err := h.run(ctx, b, &out, req.Explain); err != nil {
		return mango.Diagnosis{}, runError(err)
	}
	out.Timings = mango.Timings{
		Wait: entered.Sub(start), Decode: spent.Decode, Resize: spent.Resize,
		Infer: time.Since(ran), Total: time.Since(start),
	}
	out.Processing = out.Timings.Total
	took += out.Timings.Infer
	out.Work = d.speed.photos(took)
	d.speed.confirm(photo.Cost, spent.Decode+spent.Resize, out.Timings.Infer)
	if !req.Explain { // a heat map is large and rarely requested twice
		d.answers.put(same, out)
	}
	return out, nil
}

// Inspect is what a record says of a photo. It refuses what Diagnose would refuse
// by the photo's header.
//
// Errors carry a mango.Code: InvalidPhoto, Internal.
func (d *Diagnoser) Inspect(photo preprocess.Photo) (mango.Photo, error) {
	h := d.heads.get(mango.Leaf)
	if h == nil {
		h = d.heads.get(mango.Fruit)
	}
	if h == nil {
		return mango.Photo{}, mango.Wrap(mango.Internal, ErrNoModel, "The photo could not be looked at.")
	}
	if _, err := d.photos.DecodeBytes(photo, h.Model.Input); err != nil {
		return mango.Photo{}, photoError(err)
	}
	return record(photo), nil
}

// record is what a record says of a photo.
func record(photo preprocess.Photo) mango.Photo {
	p := mango.Photo{SHA256: photo.SHA256, Format: photo.Format.String(), Bytes: int64(len(photo.Bytes))}
	p.Width, p.Height = photo.Upright()
	if p.SHA256 == [32]byte{} {
		p.SHA256 = sha256.Sum256(photo.Bytes)
	}
	return p
}

// auto lets the gates choose: the leaf model runs first, and if its gate says fruit,
// the fruit model answers. Without a gate the more confident model wins.
func (d *Diagnoser) auto(ctx context.Context, photo preprocess.Photo, req mango.Request) (mango.Diagnosis, error) {
	req.Kind = mango.Leaf
	leaf, err := d.Diagnose(ctx, photo, req)
	if err != nil || d.heads.get(mango.Fruit) == nil {
		return leaf, err
	}
	if leaf.Gate.Present && leaf.Gate.Fruit <= leaf.Gate.Leaf {
		return leaf, nil
	}
	req.Kind = mango.Fruit
	fruit, err := d.Diagnose(ctx, photo, req)
	if err != nil {
		return fruit, err
	}
	fruit.Timings, fruit.Processing = sumOf(leaf.Timings, fruit.Timings), leaf.Processing+fruit.Processing
	if !leaf.Gate.Present && leaf.Confidence >= fruit.Confidence {
		leaf.Timings, leaf.Processing = fruit.Timings, fruit.Processing
		return leaf, nil
	}
	return fruit, nil
}

// Models lists what is loaded, leaf first.
func (d *Diagnoser) Models() []models.Model {
	var out []models.Model
	for _, k := range []mango.Kind{mango.Leaf, mango.Fruit} {
		if h := d.heads.get(k); h != nil {
			out = append(out, h.Model)
		}
	}
	return out
}

// Load is how many photos run and wait, and the decode bytes set aside.
func (d *Diagnoser) Load() (running, waiting int, bytes int64) { return d.admission.Load() }

// Close refuses new photos; it may be called again.
func (d *Diagnoser) Close() { d.admission.Close() }

func ref(m models.Model) mango.Model {
	return mango.Model{ID: m.ID, Version: m.Version, File: m.File(), Kind: mango.Kind(m.Kind)}
}

func sumOf(a, b mango.Timings) mango.Timings {
	return mango.Timings{
		Wait: a.Wait + b.Wait, Decode: a.Decode + b.Decode, Resize: a.Resize + b.Resize,
		Infer: a.Infer + b.Infer, Total: a.Total + b.Total,
	}
}

func photoError(err error) error {
	_, sentence, ok := preprocess.Public(err)
	if !ok {
		return mango.Wrap(mango.Internal, err, "The photo could not be prepared. Please try again.")
	}
	if errors.Is(err, preprocess.ErrNotAPhoto) {
		err = fmt.Errorf("%w: %w", mango.ErrNotAPhoto, err)
	}
	code := mango.InvalidPhoto
	if errors.Is(err, preprocess.ErrTooManyBytes) {
		code = mango.TooLarge
	}
	return mango.Wrap(code, err, sentence)
}

// ticketOf is what work under ctx asks the admission for.
func ticketOf(ctx context.Context, bytes int64, work time.Duration) Ticket {
	client := mango.ClientOf(ctx)
	return Ticket{Bytes: bytes, Work: work, Client: client.Key, Guest: client.Guest}
}

func (d *Diagnoser) admissionError(err error) error {
	switch {
	case errors.Is(err, ErrTooHeavy):
		return mango.Wrap(mango.InvalidPhoto, err, "This photo is too large for this server. Please send a smaller one, or a JPEG.")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return mango.Wrap(mango.Timeout, err, "The server was too busy to look at the photo in time. Please try again.")
	default:
		e := mango.Wrap(mango.Busy, err, "The server is busy. Please try again in a moment.")
		e.Retry = d.admission.Backlog()
		return e
	}
}

func runError(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return mango.Wrap(mango.Timeout, err, "The photo could not be looked at in time. Please try again.")
	}
	return mango.Wrap(mango.Internal, err, "The photo could not be diagnosed. Please try again.")
}
