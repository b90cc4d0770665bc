package codec

import (
	"fmt"
	"time"

	"mangosense/server/internal/mango"
)

const recordVersion = 1

// EncodeRecord is the stored form of a record; packed is PackAnswers of its
// Answers, made before: it need not wait for the committer.
func EncodeRecord(key []byte, r *mango.Record, packed []byte) []byte {
	w := NewWriter(TypeRecord, recordVersion)
	l := r.Location
	w.Flags(r.Verified, r.TrainingReady, r.ByAdmin, r.Gate.Present, r.Gate.Passed,
		l != nil, l != nil && l.AccuracyConfirmed, l != nil && l.ConsentGiven, r.Origin != "", r.Label != "")
	w.Uint(uint64(r.Changes))
	w.Uint(r.User)
	w.Time(r.CreatedAt)

	w.Word(string(r.Kind))
	w.Word(r.Disease)
	w.Small(r.Confidence)
	w.Word(string(r.Verdict))
	w.Uint(uint64(len(r.Probabilities)))
	for _, c := range r.Probabilities {
		w.Word(c.Disease)
		w.Small(c.Probability)
	}
	if r.Gate.Present {
		w.Small(r.Gate.Leaf)
		w.Small(r.Gate.Fruit)
		w.Small(r.Gate.Other)
		w.Small(r.Gate.Threshold)
	}
	w.Word(r.Model.ID)
	w.Word(r.Model.Version)
	w.Word(r.Model.File)
	w.Word(string(r.Model.Kind))
	w.Int(int64(r.Processing))

	w.Digest(r.Photo.SHA256)
	w.Word(r.Photo.Format)
	w.Uint(uint64(max(r.Photo.Width, 0)))
	w.Uint(uint64(max(r.Photo.Height, 0)))
	w.Int(r.Photo.Bytes)
	w.Word(r.OriginalName)
	w.media(r)
	w.Int(r.MediaBytes)

	if l != nil {
		w.location(l)
	}
	w.Optional(r.Answers.Correct)
	w.Word(r.Answers.DetectedDisease)
	w.String(r.Answers.Feedback)
	w.Bytes(packed)

	w.Word(r.Classification)
	w.Uint(r.VerifiedBy)
	w.Time(r.VerifiedAt)
	w.String(r.Notes)
	w.String(r.TrainingNotes)
	if r.Origin != "" {
		w.String(r.Origin)
	}
	if r.Label != "" {
		w.String(r.Label)
	}
	return w.Seal(key)
}

// DecodeRecord reads what EncodeRecord wrote.
func DecodeRecord(key, v []byte) (*mango.Record, error) {
	d, err := Open(key, v, TypeRecord, recordVersion)
	if err != nil {
		return nil, err
	}
	r := &mango.Record{ID: ID(key)}
	on := d.Flags()
	r.Verified, r.TrainingReady, r.ByAdmin = on(0), on(1), on(2)
	r.Gate.Present, r.Gate.Passed = on(3), on(4)
	r.Changes = uint32(d.Uint())
	r.User = d.Uint()
	r.CreatedAt = d.Time()

	r.Kind = mango.Kind(d.Word())
	r.Disease = d.Word()
	r.Confidence = d.Small()
	r.Verdict = mango.Verdict(d.Word())
	if n := d.Count(6); n > 0 {
		r.Probabilities = make([]mango.Class, n)
		for i := range r.Probabilities {
			r.Probabilities[i] = mango.Class{Disease: d.Word(), Probability: d.Small()}
		}
	}
	if r.Gate.Present {
		r.Gate.Leaf, r.Gate.Fruit, r.Gate.Other, r.Gate.Threshold = d.Small(), d.Small(), d.Small(), d.Small()
	}
	r.Model = mango.Model{ID: d.Word(), Version: d.Word(), File: d.Word(), Kind: mango.Kind(d.Word())}
	r.Processing = time.Duration(d.Int())

	r.Photo.SHA256 = d.Digest()
	r.Photo.Format = d.Word()
	r.Photo.Width, r.Photo.Height = int(d.Uint()), int(d.Uint())
	r.Photo.Bytes = d.Int()
	r.OriginalName = d.Word()
	r.Media = d.media(r)
	r.MediaBytes = d.Int()

	if on(5) {
		r.Location = d.location(on(6), on(7))
	}
	r.Answers.Correct = d.Optional()
	r.Answers.DetectedDisease = d.Word()
	r.Answers.Feedback = d.String()
	packed := d.Bytes()
	r.Classification = d.Word()
	r.VerifiedBy = d.Uint()
	r.VerifiedAt = d.Time()
	r.Notes = d.String()
	r.TrainingNotes = d.String()
	if on(8) {
		r.Origin = d.String()
	}
	if on(9) {
		r.Label = d.String()
	}
	if d.err != nil {
		return nil, d.err
	}
	if err := unpackAnswers(packed, &r.Answers); err != nil {
		return nil, located(fmt.Errorf("%w: the answers of a record cannot be inflated: %w", ErrDamaged, err), TypeRecord, key)
	}
	return r, nil
}

// media writes the photo's name: one byte where it follows from the photo's
// digest and format, as that of all but imported ones does.
func (w *Writer) media(r *mango.Record) {
	switch r.Media {
	case "":
		w.Byte(0)
	case mediaName(r):
		w.Byte(1)
	default:
		w.Byte(2)
		w.String(r.Media)
	}
}

func (d *Reader) media(r *mango.Record) string {
	switch d.Byte() {
	case 0:
		return ""
	case 1:
		return mediaName(r)
	default:
		return d.String()
	}
}
