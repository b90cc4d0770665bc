package media

import (
	"encoding/hex"
	"path/filepath"
	"strings"
)

const folder = "mango_images"

var extensions = map[string]string{"jpeg": ".jpg", "png": ".png", "webp": ".webp"}

var contentTypes = map[string]string{".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}

// Name is the name of a photo in a format ("jpeg", "png", "webp"); empty for
// a format that is not kept.
func Name(sum [32]byte, format string) string {
	ext := extensions[format]
	if ext == "" {
		return ""
	}
	return folder + "/" + hex.EncodeToString(sum[:]) + ext
}

// split takes a name apart, strictly: anything that Name cannot give is no name.
func split(name string) (digits, ext string, ok bool) {
	rest, found := strings.CutPrefix(name, folder+"/")
	if !found || len(rest) < 64 {
		return "", "", false
	}
	digits, ext = rest[:64], rest[64:]
	if contentTypes[ext] == "" {
		return "", "", false
	}
	for _, c := range []byte(digits) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return "", "", false
		}
	}
	return digits, ext, true
}

// path is where a photo lies; the name must have passed split.
func (r *Room) path(digits, ext string) string {
	return filepath.Join(r.cfg.Dir, folder, digits[:2], digits+ext)
}

// Path is where a photo lies in a media folder, for a command that reads it
// beside a server; false for what is no photo's name.
func Path(dir, name string) (string, bool) {
	digits, ext, ok := split(name)
	if !ok {
		return "", false
	}
	return filepath.Join(dir, folder, digits[:2], digits+ext), true
}
