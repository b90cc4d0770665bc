package intake

import (
	"mangosense/preprocess"
	"mangosense/server/internal/mango"
)

// Photo is one photo as it came. Its bytes are read until the call returns.
type Photo struct {
	Bytes  []byte
	SHA256 [32]byte // of Bytes; zero where nobody knows it
	Name   string   // the sender's file name
}

// Request is a photo, or several that are stored together.
type Request struct {
	By     mango.Actor
	Photos []Photo
	// Record is what the photos' records have in common: the kind, the place,
	// what the sender says. The rest is filled in here.
	Record mango.Record

	Preview bool // answer and forget
	Tree    bool // the photos show one tree: pool them
	Explain bool // draw what the model looked at

	// Charge is asked for all photos together, by what their headers foretell,
	// before any is diagnosed: its error ends the request. Nil: nobody pays.
	Charge func(photos float64) error

	// Formats are those that Add takes; empty: all that can be read.
	Formats []string

	// Once makes the request repeatable; nil: a repetition is another save. Its
	// own Answer is not used.
	Once *mango.Once
	// Answer makes what a repetition is answered, from the result as it will be.
	// It is called with Once alone, within the store's transaction, perhaps more
	// than once: it must not block.
	Answer func(*Result) []byte

	// Unstored is why nothing can be stored although it should be, where that is
	// known before: the photos are diagnosed all the same.
	Unstored error
}

// asked is what is asked about each photo.
func (r *Request) asked() mango.Request {
	return mango.Request{Kind: r.Record.Kind, Explain: r.Explain}
}

// Result is what became of a request.
type Result struct {
	Photos []Taken // in the request's order
	Tree   *Tree   // of a request for one; nil: none of its photos could be read

	// First is the answer to the first request under the same key: this one
	// stored nothing.
	First []byte
	// Answer is what a repetition will get; nil without Once or without a save.
	Answer []byte
	// Unstored is why photos that were to be stored were not; nil where there
	// were none, and where they are stored.
	Unstored error
}

// Taken is what became of one photo.
type Taken struct {
	Name      string           // for display
	Err       error            // the photo's own fault: those beside it go on
	Diagnosis *mango.Diagnosis // nil: it cannot be read, or no model was asked
	Charged   float64          // how many photos it counted as
	Saved     *mango.Saved     // nil: it is not stored

	record *mango.Record // to be stored; nil: it is not
	photo  preprocess.Photo
}

// Tree is the verdict over several photos.
type Tree struct {
	mango.Diagnosis
	Counted int // photos that have a share in it
}

// with is the result with the records that were stored, in the photos' order.
func (r *Result) with(saved []mango.Saved) *Result {
	out := *r
	out.Photos = append([]Taken(nil), r.Photos...)
	for i := range out.Photos {
		if out.Photos[i].record != nil {
			out.Photos[i].Saved, saved = &saved[0], saved[1:]
		}
	}
	return &out
}
