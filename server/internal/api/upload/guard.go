package upload

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"mangosense/server/internal/budget"
)

// guard stands between the connection and mime/multipart. It counts the body
// and, while a part's header is being read, bounds how much of it the header may
// be: mime/multipart alone would hold 10 MB.
//
// It also lets a file past mime/multipart, which would look at it in pieces of 4
// KB and copy each twice. For that it hands out no byte behind a blank line
// before it is asked again: whoever has read a header, whose end is one, holds
// nothing of what comes after it.
type guard struct {
	r      *bufio.Reader
	back   []byte // what a file's end was found in; comes before r
	left   int64
	header int64 // bytes left for this header; −1: not in one
	fault  error // the reader's, or the bound that was passed

	line line
	dash []byte // what boundaries begin with
	head []byte // all up to the end of the first part's header, then nil
	ends ending
}

// line is what is known of the line that is being handed out.
type line uint8

const (
	fresh   line = iota // nothing of it yet
	return_             // a carriage return
	filled              // more than that
)

// ending is how lines end: mime/multipart goes by the first boundary's.
type ending uint8

const (
	unknown ending = iota
	crlf
	lf
)

func (g *guard) enterHeader() { g.header = maxPartHeader }

func (g *guard) leaveHeader() {
	g.header = -1
	if g.ends == unknown {
		g.ends = endingOf(g.head, g.dash)
		g.head = nil
	}
}

// endingOf finds the first boundary in all that was read so far.
func endingOf(head, dash []byte) ending {
	for l := range bytes.Lines(head) {
		if rest, ok := bytes.CutPrefix(l, dash); ok {
			switch string(bytes.TrimLeft(rest, " \t")) {
			case "\r\n":
				return crlf
			case "\n":
				return lf
			}
		}
	}
	return lf
}

func (g *guard) Read(p []byte) (int, error) {
	if g.fault != nil {
		return 0, g.fault
	}
	if g.header == 0 {
		g.fault = ErrPartHeader
		return 0, g.fault
	}
	if g.header > 0 && int64(len(p)) > g.header {
		p = p[:g.header]
	}
	n, err := g.upToBlank(p)
	if g.header > 0 {
		g.header -= int64(n)
	}
	return g.count(n, err)
}

// upToBlank copies what is there, at most to the end of the next blank line.
func (g *guard) upToBlank(p []byte) (int, error) {
	if g.ends == lf { // files go through mime/multipart: no need to stop anywhere
		return g.plain(p)
	}
	from := g.back
	if len(from) == 0 {
		if _, err := g.r.Peek(1); err != nil {
			return 0, err
		}
		from, _ = g.r.Peek(g.r.Buffered()) // no more than is there
	}
	n := copy(p, from)
	for i, c := range p[:n] {
		if g.see(c) {
			n = i + 1
			break
		}
	}
	if g.ends == unknown {
		g.head = append(g.head, p[:n]...)
	}
	if len(g.back) > 0 {
		g.back = g.back[n:]
	} else {
		_, _ = g.r.Discard(n) // they are there
	}
	return n, nil
}

// see takes the next byte of a line and says whether it ends a blank one.
func (g *guard) see(c byte) bool {
	switch {
	case c == '\n':
		blank := g.line != filled
		g.line = fresh
		return blank
	case c == '\r' && g.line == fresh:
		g.line = return_
	default:
		g.line = filled
	}
	return false
}

func (g *guard) plain(p []byte) (int, error) {
	if len(g.back) > 0 {
		n := copy(p, g.back)
		g.back = g.back[n:]
		return n, nil
	}
	return g.r.Read(p)
}

// raw reads a file's bytes, which nobody looks at between here and there.
func (g *guard) raw(p []byte) (int, error) { return g.count(g.plain(p)) }

// rest gives back what raw has read beyond a file's end. It is read again before
// anything else, and must stay as it is until then. Nothing is left of what an
// earlier file gave back: that fitted into one step, and so into the first raw.
func (g *guard) rest(b []byte) {
	g.left += int64(len(b))
	g.back, g.line = b, filled
}

func (g *guard) count(n int, err error) (int, error) {
	g.left -= int64(n)
	if g.left < 0 {
		g.fault = ErrBodyTooLarge
		return 0, g.fault
	}
	if err != nil && err != io.EOF {
		g.fault = err
	}
	return n, err
}

// explain says whose fault an error of the parser is.
func (g *guard) explain(err error) error {
	for _, known := range []error{ErrFileTooLarge, ErrFieldTooLarge, ErrTooManyParts, ErrNoMemory, ErrEncoding, budget.ErrFull, budget.ErrEvicted, budget.ErrLost} {
		if errors.Is(err, known) {
			return err
		}
	}
	if g.ends == unknown && !disconnection(g.fault) && !g.begun() {
		if compressed(g.head) {
			return ErrCompressed
		}
		return fmt.Errorf("%w: %w: %v", ErrMalformed, ErrBoundary, err) // %v: err may be ErrPartHeader
	}
	if g.fault != nil {
		return g.fault
	}
	return fmt.Errorf("%w: %w", ErrMalformed, err)
}

// begun reports whether the first boundary has come.
func (g *guard) begun() bool {
	return bytes.HasPrefix(g.head, g.dash) || bytes.Contains(g.head, append([]byte("\n"), g.dash...))
}

// disconnection reports whether a fault is the reader's own, not a bound.
func disconnection(fault error) bool {
	return fault != nil && !errors.Is(fault, ErrPartHeader)
}

// compressed reports whether a body begins as gzip, zstd or a ZIP does.
func compressed(head []byte) bool {
	for _, magic := range []string{"\x1f\x8b", "\x28\xb5\x2f\xfd", "PK\x03\x04"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return false
}
