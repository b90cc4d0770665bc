package api

import (
	"context"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/budget"
	"mangosense/server/internal/mango"
)

// status is the one table from codes to HTTP.
var status = map[mango.Code]int{
	mango.Invalid:         400,
	mango.InvalidPhoto:    400,
	mango.Unauthenticated: 401,
	mango.Forbidden:       403,
	mango.NotFound:        404,
	mango.WrongMethod:     405,
	mango.Conflict:        409,
	mango.Slow:            408,
	mango.TooLarge:        413,
	mango.WrongType:       415,
	mango.Unprocessable:   422,
	mango.TooMany:         429,
	mango.HeaderTooLong:   431,
	mango.Internal:        500,
	mango.StoreFailed:     500,
	mango.NotProvided:     501,
	mango.Busy:            503,
	mango.Timeout:         504,
	mango.StoreFull:       507,
	mango.StoreDown:       503,
}

// retryAfter is what a client is told to wait, in seconds, when the server is
// full: what the error knows of it, else about the time in which a photo's
// memory comes back.
func retryAfter(e *mango.Error) string {
	const least, most = 2 * time.Second, time.Minute
	return strconv.Itoa(int(min(max(e.Retry, least), most).Round(time.Second) / time.Second))
}

// asError gives every error a code and a sentence.
func asError(err error) *mango.Error {
	var e *mango.Error
	if errors.As(err, &e) {
		return e
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return mango.Wrap(mango.Timeout, err, "The answer took too long. Please try again.")
	}
	return mango.Wrap(mango.Internal, err, "Something went wrong on the server. Please try again.")
}

// fail answers an error and logs what is not the client's doing.
func (s *Server) fail(ctx *fasthttp.RequestCtx, err error) {
	e := asError(err)
	switch {
	case errors.Is(err, mango.ErrQuota): // a stranger could fill the log by it
	case e.Code == mango.Internal, e.Code == mango.StoreFailed, e.Code == mango.StoreFull:
		route, _ := ctx.UserValue(routeKey).(string)
		s.log.Error("api: cannot answer", "route", route, "code", e.Code, "error", e.Error())
	}
	refuse(ctx, e)
}

// uploadError says what a failed upload means to the client.
func (s *Server) uploadError(err error) *mango.Error {
	switch {
	case errors.Is(err, upload.ErrFileTooLarge), errors.Is(err, upload.ErrBodyTooLarge):
		return s.tooLarge(err)
	case errors.Is(err, upload.ErrFieldTooLarge):
		return mango.Wrap(mango.Invalid, err, "A field of the form is too long.")
	case errors.Is(err, upload.ErrTooManyParts):
		return mango.Wrap(mango.Invalid, err, "The form has too many parts.")
	case errors.Is(err, upload.ErrPartHeader):
		return mango.Wrap(mango.Invalid, err, "A part of the form has a header that is too long.")
	case errors.Is(err, upload.ErrNoMemory), errors.Is(err, budget.ErrFull), errors.Is(err, budget.ErrEvicted):
		return tooBusy(err)
	case errors.Is(err, upload.ErrCompressed):
		return mango.Wrap(mango.WrongType, err, notCompressed)
	case errors.Is(err, upload.ErrEncoding):
		return mango.Wrap(mango.WrongType, err, "A part of the form is in an encoding that is not read. Send text in UTF-8, and photos as they are.")
	case errors.Is(err, upload.ErrMalformed):
		return mango.Wrap(mango.Invalid, err, "The form could not be read.")
	default: // the connection: slow, silent or gone
		return brokenBody(err, "The photo did not arrive in time.")
	}
}

// tooLarge refuses a photo, or the form round it, for its bytes.
func (s *Server) tooLarge(cause error) *mango.Error {
	return &mango.Error{Code: mango.TooLarge, Cause: cause, Public: "Invalid image file", Fields: []string{"Image size must be less than " + sized(s.cfg.MaxPhotoBytes)}}
}

// formTooLarge refuses a form: one photo's, or that of several together.
func (s *Server) formTooLarge(cause error, files int) *mango.Error {
	e := s.tooLarge(cause)
	if files > 1 {
		e.Fields = []string{"The images of one request must be less than " + sized(int64(min(files, treeShare))*s.cfg.MaxPhotoBytes) + " together"}
	}
	return e
}

// sized writes a bound for people: "10MB", "1.5MB", "64KB".
func sized(bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return strconv.FormatFloat(math.Floor(float64(bytes)/(1<<20)*100)/100, 'f', -1, 64) + "MB"
	case bytes >= 1<<10:
		return strconv.FormatFloat(math.Floor(float64(bytes)/(1<<10)*100)/100, 'f', -1, 64) + "KB"
	}
	return strconv.FormatInt(bytes, 10) + " bytes"
}

// tooBusy is for a request that found no memory, or had to leave it to others.
func tooBusy(cause error) *mango.Error {
	return mango.Wrap(mango.Busy, cause, "The server is receiving too much at the moment. Please try again shortly.")
}
