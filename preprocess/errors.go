package preprocess

import (
	"errors"
	"fmt"
)

// The reasons for which a photo is refused. Errors that wrap one of them have a
// code and a sentence for the outside: see Public.
var (
	ErrNotAPhoto     = errors.New("not a photo")                  // unknown or empty bytes
	ErrHEIC          = errors.New("a HEIC or AVIF photo")         // what phones' galleries hold
	ErrUnsupported   = errors.New("a kind that is not supported") // of a format that is otherwise read
	ErrAnimated      = errors.New("an animation")
	ErrTooManyBytes  = errors.New("too many bytes")
	ErrTooManyPixels = errors.New("too many pixels")
	ErrTooMuchMemory = errors.New("too much memory to decode")
	ErrTruncated     = errors.New("the photo ends too early")
	ErrDamaged       = errors.New("the photo is damaged")
)

// Faults of the program, not of a photo: Public has nothing to say of them.
var (
	ErrConfig = errors.New("a limit is negative")
	ErrSpec   = errors.New("the input specification cannot be served")
	ErrTensor = errors.New("the tensor's length is not that of the input")
	ErrHeader = errors.New("the header is not one of Probe's")
	ErrClosed = errors.New("the preprocessor is closed")
)

// Error says why a photo was refused. Its Error text is for the log.
type Error struct {
	Kind     error  // one of the reasons above
	Code     string // stable, for programs
	Sentence string // for people: whole, and without a word of the cause
	Cause    error  // may be nil
}

func (e *Error) Error() string {
	if e.Cause == nil {
		return fmt.Sprintf("cannot read photo: %v", e.Kind)
	}
	return fmt.Sprintf("cannot read photo: %v: %v", e.Kind, e.Cause)
}

// Unwrap lets errors.Is find both the reason and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// Public is what may be said of an error to the outside. ok is false when the
// error is not about the photo: then it is the program's fault.
func Public(err error) (code, sentence string, ok bool) {
	var e *Error
	if !errors.As(err, &e) {
		return "", "", false
	}
	return e.Code, e.Sentence, true
}

var codes = map[error]struct{ code, sentence string }{
	ErrNotAPhoto:     {"NOT_A_PHOTO", "This file is not a JPEG, PNG or WebP photo."},
	ErrHEIC:          {"HEIC_NOT_SUPPORTED", "HEIC and AVIF photos cannot be read. Please save or share the photo as JPEG and send it again."},
	ErrUnsupported:   {"UNSUPPORTED_PHOTO", "This photo uses a rare encoding that cannot be read. Please save it again as an ordinary JPEG."},
	ErrAnimated:      {"ANIMATED_PHOTO", "Animated pictures cannot be read. Please send a still photo."},
	ErrTooManyBytes:  {"TOO_MANY_BYTES", "The photo's file is too large."},
	ErrTooManyPixels: {"TOO_MANY_PIXELS", "The photo has too many pixels."},
	ErrTooMuchMemory: {"TOO_MUCH_MEMORY", "Decoding this photo would need too much memory. Please save it again as an ordinary, smaller JPEG."},
	ErrTruncated:     {"TRUNCATED_PHOTO", "The photo is incomplete: its end is missing. Please send it again."},
	ErrDamaged:       {"DAMAGED_PHOTO", "The photo is damaged and cannot be read. Please take or save it again."},
}

// refuse makes an Error of a reason and what gave rise to it.
func refuse(kind, cause error) error {
	c := codes[kind]
	return &Error{Kind: kind, Code: c.code, Sentence: c.sentence, Cause: cause}
}

// refusef is refuse with a cause in words.
func refusef(kind error, format string, args ...any) error {
	return refuse(kind, fmt.Errorf(format, args...))
}

// refuseSaying is refuse with a sentence that names the limit.
func refuseSaying(kind, cause error, sentence string) error {
	return &Error{Kind: kind, Code: codes[kind].code, Sentence: sentence, Cause: cause}
}
