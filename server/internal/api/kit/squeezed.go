package kit

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/valyala/fasthttp"
)

// Squeezed is an answer that many get: made and compressed once. It never
// changes.
type Squeezed struct {
	kind, tag string
	forms     []squeezedForm // the best first, the last is the answer itself
}

type squeezedForm struct {
	coding, suffix string
	body           []byte
}

// Squeeze compresses an answer.
func Squeeze(kind string, body []byte) *Squeezed {
	digest := sha256.Sum256(body)
	s := &Squeezed{kind: kind, tag: hex.EncodeToString(digest[:12])}
	for _, f := range []squeezedForm{
		{"br", ".br", fasthttp.AppendBrotliBytesLevel(nil, body, 9)}, // a level more takes ten times as long
		{"gzip", ".gz", fasthttp.AppendGzipBytesLevel(nil, body, fasthttp.CompressBestCompression)},
	} {
		if len(f.body) < len(body) {
			s.forms = append(s.forms, f)
		}
	}
	s.forms = append(s.forms, squeezedForm{body: body})
	return s
}

// ReplySqueezed answers in the best form that the client takes, or that it has
// it already. Each form has a tag of its own: they are different bytes. The
// caller says in Vary that the form depends on Accept-Encoding.
func (c *Call) ReplySqueezed(s *Squeezed) error {
	form := s.forms[len(s.forms)-1]
	for _, f := range s.forms {
		if f.coding == "" || Quality(c.Header("Accept-Encoding"), f.coding) > 0 {
			form = f
			break
		}
	}
	if c.Kept(s.tag + form.suffix) {
		return c.Empty(304)
	}
	if form.coding != "" {
		c.SetHeader("Content-Encoding", form.coding)
	}
	return c.Static(s.kind, form.body)
}
