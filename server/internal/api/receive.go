package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/mango"
)

const (
	// smallBody is what fasthttp reads ahead before a handler runs.
	smallBody = 64 << 10
	// formOverhead is what a predict form may hold beside the photo.
	formOverhead = 1 << 20
	maxParts     = 64
	maxField     = 256 << 10
	maxName      = 200
	// drainBytes and drainTime bound what is read of a refused body, so that
	// its sender sees the answer and not a reset connection.
	drainBytes = 64 << 20
	drainTime  = 15 * time.Second
	// minRate is the slowest sender that is waited for, in bytes a second,
	// after the first stallTimeout.
	minRate = 2 << 10
)

// receive reads the multipart body of a request. On an error the request is
// answered and form is nil; otherwise the caller must Release the form.
func (s *Server) receive(ctx *fasthttp.RequestCtx, files int, isFile func(string) bool) *upload.Form {
	header := upload.ParseHeader(string(ctx.Request.Header.ContentType()))
	kind, boundary := header.Value, header.Boundary()
	if kind == "application/x-www-form-urlencoded" || (kind == "" && ctx.Request.Header.ContentLength() == 0) {
		return s.formWithoutFile(ctx)
	}
	switch {
	case kind != "multipart/form-data":
		s.refuseBody(ctx, mango.Errorf(mango.WrongType, "Send the photo as multipart/form-data."))
		return nil
	case boundary == "":
		s.refuseBody(ctx, mango.Errorf(mango.WrongType, "The Content-Type multipart/form-data names no boundary that can be read."))
		return nil
	}
	limits := upload.Limits{
		FileBytes: s.cfg.MaxPhotoBytes, BodyBytes: int64(min(files, treeShare))*s.cfg.MaxPhotoBytes + formOverhead,
		Files: files, Parts: maxParts, FieldBytes: maxField, NameBytes: maxName,
	}
	if n := int64(ctx.Request.Header.ContentLength()); n > limits.BodyBytes {
		s.refuseBody(ctx, s.formTooLarge(fmt.Errorf("content-length %d", n), files))
		return nil
	}
	form, err := upload.Read(s.life, s.body(ctx), boundary, limits, s.budget, isFile)
	switch {
	case errors.Is(err, upload.ErrBodyTooLarge):
		s.refuseBody(ctx, s.formTooLarge(err, files))
		return nil
	case err != nil:
		s.refuseBody(ctx, s.uploadError(err))
		return nil
	}
	return form
}

// formWithoutFile is a form of the kind that can hold no file, or none at all:
// what a client sends that forgot the photo. The handler says what is missing.
func (s *Server) formWithoutFile(ctx *fasthttp.RequestCtx) *upload.Form {
	body, err := s.readBody(ctx)
	if err != nil {
		s.refuseBody(ctx, asError(err))
		return nil
	}
	defer body.Release()
	var args fasthttp.Args
	args.ParseBytes(body.Bytes()) // copies
	form := &upload.Form{Fields: map[string]string{}}
	for name, value := range args.All() {
		if _, ok := form.Fields[string(name)]; !ok {
			form.Fields[string(name)] = string(value)
		}
	}
	return form
}

// refuseBody answers and then takes in the rest of the body, within bounds: a
// client that is still sending would otherwise see its connection reset in
// place of the answer.
func (s *Server) refuseBody(ctx *fasthttp.RequestCtx, e *mango.Error) {
	if s.cfg.Observe.Refused != nil {
		s.cfg.Observe.Refused(string(e.Code))
	}
	if e.Code == mango.Slow {
		refuse(ctx, e)
		ctx.SetConnectionClose()
		return
	}
	s.drained(ctx, func() { refuse(ctx, e) })
}

// drained answers, then takes in the rest of the body.
func (s *Server) drained(ctx *fasthttp.RequestCtx, answer func()) {
	stream := ctx.RequestBodyStream()
	answer()
	drain(ctx, stream)
}

// drain takes in the rest of a refused body, within bounds.
func drain(ctx *fasthttp.RequestCtx, stream io.Reader) {
	if stream == nil {
		return
	}
	ctx.SetReadDeadline(time.Now().Add(drainTime))
	if n, err := io.CopyN(io.Discard, stream, drainBytes); err != io.EOF || n == drainBytes {
		ctx.SetConnectionClose()
	}
}

// body is the request's body with its time limits.
func (s *Server) body(ctx *fasthttp.RequestCtx) io.Reader {
	stream := ctx.RequestBodyStream()
	if stream == nil {
		return bytes.NewReader(ctx.Request.Body())
	}
	return &paced{ctx: ctx, r: stream, start: time.Now(), stall: s.cfg.StallTimeout, total: s.cfg.UploadTimeout}
}

// paced ends a sender that falls silent, is slower than minRate, or takes
// longer than the whole time for an upload.
type paced struct {
	ctx          *fasthttp.RequestCtx
	r            io.Reader
	start        time.Time
	bytes        int64
	stall, total time.Duration
}

func (p *paced) Read(b []byte) (int, error) {
	now := time.Now()
	spent := now.Sub(p.start)
	if spent > p.total {
		return 0, fmt.Errorf("the upload took longer than %s", p.total)
	}
	if late := spent - p.stall; late > 0 && p.bytes < int64(late.Seconds()*minRate) {
		return 0, fmt.Errorf("the upload is slower than %d bytes a second", minRate)
	}
	deadline := earlier(now.Add(p.stall), p.start.Add(p.total))
	if err := p.ctx.SetReadDeadline(deadline); err != nil {
		return 0, fmt.Errorf("cannot set the upload's deadline: %w", err)
	}
	n, err := p.r.Read(b)
	p.bytes += int64(n)
	if err != nil && !disconnected(err) && time.Now().Before(deadline) {
		err = fmt.Errorf("%w: %w", errNoBody, err)
	}
	return n, err
}

// errNoBody is what arrived in time but is no body: chunks without a size.
var errNoBody = errors.New("the body is malformed")

// disconnected reports whether an error is the body's end or the connection's.
func disconnected(err error) bool {
	var network net.Error
	return err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
