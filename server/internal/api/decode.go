package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/mango"
)

// The bounds of a JSON body. Lists of ids are the longest that clients send.
const (
	maxJSON      = 256 << 10
	maxJSONDepth = 16
	maxJSONKeys  = 1000
)

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
	defer body.Release()
	text, err := jsonText(ctx, body.Bytes())
	if err != nil {
		return err
	}
	return parseJSON(text, into, broken) // copies
}

// readBody takes a text in, into memory that is counted with the uploads'; the
// caller must Release it. What comes of one that is too long is thrown away, so
// that its sender sees the answer and not a reset connection.
func (s *Server) readBody(ctx *fasthttp.RequestCtx) (*upload.Whole, error) {
	tooLong := func() error {
		drain(ctx, ctx.RequestBodyStream())
		return mango.Errorf(mango.TooLarge, "The request's body is too large: it must be less than %s.", sized(maxJSON))
	}
	if ctx.Request.Header.ContentLength() > maxJSON {
		return nil, tooLong()
	}
	body, err := upload.ReadWhole(s.life, s.body(ctx), maxJSON, s.budget)
	switch {
	case errors.Is(err, upload.ErrBodyTooLarge):
		return nil, tooLong()
	case errors.Is(err, upload.ErrNoMemory):
		drain(ctx, ctx.RequestBodyStream())
		return nil, mango.Wrap(mango.Busy, err, "The server is receiving too much at the moment. Please try again in a moment.")
	case err != nil:
		ctx.SetConnectionClose()
		return nil, brokenBody(err, "The request did not arrive in time.")
	}
	return body, nil
}

// brokenBody says why a body could not be read: it is none, or the connection
// is slow or gone.
func brokenBody(err error, slow string) *mango.Error {
	if errors.Is(err, errNoBody) {
		return mango.Wrap(mango.Invalid, err, "The request could not be read.")
	}
	return mango.Wrap(mango.Slow, err, slow)
}

func parseJSON(body []byte, into any, broken string) error {
	if !utf8.Valid(body) {
		return mango.Errorf(mango.Invalid, "%s", broken)
	}
	if err := boundJSON(body, broken); err != nil {
		return err
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

// boundJSON walks the text once, before anything is built from it: it must be
// one object, not too deep and without thousands of keys.
func boundJSON(body []byte, broken string) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var objects []bool // is the value that surrounds this one an object?
	depth, keys := 0, 0
	key := false // the next string is a key
	for first := true; ; first = false {
		t, err := d.Token()
		if err == io.EOF && !first && depth == 0 {
			return nil
		}
		if err != nil {
			return mango.Wrap(mango.Invalid, err, broken)
		}
		if first && t != json.Delim('{') {
			return mango.Errorf(mango.Invalid, "%s", broken)
		}
		if !first && depth == 0 { // something after the object
			return mango.Errorf(mango.Invalid, "%s", broken)
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > maxJSONDepth {
				return mango.Errorf(mango.Invalid, "The JSON data is nested too deeply.")
			}
			objects = append(objects, t == json.Delim('{'))
			key = t == json.Delim('{')
			continue
		case json.Delim('}'), json.Delim(']'):
			depth--
			objects = objects[:depth]
			key = depth > 0 && objects[depth-1]
			continue
		}
		if key {
			if keys++; keys > maxJSONKeys {
				return mango.Errorf(mango.Invalid, "The JSON data has too many fields.")
			}
			key = false
			continue
		}
		key = depth > 0 && objects[depth-1]
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
