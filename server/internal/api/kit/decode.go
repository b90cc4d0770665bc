package kit

import (
	"errors"
	"io"
	"strings"

	"mangosense/server/internal/api/jsonbody"
	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/budget"
	"mangosense/server/internal/mango"
)

// Decode reads a request's body, a JSON object, into the struct or map
// that into points to. Keys that a struct does not name are left out. An error
// is Invalid or TooLarge, names the field where one is wrong, and repeats
// nothing that was sent; it says broken where the body is no JSON object.
func (c *Call) Decode(into any, broken string) error {
	body, err := c.readBody()
	if err != nil {
		return err
	}
	if body, err = c.JSONText(body); err != nil {
		return err
	}
	return jsonbody.Parse(body, into, broken)
}

// JSONText is a part of the request's body as UTF-8; see jsonbody.Text.
func (c *Call) JSONText(body []byte) ([]byte, error) {
	return jsonbody.Text(upload.ParseHeader(c.ContentType()).Param("charset"), body)
}

// readBody takes a text in, charged to the request's lease.
func (c *Call) readBody() ([]byte, error) {
	tooLong := mango.Errorf(mango.TooLarge, "The request's body is too large: it must be less than %s.", Sized(jsonbody.Max))
	if c.ContentLength() > jsonbody.Max {
		return nil, tooLong
	}
	body, err := c.readAll(jsonbody.Max)
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

// Plain refuses a request whose body is compressed: what it unpacks to is
// bounded by nothing that was sent. 415 with Accept-Encoding says so to clients
// (RFC 9110, 12.5.3).
func (c *Call) Plain() error {
	coding := strings.ToLower(strings.TrimSpace(string(c.ctx.Request.Header.ContentEncoding())))
	if coding == "" || coding == "identity" || c.ctx.IsGet() || c.ctx.IsHead() {
		return nil
	}
	c.SetHeader("Accept-Encoding", "identity")
	return Counted(mango.Errorf(mango.WrongType, jsonbody.NotCompressed))
}
