package mango

import "strings"

// Reason is an error as whoever runs the program should read it: without codes,
// and with the cause where the public sentence speaks to a client of the server
// ("Please try again", "Diagnoses without storing still work").
func Reason(err error) string {
	text := err.Error()
	eachCoded(err, func(e *Error) { text = strings.Replace(text, e.Error(), e.reason(), 1) })
	return text
}

func (e *Error) reason() string {
	switch e.Code {
	case StoreFull:
		if e.Cause != nil {
			return "there is not enough free space on the disk: " + Reason(e.Cause)
		}
	case Internal, StoreFailed, StoreDown, Busy, Timeout, Slow:
		if e.Cause != nil {
			return Reason(e.Cause)
		}
	}
	if e.Public == "" && e.Cause != nil {
		return Reason(e.Cause)
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

// eachCoded calls do for each Error in err's tree that no other Error wraps.
func eachCoded(err error, do func(*Error)) {
	switch e := err.(type) {
	case *Error:
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
