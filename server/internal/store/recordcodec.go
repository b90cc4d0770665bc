package store

import (
	"time"

	"mangosense/server/internal/mango"
)

const (
	typeRecord    = 'R'
	recordVersion = 1
)

// encodePacked is the stored form of a record. What the app said (Answers) was
// packed before, with a dictionary of the words that such answers are made of:
// that is the slow part, and need not wait for the committer's turn.
func encodePacked(key []byte, r *mango.Record, packed []byte) []byte {
	w := newWriter(typeRecord, recordVersion)
	l := r.Location
	w.flags(r.Verified, r.TrainingReady, r.ByAdmin, r.Gate.Present, r.Gate.Passed,
		l != nil, l != nil && l.AccuracyConfirmed, l != nil && l.ConsentGiven, r.Origin != "")
	w.uint(uint64(r.Changes))
	w.uint(r.User)
	w.time(r.CreatedAt)

	w.word(string(r.Kind))
	w.word(r.Disease)
	w.small(r.Confidence)
	w.word(string(r.Verdict))
	w.uint(uint64(len(r.Probabilities)))
	for _, c := range r.Probabilities {
		w.word(c.Disease)
		w.small(c.Probability)
	}
	if r.Gate.Present {
		w.small(r.Gate.Leaf)
		w.small(r.Gate.Fruit)
		w.small(r.Gate.Other)
		w.small(r.Gate.Threshold)
	}
	w.word(r.Model.ID)
	w.word(r.Model.Version)
	w.word(r.Model.File)
	w.word(string(r.Model.Kind))
	w.int(int64(r.Processing))

	w.sum(r.Photo.SHA256)
	w.word(r.Photo.Format)
	w.uint(uint64(max(r.Photo.Width, 0)))
	w.uint(uint64(max(r.Photo.Height, 0)))
	w.int(r.Photo.Bytes)
	w.word(r.OriginalName)
	w.media(r)
	w.int(r.MediaBytes)

	if l != nil {
		w.float(l.Latitude)
		w.float(l.Longitude)
		w.small(l.Accuracy)
		w.string(l.Address)
		w.word(l.Source)
	}
	w.optional(r.Answers.Correct)
	w.word(r.Answers.DetectedDisease)
	w.string(r.Answers.Feedback)
	w.bytes(packed)

	w.word(r.Classification)
	w.uint(r.VerifiedBy)
	w.time(r.VerifiedAt)
	w.string(r.Notes)
	w.string(r.TrainingNotes)
	if r.Origin != "" {
		w.string(r.Origin)
	}
	return w.seal(key)
}

func decodeRecord(key, v []byte) (*mango.Record, error) {
	d, version, err := open(key, v, typeRecord)
	if err != nil {
		return nil, err
	}
	if version > recordVersion {
		return nil, ErrNewer
	}
	r := &mango.Record{ID: id64(key)}
	on := d.flags()
	r.Verified, r.TrainingReady, r.ByAdmin = on(0), on(1), on(2)
	r.Gate.Present, r.Gate.Passed = on(3), on(4)
	r.Changes = uint32(d.uint())
	r.User = d.uint()
	r.CreatedAt = d.time()

	r.Kind = mango.Kind(d.word())
	r.Disease = d.word()
	r.Confidence = d.small()
	r.Verdict = mango.Verdict(d.word())
	if n := d.count(6); n > 0 {
		r.Probabilities = make([]mango.Class, n)
		for i := range r.Probabilities {
			r.Probabilities[i] = mango.Class{Disease: d.word(), Probability: d.small()}
		}
	}
	if r.Gate.Present {
		r.Gate.Leaf, r.Gate.Fruit, r.Gate.Other, r.Gate.Threshold = d.small(), d.small(), d.small(), d.small()
	}
	r.Model = mango.Model{ID: d.word(), Version: d.word(), File: d.word(), Kind: mango.Kind(d.word())}
	r.Processing = time.Duration(d.int())

	r.Photo.SHA256 = d.sum()
	r.Photo.Format = d.word()
	r.Photo.Width, r.Photo.Height = int(d.uint()), int(d.uint())
	r.Photo.Bytes = d.int()
	r.OriginalName = d.word()
	r.Media = d.media(r)
	r.MediaBytes = d.int()

	if on(5) {
		r.Location = &mango.Location{Latitude: d.float(), Longitude: d.float(), Accuracy: d.small(),
			Address: d.string(), Source: d.word(), AccuracyConfirmed: on(6), ConsentGiven: on(7)}
	}
	r.Answers.Correct = d.optional()
	r.Answers.DetectedDisease = d.word()
	r.Answers.Feedback = d.string()
	packed := d.bytes()
	r.Classification = d.word()
	r.VerifiedBy = d.uint()
	r.VerifiedAt = d.time()
	r.Notes = d.string()
	r.TrainingNotes = d.string()
	if on(8) {
		r.Origin = d.string()
	}
	if d.err != nil {
		return nil, d.err
	}
	return r, unpackAnswers(packed, &r.Answers)
}

// media writes the photo's name: one byte where it follows from the photo's
// hash and format, as all but imported ones do.
func (w *writer) media(r *mango.Record) {
	switch r.Media {
	case "":
		w.byte(0)
	case mediaName(r):
		w.byte(1)
	default:
		w.byte(2)
		w.string(r.Media)
	}
}

func (d *reader) media(r *mango.Record) string {
	switch d.byte() {
	case 0:
		return ""
	case 1:
		return mediaName(r)
	default:
		return d.string()
	}
}
