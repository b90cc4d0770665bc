package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/budget"
	"mangosense/server/internal/mango"
)

const (
	// smallBody is what fasthttp reads ahead before a handler runs.
	smallBody = 64 << 10
	// formOverhead is what a predict form may hold beside the photo.
	formOverhead = 1 << 20
	maxParts     = 64
	// maxText is what all fields of a form may hold together: ten times what the
	// app sends.
	maxText = 256 << 10
	maxName = 200
	// drainBytes and drainTime bound what is read of a refused body, so that
	// its sender sees the answer and not a reset connection.
	drainBytes = 64 << 20
	drainTime  = 15 * time.Second
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
		Files: files, Parts: maxParts, FieldBytes: maxText, TextBytes: maxText, NameBytes: maxName,
	}
	if n := int64(ctx.Request.Header.ContentLength()); n > limits.BodyBytes {
		s.refuseBody(ctx, s.formTooLarge(fmt.Errorf("content-length %d", n), files))
		return nil
	}
	form, err := upload.Read(s.life, s.body(ctx), boundary, limits, s.lease(ctx), isFile)
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
	if bytes.Count(body, []byte("&")) >= maxParts {
		s.refuseBody(ctx, s.uploadError(upload.ErrTooManyParts))
		return nil
	}
	var args fasthttp.Args
	args.ParseBytes(body)
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
	if e.Code == mango.Slow || errors.Is(e.Cause, budget.ErrEvicted) {
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
	return newPaced(ctx, stream, s.lease(ctx), s.cfg.StallTimeout, s.cfg.UploadTimeout)
}
