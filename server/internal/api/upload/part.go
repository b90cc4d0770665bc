package upload

import (
	"encoding/base64"
	"fmt"
	"io"
	"mime/multipart"
	"mime/quotedprintable"
	"path"
	"strings"
)

// described is a part and what its header says of it.
type described struct {
	name, fileName string
	contentType    string
	charset        string // of a text; empty: not said
	coded          bool   // body decodes what arrives
	body           io.Reader
}

// describe reads a part's header. The encodings of mail (base64,
// quoted-printable) are undone: libraries that were made for mail send them.
func describe(part *multipart.Part) (described, error) {
	disposition := ParseHeader(part.Header.Get("Content-Disposition"))
	p := described{
		name: strings.TrimSpace(disposition.Param("name")), fileName: baseName(disposition.Param("filename")),
		contentType: part.Header.Get("Content-Type"), body: part,
	}
	if kind := ParseHeader(p.contentType); strings.HasPrefix(kind.Value, "text/") {
		p.charset = kind.Param("charset")
	}
	switch coding := strings.ToLower(strings.TrimSpace(part.Header.Get("Content-Transfer-Encoding"))); coding {
	case "", "binary", "8bit", "7bit":
	case "base64":
		p.coded, p.body = true, base64.NewDecoder(base64.StdEncoding, part)
	case "quoted-printable":
		p.coded, p.body = true, quotedprintable.NewReader(part)
	default:
		return p, fmt.Errorf("%w: a part in %q", ErrEncoding, coding)
	}
	return p, nil
}

// baseName is a file's name without its folders, those of Windows included.
func baseName(name string) string {
	if name == "" {
		return ""
	}
	return path.Base(strings.ReplaceAll(name, `\`, "/"))
}
