package mango

import "time"

// Scope says whose records are meant.
type Scope string

// The scopes of an administrator's list.
const (
	AnyScope   Scope = ""
	ByUsers    Scope = "users"
	ByAdmins   Scope = "admins" // the uploader was an administrator when it was stored
	Anonymous  Scope = "anonymous"
	ByEveryone Scope = "all" // same as AnyScope
)

// RecordFilter chooses records; the zero value means all. Every combination is
// answered from ordered indexes with counts, but Search (see there).
type RecordFilter struct {
	User     *uint64 // owner; a known actor without rule sees only its own
	Kind     Kind
	Disease  string // equal, any spelling; the effective class (Record.Class)
	Contains string // part of the effective class, any spelling
	Verified *bool
	Ready    *bool // training ready
	Scope    Scope
	Since    time.Time // from, inclusive
	Until    time.Time // before, exclusive
	// UnknownFirst puts what has no class before all that has one: the order in
	// which an expert looks.
	UnknownFirst bool
	// Search finds a class that contains the text, with or without its accents;
	// where none does, an id ("41", "image_41.jpg") or file names that contain
	// it (the newest 1,000 of them; of more than 200,000 different names, those
	// that begin with it).
	Search string
}

// RecordPage is one page of records, newest first.
type RecordPage struct {
	Records []Record
	Total   int // that fit the filter
}

// RecordChange names what to change of a record; nil stays. What the model
// answered is not among it: a correction is a Classification.
type RecordChange struct {
	Kind           *Kind
	Width, Height  *int
	Processing     *time.Duration
	Classification *string // the expert's class; empty: as predicted
	Verified       *bool   // sets or clears VerifiedBy and VerifiedAt
	Notes          *string
	TrainingReady  *bool
	TrainingNotes  *string
}

// PlaceFilter chooses records with a place.
type PlaceFilter struct {
	Disease string // equal, any spelling; empty: all
	Limit   int    // newest first; 0 is 1000, at most 10000
}

// Place is a record of a known class on the map. Exact is false where the actor may not know
// the exact spot: then the coordinates are rounded to 3 decimals (about 110 m),
// the address is cut to the town, and Record is 0.
type Place struct {
	Record              uint64
	Disease             string
	Latitude, Longitude float64
	Address             string
	At                  time.Time
	Confidence          *float64 // the model's in that disease; nil: a person named it
	Exact               bool
}

// ClassCount counts the records of one class in one state.
type ClassCount struct {
	Kind            Kind
	Class           string
	Scope           Scope
	Verified, Ready bool
	Count           int
}

// Statistics counts records; all numbers are kept incrementally.
type Statistics struct {
	Classes       []ClassCount // every combination that occurs; sums give any total
	Week, Month   int          // stored in the last 7 and 30 days
	Photos        int          // files that records refer to
	PhotoBytes    int64
	Notifications int
	Unread        int
}

// Total sums the counts that keep accepts (nil: all).
func (s *Statistics) Total(keep func(ClassCount) bool) int {
	n := 0
	for _, c := range s.Classes {
		if keep == nil || keep(c) {
			n += c.Count
		}
	}
	return n
}

// DayCount counts one day (UTC).
type DayCount struct {
	Day                     time.Time
	Total, Healthy, Unknown int // the others are diseased
}
