package kit

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

const (
	// formOverhead is what a predict form may hold beside the photo.
	formOverhead = 1 << 20
	maxParts     = 64
	// maxText is what all fields of a form may hold together: ten times what the
	// app sends.
	maxText = 256 << 10
	maxName = 200
	// share times the largest photo is the most that several of one request may have
	// together.
	share = 4
	// drainBytes and drainTime bound what is read of a refused body, so that
	// its sender sees the answer and not a reset connection.
	drainBytes = 64 << 20
	drainTime  = 15 * time.Second
	// lingerBytes is what is taken in of a body before it is refused, so that its
	// connection stays.
	lingerBytes = 64 << 10
)

// FormLimit says so in docs/limits.md; many is how many photos a form may hold.
func FormLimit(many int) mango.Limit {
	return mango.Limit{Of: "a form", Bound: fmt.Sprintf("%d parts, %d KB of fields together, `MAX_PHOTO_BYTES` a photo, %d such together, %d photos a tree", maxParts, maxText>>10, share, many), Then: "400, 413 for a photo"}
}

// Receive reads the multipart body of a request, in which isFile names the
// fields that hold photos. The caller must Release the form.
func (c *Call) Receive(files int, isFile func(field string) bool) (*upload.Form, error) {
	form, err := c.receive(files, isFile)
	if err != nil {
		return nil, Counted(err)
	}
	return form, nil
}

func (c *Call) receive(files int, isFile func(field string) bool) (*upload.Form, error) {
	header := upload.ParseHeader(c.ContentType())
	kind, boundary := header.Value, header.Boundary()
	if kind == "application/x-www-form-urlencoded" || (kind == "" && c.ContentLength() == 0) {
		return c.formWithoutFile()
	}
	switch {
	case kind != "multipart/form-data":
		return nil, mango.Errorf(mango.WrongType, "Send the photo as multipart/form-data.")
	case boundary == "":
		return nil, mango.Errorf(mango.WrongType, "The Content-Type multipart/form-data names no boundary that can be read.")
	}
	limits := upload.Limits{
		FileBytes: c.kit.MaxPhotoBytes, BodyBytes: int64(min(files, share))*c.kit.MaxPhotoBytes + formOverhead,
		Files: files, Parts: maxParts, FieldBytes: maxText, TextBytes: maxText, NameBytes: maxName,
	}
	if n := int64(c.ContentLength()); n > limits.BodyBytes {
		return nil, c.formTooLarge(fmt.Errorf("content-length %d", n), files)
	}
	c.borrow().Expect(int64(max(c.ContentLength(), 0)) + upload.BesideBytes)
	form, err := upload.Read(c.kit.life, c.body(), boundary, limits, c.borrow(), isFile)
	switch {
	case errors.Is(err, upload.ErrBodyTooLarge):
		return nil, c.formTooLarge(err, files)
	case err != nil:
		return nil, c.uploadError(err)
	}
	return form, nil
}

// Photos are a form's files.
func Photos(form *upload.Form) []intake.Photo {
	out := make([]intake.Photo, len(form.Files))
	for i, f := range form.Files {
		out[i] = intake.Photo{Bytes: f.Bytes(), SHA256: f.SHA256, Name: f.Name}
	}
	return out
}

const maxIdempotencyKey = 255

// Once is what makes a save repeatable: the client's Idempotency-Key and a
// digest of what it asks. Nil without a key.
func (c *Call) Once(form *upload.Form) (*mango.Once, error) {
	keys := c.Headers("Idempotency-Key")
	if len(keys) == 0 {
		return nil, nil
	}
	key := strings.TrimSpace(keys[0])
	if len(key) >= 2 && key[0] == '"' && key[len(key)-1] == '"' { // as the draft standard writes it
		key = key[1 : len(key)-1]
	}
	visible := !strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' })
	if len(keys) > 1 || key == "" || len(key) > maxIdempotencyKey || !visible {
		return nil, &mango.Error{Code: mango.Invalid, Public: "Idempotency-Key must be one text of 1 to 255 visible characters.",
			Fields: []string{"Idempotency-Key: must be one text of 1 to 255 visible characters"}}
	}
	return &mango.Once{Key: key, Request: formDigest(c.route, form)}, nil
}

