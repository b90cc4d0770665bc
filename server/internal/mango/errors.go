package mango

import (
	"errors"
	"fmt"
	"time"
)

// Code classifies an error. api maps each to one HTTP
// status; clients may show Public, only the log sees the cause.
type Code string

// The codes, each mapped to one status in api/kit/failure.go.
const (
	Invalid         Code = "INVALID_REQUEST"   // 400
	InvalidPhoto    Code = "INVALID_IMAGE"     // 400
	Unauthenticated Code = "NOT_AUTHENTICATED" // 401: token trouble only
	Forbidden       Code = "FORBIDDEN"         // 403
	NotFound        Code = "NOT_FOUND"         // 404
	WrongMethod     Code = "WRONG_METHOD"      // 405
	Conflict        Code = "CONFLICT"          // 409
	Slow            Code = "REQUEST_TIMEOUT"   // 408
	TooLarge        Code = "TOO_LARGE"         // 413
	WrongType       Code = "UNSUPPORTED_MEDIA" // 415
	Unprocessable   Code = "UNPROCESSABLE"     // 422
	TooMany         Code = "RATE_LIMITED"      // 429
	HeaderTooLong   Code = "HEADER_TOO_LONG"   // 431
	Internal        Code = "INTERNAL_ERROR"    // 500
	NotProvided     Code = "NOT_PROVIDED"      // 501
	Busy            Code = "BUSY"              // 503
	Timeout         Code = "TIMEOUT"           // 504
	StoreFailed     Code = "STORAGE_FAILED"    // 500
	StoreFull       Code = "STORAGE_FULL"      // 507
	StoreDown       Code = "STORAGE_DOWN"      // 503: predictions work, nothing is stored
)

// ErrNotAPhoto is the cause of an InvalidPhoto that is no picture of any known
// kind.
var ErrNotAPhoto = errors.New("not a photo")

// Error carries a code and a sentence for the outside, and the cause for the
// log. Its Error text is the cause: it must never reach a client.
type Error struct {
	Code   Code
	Public string   // one whole sentence that an app can show
	Fields []string // further public sentences, one a broken rule
	Cause  error
	Retry  time.Duration // after which it may go; 0: not known
}

// Errorf makes an Error without a cause.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Public: fmt.Sprintf(format, args...)}
}

// Wrap makes an Error with a cause.
func Wrap(code Code, cause error, public string) *Error {
	return &Error{Code: code, Public: public, Cause: cause}
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %v", e.Code, e.Cause)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Public)
}

func (e *Error) Unwrap() error { return e.Cause }

// CodeOf is the code of an error, Internal for one that has none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}
