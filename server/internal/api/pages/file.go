package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"mangosense/server/internal/api/kit"
)

// types are those of the files that a build makes; a file of another kind is
// not served.
var types = map[string]string{
	".html":        "text/html; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".css":         "text/css; charset=utf-8",
	".json":        "application/json",
	".webmanifest": "application/manifest+json",
	".svg":         "image/svg+xml",
	".png":         "image/png",
	".jpg":         "image/jpeg",
	".webp":        "image/webp",
}

// file is one file of the pages, with its compressed forms where they are
// smaller.
type file struct {
	from       fs.FS
	name, kind string
	tag        string
	forever    bool          // its name has its digest in it
	made       *kit.Squeezed // of a page with tiles; nil: the file as it is
	forms      []form
}

// form is one encoding of a file; the best comes first, the last is the file
// itself.
type form struct {
	coding, suffix string
	size           int64
}

var codings = []form{{coding: "br", suffix: ".br"}, {coding: "gzip", suffix: ".gz"}}

// index lists what can be served. The bytes stay where they are.
func index(from fs.FS, tiles string) (map[string]file, error) {
	found := map[string]file{}
	if from == nil {
		return found, nil
	}
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		kind := types[path.Ext(name)]
		if err != nil || d.IsDir() || kind == "" {
			return err
		}
		f := file{from: from, name: name, kind: kind, forever: strings.HasPrefix(name, "assets/")}
		for _, c := range codings {
			if s, err := fs.Stat(from, name+c.suffix); err == nil {
				f.forms = append(f.forms, form{c.coding, c.suffix, s.Size()})
			}
		}
		content, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		f.forms = append(f.forms, form{size: int64(len(content))})
		if tiles != "" && strings.HasPrefix(kind, "text/html") {
			f.made = kit.Squeeze(kind, withTiles(content, tiles))
		}
		sum := sha256.Sum256(content)
		f.tag = hex.EncodeToString(sum[:12])
		found[name] = f
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read a page: %w", err)
	}
	return found, nil
}

// send answers with the file in the best form that the client takes.
func (f *file) send(c *kit.Call, policy string) error {
	c.SetHeader("Cache-Control", "no-cache")
	if f.forever {
		c.SetHeader("Cache-Control", "public, max-age=31536000, immutable")
	}
	if strings.HasPrefix(f.kind, "text/html") || f.name == "worker.js" {
		c.SetHeader("Content-Security-Policy", policy)
		c.SetHeader("Permissions-Policy", permissionsPolicy)
		c.SetHeader("Referrer-Policy", "same-origin")
		if c.Scheme() == "https" { // without TLS browsers ignore it, and complain
			c.SetHeader("Cross-Origin-Opener-Policy", "same-origin")
		}
	}
	if f.made != nil {
		return c.ReplySqueezed(f.made)
	}
	chosen := f.choose(c.Header("Accept-Encoding"))
	// Each form has a tag of its own: they are different bytes.
	if c.Kept(f.tag + chosen.suffix) {
		return c.Empty(304)
	}
	body, err := f.from.Open(f.name + chosen.suffix)
	if err != nil {
		return fmt.Errorf("cannot open a page: %w", err)
	}
	if chosen.coding != "" {
		c.SetHeader("Content-Encoding", chosen.coding)
	}
	return c.Send(f.kind, struct {
		io.Reader
		io.Closer
	}{body, body}, chosen.size)
}

// choose is the first form whose coding the client takes.
func (f *file) choose(accepted string) form {
	for _, candidate := range f.forms {
		if candidate.coding == "" || kit.Quality(accepted, candidate.coding) > 0 {
			return candidate
		}
	}
	return f.forms[len(f.forms)-1]
}
