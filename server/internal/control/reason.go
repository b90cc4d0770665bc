package control

import (
	"strings"

	"mangosense/server/internal/mango"
)

// forOperator is an error as whoever runs the program should read it: without codes,
// and with the cause where the public sentence speaks to a client of the server
// ("Please try again", "Diagnoses without storing still work").
func forOperator(err error) string {
	text := err.Error()
	eachCoded(err, func(e *mango.Error) { text = strings.Replace(text, e.Error(), reasonOf(e), 1) })
	return text
}

func reasonOf(e *mango.Error) string {
	switch e.Code {
	case mango.StoreFull:
		if e.Cause != nil {
			return "there is not enough free space on the disk: " + forOperator(e.Cause)
		}
	case mango.Internal, mango.StoreFailed, mango.StoreDown, mango.Busy, mango.Timeout, mango.Slow:
		if e.Cause != nil {
			return forOperator(e.Cause)
		}
	}
	if e.Public == "" && e.Cause != nil {
		return forOperator(e.Cause)
	}
	return phrase(e.Public)
}

// phrase is a public sentence to stand behind a colon: without what asks a
// client to send something again, without the capital and the full stop.
func phrase(public string) string {
	var kept []string
	for s := range strings.SplitSeq(strings.TrimSuffix(public, "."), ". ") {
		if lower := strings.ToLower(s); !strings.Contains(lower, "send ") && !strings.Contains(lower, "please try again") {
			kept = append(kept, s)
		}
	}
	if kept == nil {
		return public
	}
	text := strings.Join(kept, ". ")
	if len(text) > 1 && 'A' <= text[0] && text[0] <= 'Z' && 'a' <= text[1] && text[1] <= 'z' || strings.HasPrefix(text, "A ") {
		text = strings.ToLower(text[:1]) + text[1:]
	}
	return strings.TrimSuffix(text, ".")
}

// eachCoded calls do for each mango.Error in err's tree that no other Error wraps.
func eachCoded(err error, do func(*mango.Error)) {
	switch e := err.(type) {
	case *mango.Error:
		do(e)
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			eachCoded(inner, do)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			eachCoded(inner, do)
		}
	}
}
