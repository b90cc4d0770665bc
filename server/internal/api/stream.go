package api

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/valyala/fasthttp"
)

// stream answers a body as it is made, so that an export of everything takes
// the memory of one row. write runs after the handler has returned and must
// not touch ctx. When it fails the connection is cut off, so that the client
// does not take half an export for a whole one.
func (s *Server) stream(ctx *fasthttp.RequestCtx, contentType string, write func(io.Writer) error) {
	ctx.SetContentType(contentType)
	if ctx.IsHead() {
		return
	}
	r, w := io.Pipe()
	go func() {
		err := written(w, write)
		if err != nil && !errors.Is(err, io.ErrClosedPipe) {
			s.log.Error("api: an export broke off", "error", err)
		}
		_ = w.CloseWithError(err) // always nil
	}()
	ctx.SetBodyStream(r, -1)
}

// written runs write into a buffer; a panic must not take the program along,
// for no handler's net is under it any more.
func written(w io.Writer, write func(io.Writer) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("cannot write an export: panic: %v", p)
		}
	}()
	buffer := bufio.NewWriterSize(w, 32<<10)
	if err := write(buffer); err != nil {
		return err
	}
	return buffer.Flush()
}
