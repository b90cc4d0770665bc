package kit

import (
	"context"
	"errors"

	"mangosense/server/internal/api/jsonbody"
	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/budget"
	"mangosense/server/internal/mango"
)

// refusal is an error and how it is answered beyond its status and sentence.
type refusal struct {
	error
	counted bool   // the metrics count it by its code
	byField bool   // each faulty field stands beside the envelope's keys
	token   string // the kind of the bad token: "access", "refresh"
	data    any    // beside the envelope; nil: an empty object
}

func (r *refusal) Unwrap() error { return r.error }

func asRefusal(err error) *refusal {
	var r *refusal
	if errors.As(err, &r) {
		own := *r
		own.error = err
		return &own
	}
	return &refusal{error: err}
}

// Counted marks the refusal of a photo or of a body: the metrics count it.
func Counted(err error) error {
	r := asRefusal(err)
	r.counted = true
	return r
}

// ByField answers an error with each faulty field beside the envelope's keys,
// as a list of sentences. What is taken is a 400 there.
func ByField(err error) error {
	r := asRefusal(err)
	r.byField = true
	return r
}

// BadToken answers an error with what the predecessor says of a token of that
// kind that is bad or expired.
func BadToken(err error, kind string) error {
	r := asRefusal(err)
	r.token = kind
	return r
}

// WithData answers an error with data, for pages that cannot draw without.
func WithData(err error, data any) error {
	r := asRefusal(err)
	r.data = data
	return r
}

// Stranger refuses who is not let in: where a token was sent, it is the fault.
func (c *Call) Stranger(err error) error {
	if mango.CodeOf(err) == mango.Unauthenticated && c.Credential() != "" {
		return BadToken(err, "access")
	}
	return err
}

// AsError gives every error a code and a sentence.
func AsError(err error) *mango.Error {
	var e *mango.Error
	if errors.As(err, &e) {
		return e
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return mango.Wrap(mango.Timeout, err, "The answer took too long. Please try again.")
	}
	return mango.Wrap(mango.Internal, err, "Something went wrong on the server. Please try again.")
}

// fail is the one place that answers a handler's error. It counts it, logs what
// is not the client's doing, and takes in what the client still sends.
func (c *Call) fail(err error) {
	r, e := asRefusal(err), AsError(err)
	if r.counted && c.kit.Refused != nil {
		c.kit.Refused(string(e.Code))
	}
	switch {
	case errors.Is(err, mango.ErrQuota): // a stranger could fill the log by it
	case e.Code == mango.Internal, e.Code == mango.StoreFailed, e.Code == mango.StoreFull:
		c.kit.Log.Error("api: cannot answer", "route", c.route, "code", e.Code, "error", e.Error())
	case r.counted:
		c.kit.Log.Debug("api: refused a photo", "route", c.route, "code", e.Code, "error", e.Error())
	}
	switch {
	case r.token != "":
		refuseToken(c.ctx, e, r.token)
	case r.byField:
		refuseByField(c.ctx, e)
	default:
		refuseWith(c.ctx, e, r.data)
	}
	c.served = c.served && e.Code != mango.Busy
	c.GiveBack() // what is left of the body is thrown away, however long that takes
	if e.Code == mango.Slow || errors.Is(err, budget.ErrEvicted) {
		c.ctx.SetConnectionClose()
		return
	}
	if !c.linger() {
		c.drain()
	}
}

// Lost counts and logs why something was not stored, where an answer is given all
// the same.
func (c *Call) Lost(err error) {
	e := AsError(err)
	if c.kit.Refused != nil {
		c.kit.Refused(string(e.Code))
	}
	if !errors.Is(err, mango.ErrQuota) { // a stranger could fill the log by it
		c.kit.Log.Error("api: a photo was diagnosed and not stored", "route", c.route, "code", e.Code, "error", e.Error())
	}
}

// Refuse answers an error at once, for what is no handler's.
func (c *Call) Refuse(err error) { c.fail(err) }

// Renamed words a NotFound as the clients know it.
func Renamed(err error, sentence string) error {
	if err != nil && mango.CodeOf(err) == mango.NotFound {
		return mango.Wrap(mango.NotFound, err, sentence)
	}
	return err
}

// Missing is the error for a field that must be given.
func Missing(field string) error {
	return &mango.Error{Code: mango.Invalid, Public: "Missing required field: " + field, Fields: []string{field + ": is required"}}
}

// uploadError says what a failed upload means to the client.
func (c *Call) uploadError(err error) *mango.Error {
	switch {
	case errors.Is(err, upload.ErrFileTooLarge), errors.Is(err, upload.ErrBodyTooLarge):
		return c.tooLarge(err)
	case errors.Is(err, upload.ErrFieldTooLarge):
		return mango.Wrap(mango.Invalid, err, "A field of the form is too long.")
	case errors.Is(err, upload.ErrTooManyParts):
		return mango.Wrap(mango.Invalid, err, "The form has too many parts.")
	case errors.Is(err, upload.ErrPartHeader):
		return mango.Wrap(mango.Invalid, err, "A part of the form has a header that is too long.")
	case errors.Is(err, upload.ErrNoMemory), errors.Is(err, budget.ErrFull), errors.Is(err, budget.ErrEvicted):
		return tooBusy(err)
	case errors.Is(err, upload.ErrCompressed):
		return mango.Wrap(mango.WrongType, err, jsonbody.NotCompressed)
	case errors.Is(err, upload.ErrEncoding):
		return mango.Wrap(mango.WrongType, err, "A part of the form is in an encoding that is not read. Send text in UTF-8, and photos as they are.")
	case errors.Is(err, upload.ErrBoundary):
		return mango.Wrap(mango.Invalid, err, "The form does not begin with the boundary that its Content-Type names.")
	case errors.Is(err, upload.ErrMalformed):
		return mango.Wrap(mango.Invalid, err, "The form could not be read.")
	default: // the connection: slow, silent or gone
		return brokenBody(err, "The photo did not arrive in time.")
	}
}

// tooLarge refuses a photo, or the form round it, for its bytes.
func (c *Call) tooLarge(cause error) *mango.Error {
	return &mango.Error{Code: mango.TooLarge, Cause: cause, Public: "Invalid image file", Fields: []string{"Image size must be less than " + Sized(c.kit.MaxPhotoBytes)}}
}

// formTooLarge refuses a form: one photo's, or that of several together.
func (c *Call) formTooLarge(cause error, files int) *mango.Error {
	e := c.tooLarge(cause)
	if files > 1 {
		e.Fields = []string{"The images of one request must be less than " + Sized(int64(min(files, share))*c.kit.MaxPhotoBytes) + " together"}
	}
	return e
}

// tooBusy is for a request that found no memory, or had to leave it to others.
func tooBusy(cause error) *mango.Error {
	return mango.Wrap(mango.Busy, cause, "The server is receiving too much at the moment. Please try again shortly.")
}
