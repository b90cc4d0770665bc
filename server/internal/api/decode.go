package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/budget"
	"mangosense/server/internal/mango"
)

// maxJSON is the longest JSON body; json.go bounds what is in it.
const maxJSON = 256 << 10

// brokenJSON is what is said of a body that is no JSON object, where the
// contract gives no other sentence.
const brokenJSON = "Invalid JSON data"

// decodeJSON reads a request's body, a JSON object, into the struct or map
// that into points to. Keys that a struct does not name are left out. An error
// is Invalid or TooLarge, names the field where one is wrong, and repeats
// nothing that was sent; it says broken where the body is no JSON object.
func (s *Server) decodeJSON(ctx *fasthttp.RequestCtx, into any, broken string) error {
	body, err := s.readBody(ctx)
	if err != nil {
		return err
	}
	if body, err = jsonText(ctx, body); err != nil {
		return err
	}
	return parseJSON(body, into, broken)
}

// readBody takes a text in, charged to the request's lease. What comes of one
// that is too long is thrown away, so that its sender sees the answer and not a
// reset connection.
func (s *Server) readBody(ctx *fasthttp.RequestCtx) ([]byte, error) {
	tooLong := func() error {
		drain(ctx, ctx.RequestBodyStream())
		return mango.Errorf(mango.TooLarge, "The request's body is too large: it must be less than %s.", sized(maxJSON))
	}
	if ctx.Request.Header.ContentLength() > maxJSON {
		return nil, tooLong()
	}
	body, err := s.readAll(ctx, maxJSON)
	switch {
	case err == nil:
		return body, nil
	case errors.Is(err, upload.ErrBodyTooLarge):
		return nil, tooLong()
	default:
		ctx.SetConnectionClose()
		return nil, brokenBody(err, "The request did not arrive in time.")
	}
}

const (
	// bodyCost is what a byte of a small body may make the process hold: itself
	// twice while its buffer grows, and what parsing makes of it.
	bodyCost = 4
	// bodyStep is how finely small bodies are counted.
	bodyStep = 4 << 10
)

// readAll reads a small body into the heap; the request's lease is charged for
// it before it grows, and holds it until the request is answered.
func (s *Server) readAll(ctx *fasthttp.RequestCtx, most int) ([]byte, error) {
	lease, from := s.lease(ctx), s.body(ctx)
	defer lease.Settle()
	whole := most + 1
	if n := ctx.Request.Header.ContentLength(); n >= 0 {
		whole = min(whole, n+1)
	}
	var body []byte
	for held := 0; ; {
		for held < bodyCost*(len(body)+1) {
			if err := lease.Grow(s.life, bodyStep); err != nil {
				return nil, err
			}
			held += bodyStep
		}
		if len(body) == cap(body) {
			body = append(make([]byte, 0, min(whole, max(512, 2*cap(body)))), body...)
		}
		n, err := from.Read(body[len(body):min(cap(body), held/bodyCost)])
		body = body[:len(body)+n]
		switch {
		case len(body) > most:
			return nil, upload.ErrBodyTooLarge
		case err == io.EOF:
			return body, nil
		case err != nil:
			return nil, err
		}
	}
}

// brokenBody says why a body could not be read: it is none, or the connection
// is slow or gone.
func brokenBody(err error, slow string) *mango.Error {
	if errors.Is(err, budget.ErrFull) || errors.Is(err, budget.ErrEvicted) {
		return tooBusy(err)
	}
	if errors.Is(err, errNoBody) {
		return mango.Wrap(mango.Invalid, err, "The request could not be read.")
	}
	return mango.Wrap(mango.Slow, err, slow)
}

func parseJSON(body []byte, into any, broken string) error {
	if !utf8.Valid(body) {
		return mango.Errorf(mango.Invalid, "%s", broken)
	}
	if err := standardJSON.check(body); err != nil {
		return err
	}
	if !isObject(body) {
		return mango.Errorf(mango.Invalid, "%s", broken)
	}
	err := json.Unmarshal(body, into)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		return wrongField(wrong)
	default:
		return mango.Wrap(mango.Invalid, err, broken)
	}
}

// wrongField says what a field must be.
func wrongField(e *json.UnmarshalTypeError) error {
	want := "of another type"
	switch e.Type.Kind() {
	case reflect.String:
		want = "text"
	case reflect.Bool:
		want = "true or false"
	case reflect.Int, reflect.Int64, reflect.Uint, reflect.Uint32, reflect.Uint64:
		want = "a whole number"
		if strings.HasPrefix(e.Value, "number -") && e.Type.Kind() != reflect.Int && e.Type.Kind() != reflect.Int64 {
			want = "a whole number, not less than zero"
		}
	case reflect.Float32, reflect.Float64:
		want = "a number"
	case reflect.Slice, reflect.Array:
		want = "a list"
	case reflect.Struct, reflect.Map:
		want = "an object"
	}
	field := e.Field
	if field == "" {
		return mango.Wrap(mango.Invalid, errors.New("not an object"), brokenJSON)
	}
	return &mango.Error{
		Code: mango.Invalid, Public: fmt.Sprintf("%s must be %s.", field, want),
		Fields: []string{fmt.Sprintf("%s: must be %s", field, want)},
		Cause:  errors.New("a field of the wrong type"),
	}
}
