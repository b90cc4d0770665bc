package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/mango"
)

// object is a request's JSON object, read field by field: it knows which
// fields were sent, which of them are null, and remembers every one that is
// wrong, so that one answer names all faults. Numbers and booleans may also
// come as text, as forms send them.
type object struct {
	fields map[string]json.RawMessage
	faults []string
}

// readObject reads a request's body.
func (s *Server) readObject(ctx *fasthttp.RequestCtx) (*object, error) {
	o := &object{}
	if err := s.decodeJSON(ctx, &o.fields, brokenJSON); err != nil {
		return nil, err
	}
	return o, nil
}

// has reports whether a field was sent and is not null.
func (o *object) has(name string) bool {
	raw, ok := o.fields[name]
	return ok && string(raw) != "null"
}

// isNull reports whether a field was sent as null.
func (o *object) isNull(name string) bool { return string(o.fields[name]) == "null" }

// text is a string of at most so many characters; nil when it was not sent.
func (o *object) text(name string, most int) *string {
	if !o.has(name) {
		return nil
	}
	var v string
	if json.Unmarshal(o.fields[name], &v) != nil {
		o.fault(name, "must be text")
		return nil
	}
	if v = strings.TrimSpace(v); utf8.RuneCountInString(v) > most {
		o.fault(name, fmt.Sprintf("must have at most %d characters", most))
		return nil
	}
	if strings.ContainsRune(v, 0) {
		o.fault(name, "must not contain a zero character")
		return nil
	}
	v = strings.TrimSpace(mango.CleanText(v))
	return &v
}

// word is text that must not be empty.
func (o *object) word(name string, most int) *string {
	v := o.text(name, most)
	if v != nil && !mango.Legible(*v) {
		o.fault(name, "must not be empty")
		return nil
	}
	return v
}

// scalar is a number or a text that holds one.
func (o *object) scalar(name string) (string, bool) {
	raw := string(o.fields[name])
	if strings.HasPrefix(raw, `"`) {
		var v string
		if json.Unmarshal([]byte(raw), &v) != nil {
			return "", false
		}
		return strings.TrimSpace(v), true
	}
	return raw, !strings.HasPrefix(raw, "{") && !strings.HasPrefix(raw, "[")
}

// number is a number within bounds.
func (o *object) number(name string, least, most float64) *float64 {
	if !o.has(name) {
		return nil
	}
	text, ok := o.scalar(name)
	v, isNumber := mango.ParseNumber(text)
	if !ok || !isNumber || v < least || v > most {
		o.fault(name, fmt.Sprintf("must be a number from %g to %g", least, most))
		return nil
	}
	return &v
}

// whole is a whole number within bounds.
func (o *object) whole(name string, least, most int) *int {
	if !o.has(name) {
		return nil
	}
	text, ok := o.scalar(name)
	v, fits, isNumber := mango.ParseWhole(text)
	if !ok || !isNumber || !fits || v < int64(least) || v > int64(most) {
		o.fault(name, fmt.Sprintf("must be a whole number from %d to %d", least, most))
		return nil
	}
	return new(int(v))
}

// id is the id of something stored.
func (o *object) id(name string) *uint64 {
	if !o.has(name) {
		return nil
	}
	text, ok := o.scalar(name)
	v, isID := mango.ParseID(text)
	if !ok || !isID {
		o.fault(name, "must be an id, a whole number")
		return nil
	}
	return &v
}

// flag is a boolean.
func (o *object) flag(name string) *bool {
	if !o.has(name) {
		return nil
	}
	text, _ := o.scalar(name)
	switch strings.ToLower(text) {
	case "true", "1", "yes", "on":
		return new(true)
	case "false", "0", "no", "off":
		return new(false)
	}
	o.fault(name, "must be true or false")
	return nil
}

// kind is leaf or fruit.
func (o *object) kind(name string) *mango.Kind {
	v := o.text(name, 20)
	if v == nil {
		return nil
	}
	k := mango.Kind(strings.ToLower(*v))
	if !k.Valid() {
		o.fault(name, "must be leaf or fruit")
		return nil
	}
	return &k
}

// ids is a list of ids, each once, in the order sent; numbers or texts.
func (o *object) ids(name string, most int) []uint64 {
	var raw []json.RawMessage
	if !o.has(name) || json.Unmarshal(o.fields[name], &raw) != nil || len(raw) == 0 {
		o.fault(name, "must be a non-empty list")
		return nil
	}
	if len(raw) > most {
		o.fault(name, fmt.Sprintf("must have at most %d entries", most))
		return nil
	}
	var ids []uint64
	for _, r := range raw {
		v, ok := mango.ParseID(strings.Trim(string(r), `"`))
		if !ok || v == 0 {
			o.fault(name, "must be a list of whole numbers from 1")
			return nil
		}
		if !slices.Contains(ids, v) {
			ids = append(ids, v)
		}
	}
	return ids
}

// need faults the fields that were not sent.
func (o *object) need(names ...string) {
	for _, name := range names {
		if !o.has(name) && !slices.ContainsFunc(o.faults, func(f string) bool { return strings.HasPrefix(f, name+": ") }) {
			o.fault(name, "is required")
		}
	}
}

func (o *object) fault(name, sentence string) { o.faults = append(o.faults, name+": "+sentence) }

// err is one error that names every field that is wrong.
func (o *object) err() error { return faulty(o.faults) }

// faulty makes one error of faults such as "page: must be a whole number".
func faulty(faults []string) error {
	if len(faults) == 0 {
		return nil
	}
	name, rest, _ := strings.Cut(faults[0], ": ")
	public := name + " " + rest + "."
	if first, _ := utf8.DecodeRuneInString(rest); unicode.IsUpper(first) {
		public = rest // a sentence of its own
	}
	return &mango.Error{Code: mango.Invalid, Public: public, Fields: faults}
}

// object is an object within the object.
func (o *object) object(name string) (*object, bool) {
	inner := &object{}
	if !o.has(name) || json.Unmarshal(o.fields[name], &inner.fields) != nil {
		o.fault(name, "must be an object")
		return nil, false
	}
	return inner, true
}
