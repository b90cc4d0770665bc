package kit

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/mango"
)

const maxIdempotencyKey = 255

// Once is what makes a save repeatable: the client's Idempotency-Key and a
// digest of what it asks. Nil without a key.
func (c *Call) Once(form *upload.Form) (*mango.Once, error) {
	keys := c.Headers("Idempotency-Key")
	if len(keys) == 0 {
		return nil, nil
	}
	key := strings.TrimSpace(keys[0])
	if len(key) >= 2 && key[0] == '"' && key[len(key)-1] == '"' { // as the draft standard writes it
		key = key[1 : len(key)-1]
	}
	visible := !strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' })
	if len(keys) > 1 || key == "" || len(key) > maxIdempotencyKey || !visible {
		return nil, &mango.Error{Code: mango.Invalid, Public: "Idempotency-Key must be one text of 1 to 255 visible characters.",
			Fields: []string{"Idempotency-Key: must be one text of 1 to 255 visible characters"}}
	}
	return &mango.Once{Key: key, Request: formDigest(c.route, form)}, nil
}

// formDigest tells requests apart by what they say: the route, the fields and
// the files' content, not the order or the boundary.
func formDigest(route string, form *upload.Form) [32]byte {
	h := sha256.New()
	add := func(text string) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text))))
		h.Write([]byte(text))
	}
	add(route)
	for _, name := range slices.Sorted(maps.Keys(form.Fields)) {
		add(name)
		add(form.Fields[name])
	}
	for _, f := range form.Files {
		add(f.Field)
		h.Write(f.SHA256[:])
	}
	return [32]byte(h.Sum(nil))
}

// Replay gives an answer as it was given first.
func (c *Call) Replay(first []byte) error {
	c.SetHeader("Idempotency-Replayed", "true")
	return c.Body("application/json", first)
}
