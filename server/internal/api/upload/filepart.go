package upload

import (
	"bytes"
	"context"
	"io"
)

// readPart fills g with a file part's body, straight from the connection, and
// leaves the boundary after it to whoever reads on. edge is the line's end and
// the boundary that ends the body; where it does is mime/multipart's rule, which
// a fuzz test holds it to.
func (g *growing) readPart(ctx context.Context, from *guard, edge []byte, limit int64, seen func([]byte)) error {
	if err := g.grow(ctx, limit); err != nil {
		return err
	}
	arrived, found := 0, false
	for !found {
		if int64(arrived) == g.held {
			if err := g.grow(ctx, limit); err != nil {
				return err
			}
		}
		n, err := from.raw(g.region.Bytes()[arrived:g.held])
		arrived += n
		var end int
		end, found = bodyEnd(g.region.Bytes()[:arrived], g.length, edge)
		seen(g.region.Bytes()[g.length:end])
		g.length = end
		if int64(g.length) > limit {
			return ErrFileTooLarge
		}
		switch {
		case found, err == nil:
		case err == io.EOF:
			return io.ErrUnexpectedEOF
		default:
			return err
		}
	}
	from.rest(g.region.Bytes()[g.length:arrived])
	return nil
}

// bodyEnd finds where a body ends, in what has arrived of it and what comes
// after. Up to known it does not. Where it has not come yet, the answer is up to
// where that can be said.
func bodyEnd(b []byte, known int, edge []byte) (end int, found bool) {
	if known == 0 { // an empty body may lack the line's end before the boundary
		switch dash := edge[2:]; {
		case bytes.HasPrefix(b, dash):
			if ends, sure := boundaryAt(b[len(dash):]); ends || !sure {
				return 0, ends
			}
		case bytes.HasPrefix(dash, b):
			return 0, false
		}
	}
	for at := known; ; {
		i := bytes.Index(b[at:], edge)
		if i < 0 {
			return max(at, len(b)-len(edge)+1), false
		}
		i += at
		at = i + len(edge)
		if ends, sure := boundaryAt(b[at:]); ends || !sure {
			return i, ends
		}
	}
}

// boundaryAt says by what follows its letters whether they are a boundary, if
// that is known.
func boundaryAt(rest []byte) (is, sure bool) {
	if len(rest) == 0 {
		return false, false
	}
	switch rest[0] {
	case ' ', '\t', '\r', '\n':
		return true, true
	case '-':
		if len(rest) == 1 {
			return false, false
		}
		return rest[1] == '-', true
	}
	return false, true
}
