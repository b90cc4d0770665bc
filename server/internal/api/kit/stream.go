package kit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// Stream answers a body as it is made, so that an export of everything takes
// the memory of one row. write runs after the handler has returned and must
// not touch c.ctx. When it fails before its first portion the error is the
// answer; later the connection is cut off, so that the client does not take half
// an export for a whole one.
func (c *Call) Stream(contentType string, write func(context.Context, io.Writer) error) error {
	c.ctx.SetContentType(contentType)
	if c.ctx.IsHead() {
		return nil
	}
	r, w := io.Pipe()
	conn, log, life := c.ctx.Conn(), c.kit.Log, c.kit.life
	var begun atomic.Bool
	go func() {
		err := written(patient{w, conn}, func(w io.Writer) error { return write(life, w) })
		if w.CloseWithError(err); err != nil && begun.Load() && !errors.Is(err, io.ErrClosedPipe) {
			log.Error("api: an export broke off", "error", err)
		}
	}()
	body := begunStream{bufio.NewReader(r), r}
	if _, err := body.Peek(1); err != nil && err != io.EOF {
		_ = r.Close() // always nil
		c.ctx.Response.Header.Del("Content-Disposition")
		return err
	}
	begun.Store(true)
	c.ctx.SetBodyStream(body, -1)
	return nil
}

// begunStream is a body of which a part was read already.
type begunStream struct {
	*bufio.Reader
	io.Closer
}

// written runs write into a buffer; a panic must not take the program along,
// for no handler's net is under it any more.
func written(w io.Writer, write func(io.Writer) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("cannot write an export: panic: %v\n%s", p, debug.Stack())
		}
	}()
	buffer := bufio.NewWriterSize(w, 32<<10)
	if err := write(buffer); err != nil {
		return err
	}
	return buffer.Flush()
}

// patient gives the client new time for each portion that it has taken: an
// export may last, a client that takes nothing may not.
type patient struct {
	w    io.Writer
	conn net.Conn
}

func (p patient) Write(b []byte) (int, error) {
	if err := p.conn.SetWriteDeadline(time.Now().Add(WriteTimeout)); err != nil {
		return 0, fmt.Errorf("cannot give an export more time: %w", err)
	}
	return p.w.Write(b)
}
