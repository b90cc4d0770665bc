package mango

import "time"

// Confirmation is a grower's word on a stored diagnosis, one a record. What
// the app sent as is_detection_correct with the photo is Answers.Correct, not
// this.
type Confirmation struct {
	ID           uint64
	Record       uint64
	User         uint64
	At           time.Time
	Correct      *bool // nil: not said
	Predicted    string
	Feedback     string
	Confidence   *float64 // as sent: percent or fraction
	ConsentGiven bool
	Location     *Location // only with consent
	Origin       string    // of an imported one, see Record.Origin
}

// ConfirmationFilter chooses confirmations; the zero value means all.
type ConfirmationFilter struct {
	Correct *bool
	User    *uint64
	Disease string // equal to Predicted, any spelling
	Record  uint64
	Since   time.Time // inclusive
	Until   time.Time // exclusive
}

// ConfirmationPage is one page, newest first.
type ConfirmationPage struct {
	Confirmations []Confirmation
	Total         int
	// Confirmed and Rejected count those that fit the filter.
	Confirmed, Rejected int
}

// ConfirmationCount counts the confirmations of one predicted disease.
type ConfirmationCount struct {
	Disease                    string
	Total, Confirmed, Rejected int
}

// ConfirmationStatistics counts confirmations; kept incrementally.
type ConfirmationStatistics struct {
	Total, Confirmed, Rejected int
	Users                      int // users with at least one
	Anonymous                  int
	WithLocation               int
	Consented                  int
	Diseases                   []ConfirmationCount
}
