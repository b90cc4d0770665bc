package kit

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/mango"
)

const (
	notCompressed = "Compressed bodies are not read. Send the body without Content-Encoding."
	notUTF8       = "Send JSON in UTF-8."
)

// Plain refuses a request whose body is compressed: what it unpacks to is
// bounded by nothing that was sent. 415 with Accept-Encoding says so to clients
// (RFC 9110, 12.5.3).
func (c *Call) Plain() error {
	coding := strings.ToLower(strings.TrimSpace(string(c.ctx.Request.Header.ContentEncoding())))
	if coding == "" || coding == "identity" || c.ctx.IsGet() || c.ctx.IsHead() {
		return nil
	}
	c.SetHeader("Accept-Encoding", "identity")
	return Counted(mango.Errorf(mango.WrongType, notCompressed))
}

// JSONText is a JSON body as UTF-8 without the mark that editors of Windows put
// before it. Other encodings are refused by name, never guessed.
func JSONText(contentType string, body []byte) ([]byte, error) {
	charset := strings.ToLower(upload.ParseHeader(contentType).Param("charset"))
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	switch {
	case bytes.HasPrefix(body, []byte("\x1f\x8b")):
		return nil, mango.Errorf(mango.WrongType, notCompressed)
	case wide(body):
		return nil, mango.Errorf(mango.WrongType, notUTF8)
	case charset == "" || charset == "utf-8" || charset == "utf8":
		return body, nil
	case !ascii(body) || strings.HasPrefix(charset, "utf-"):
		return nil, mango.Errorf(mango.WrongType, notUTF8)
	}
	return body, nil // the letters that all of them share
}

// wide reports whether a text begins as JSON in UTF-16 or UTF-32 does: with
// their mark, or with a zero byte among the first two (RFC 4627, 3).
func wide(body []byte) bool {
	return bytes.HasPrefix(body, []byte("\xff\xfe")) || bytes.HasPrefix(body, []byte("\xfe\xff")) ||
		len(body) >= 2 && (body[0] == 0) != (body[1] == 0) || bytes.HasPrefix(body, []byte("\x00\x00\x00"))
}

func ascii(body []byte) bool {
	for _, c := range body {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