// formDigest tells requests apart by what they say: the route, the fields and
// the files' content, not the order or the boundary.
func formDigest(route string, form *upload.Form) [32]byte {
	h := sha256.New()
	add := func(text string) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text))))
		h.Write([]byte(text))
	}
	add(route)
	for _, name := range slices.Sorted(maps.Keys(form.Fields)) {
		add(name)
		add(form.Fields[name])
	}
	for _, f := range form.Files {
		add(f.Field)
		h.Write(f.SHA256[:])
	}
	return [32]byte(h.Sum(nil))
}

// Whole reads a body of at most so many bytes into memory that is counted with
// the uploads'. The caller must Release it.
func (c *Call) Whole(most int64) (*upload.Whole, error) {
	if declared := int64(c.ContentLength()); declared > most {
		return nil, Counted(c.tooLarge(fmt.Errorf("content-length %d", declared)))
	}
	c.borrow().Expect(int64(max(c.ContentLength(), 0)))
	body, err := upload.ReadWhole(c.kit.life, c.body(), most, c.borrow())
	if err != nil {
		return nil, Counted(c.uploadError(err))
	}
	return body, nil
}

// formWithoutFile is a form of the kind that can hold no file, or none at all:
// what a client sends that forgot the photo. The handler says what is missing.
func (c *Call) formWithoutFile() (*upload.Form, error) {
	body, err := c.readBody()
	if err != nil {
		return nil, err
	}
	if bytes.Count(body, []byte("&")) >= maxParts {
		return nil, c.uploadError(upload.ErrTooManyParts)
	}
	var args fasthttp.Args
	args.ParseBytes(body)
	form := &upload.Form{Fields: map[string]string{}}
	for name, value := range args.All() {
		if _, ok := form.Fields[string(name)]; !ok {
			form.Fields[string(name)] = string(value)
		}
	}
	return form, nil
}

// drain takes in the rest of a refused body, within bounds. After a fault of the
// connection nothing more is expected of it.
func (c *Call) drain() {
	if c.broken {
		c.ctx.SetConnectionClose()
		return
	}
	stream := c.ctx.RequestBodyStream()
	if stream == nil {
		return
	}
	c.seat().Idle() // whoever needs a place comes before what is thrown away
	defer c.seat().Busy()
	c.ctx.SetReadDeadline(time.Now().Add(drainTime))
	if n, err := io.CopyN(io.Discard, stream, drainBytes); err != io.EOF || n == drainBytes {
		c.ctx.SetConnectionClose()
	}
}

// linger answers before the rest of a large body is taken in, and ends the connection
// then: its sender need not send it for nothing, nor is it cut off from its answer. It
// reports whether there is so much.
func (c *Call) linger() bool {
	if n := c.ContentLength(); c.broken || c.ended || n >= 0 && n-c.got <= lingerBytes || c.ctx.RequestBodyStream() == nil {
		return false
	}
	c.ctx.SetConnectionClose()
	c.ctx.HijackSetNoResponse(true) // with one, the server would close before it hands the connection over
	c.ctx.Hijack(c.answerAndDrain)
	return true
}

// answerAndDrain ends a connection whose request is refused.
func (c *Call) answerAndDrain(conn net.Conn) { // a connection that is gone is no fault of the server's
	_ = conn.SetDeadline(time.Now().Add(drainTime))
	if _, err := c.ctx.Response.WriteTo(conn); err != nil {
		return
	}
	c.seat().Idle() // whoever needs a place comes before what is thrown away
	_, _ = io.CopyN(io.Discard, conn, drainBytes)
}

// body is the request's body with its time limits.
func (c *Call) body() io.Reader {
	stream := c.ctx.RequestBodyStream()
	if stream == nil {
		return bytes.NewReader(c.ctx.Request.Body())
	}
	return newPaced(c, stream)
}
