package kit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/budget"
	"mangosense/server/internal/mango"
)

// MaxJSON is the longest JSON body; json.go bounds what is in it.
const MaxJSON = 256 << 10

// BrokenJSON is what is said of a body that is no JSON object, where the
// contract gives no other sentence.
const BrokenJSON = "Invalid JSON data"

// Decode reads a request's body, a JSON object, into the struct or map
// that into points to. Keys that a struct does not name are left out. An error
// is Invalid or TooLarge, names the field where one is wrong, and repeats
// nothing that was sent; it says broken where the body is no JSON object.
func (c *Call) Decode(into any, broken string) error {
	body, err := c.readBody()
	if err != nil {
		return err
	}
	if body, err = JSONText(c.ContentType(), body); err != nil {
		return err
	}
	return ParseJSON(body, into, broken)
}

// readBody takes a text in, charged to the request's lease.
func (c *Call) readBody() ([]byte, error) {
	tooLong := mango.Errorf(mango.TooLarge, "The request's body is too large: it must be less than %s.", Sized(MaxJSON))
	if c.ContentLength() > MaxJSON {
		return nil, tooLong
	}
	body, err := c.readAll(MaxJSON)
	switch {
	case err == nil:
		return body, nil
	case errors.Is(err, upload.ErrBodyTooLarge):
		return nil, tooLong
	default:
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
func (c *Call) readAll(most int) ([]byte, error) {
	lease, from := c.borrow(), c.body()
	defer lease.Settle()
	whole := most + 1
	if n := c.ContentLength(); n >= 0 {
		whole = min(whole, n+1)
	}
	lease.Expect(int64(bodyCost * whole))
	var body []byte
	for held := 0; ; {
		for held < bodyCost*(len(body)+1) {
			if err := lease.Grow(c.kit.life, bodyStep); err != nil {
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

// ParseJSON is Decode for a text that has been read.
func ParseJSON(body []byte, into any, broken string) error {
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
		return mango.Wrap(mango.Invalid, errors.New("not an object"), BrokenJSON)
	}
	return &mango.Error{
		Code: mango.Invalid, Public: fmt.Sprintf("%s must be %s.", field, want),
		Fields: []string{fmt.Sprintf("%s: must be %s", field, want)},
		Cause:  errors.New("a field of the wrong type"),
	}
}
