package jsonbody

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"mangosense/server/internal/mango"
)

// Object is a request's JSON object, read field by field: it knows which
// fields were sent, which of them are null, and remembers every one that is
// wrong, so that one answer names all faults. Numbers and booleans may also
// come as text, as forms send them.
type Object struct {
	fields map[string]json.RawMessage
	faults []string
}

// Set changes a value where a new one was sent.
func Set[T any](to, v *T) {
	if v != nil {
		*to = *v
	}
}

// UnmarshalJSON has Parse read an object.
func (o *Object) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &o.fields) }

// Has reports whether a field was sent and is not null.
func (o *Object) Has(name string) bool {
	raw, ok := o.fields[name]
	return ok && string(raw) != "null"
}

// Raw is a field's JSON text, empty where it was not sent.
func (o *Object) Raw(name string) string { return string(o.fields[name]) }

// Names are the fields that were sent, sorted.
func (o *Object) Names() []string { return slices.Sorted(maps.Keys(o.fields)) }

// IsNull reports whether a field was sent as null.
func (o *Object) IsNull(name string) bool { return string(o.fields[name]) == "null" }

// Text is a string of at most so many characters; nil when it was not sent.
func (o *Object) Text(name string, most int) *string {
	if !o.Has(name) {
		return nil
	}
	var v string
	if json.Unmarshal(o.fields[name], &v) != nil {
		o.Fault(name, "must be text")
		return nil
	}
	if v = strings.TrimSpace(v); utf8.RuneCountInString(v) > most {
		o.Fault(name, fmt.Sprintf("must have at most %d characters", most))
		return nil
	}
	if strings.ContainsRune(v, 0) {
		o.Fault(name, "must not contain a zero character")
		return nil
	}
	v = strings.TrimSpace(mango.CleanText(v))
	return &v
}

// Word is text that must not be empty.
func (o *Object) Word(name string, most int) *string {
	v := o.Text(name, most)
	if v != nil && !mango.Legible(*v) {
		o.Fault(name, "must not be empty")
		return nil
	}
	return v
}

// scalar is a number or a text that holds one.
func (o *Object) scalar(name string) (string, bool) {
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

// Number is a number within bounds.
func (o *Object) Number(name string, least, most float64) *float64 {
	if !o.Has(name) {
		return nil
	}
	text, ok := o.scalar(name)
	v, isNumber := mango.ParseNumber(text)
	if !ok || !isNumber || v < least || v > most {
		o.Fault(name, fmt.Sprintf("must be a number from %g to %g", least, most))
		return nil
	}
	return &v
}

// Whole is a whole number within bounds.
func (o *Object) Whole(name string, least, most int) *int {
	if !o.Has(name) {
		return nil
	}
	text, ok := o.scalar(name)
	v, fits, isNumber := mango.ParseWhole(text)
	if !ok || !isNumber || !fits || v < int64(least) || v > int64(most) {
		o.Fault(name, fmt.Sprintf("must be a whole number from %d to %d", least, most))
		return nil
	}
	return new(int(v))
}

// ID is the id of something stored.
func (o *Object) ID(name string) *uint64 {
	if !o.Has(name) {
		return nil
	}
	text, ok := o.scalar(name)
	v, isID := mango.ParseID(text)
	if !ok || !isID {
		o.Fault(name, "must be an id, a whole number")
		return nil
	}
	return &v
}

// Flag is a boolean.
func (o *Object) Flag(name string) *bool {
	if !o.Has(name) {
		return nil
	}
	text, _ := o.scalar(name)
	switch strings.ToLower(text) {
	case "true", "1", "yes", "on":
		return new(true)
	case "false", "0", "no", "off":
		return new(false)
	}
	o.Fault(name, "must be true or false")
	return nil
}

// Kind is leaf or fruit.
func (o *Object) Kind(name string) *mango.Kind {
	v := o.Text(name, 20)
	if v == nil {
		return nil
	}
	k := mango.Kind(strings.ToLower(*v))
	if !k.Valid() {
		o.Fault(name, "must be leaf or fruit")
		return nil
	}
	return &k
}

// IDs is a list of ids, each once, in the order sent; numbers or texts.
func (o *Object) IDs(name string, most int) []uint64 {
	var raw []json.RawMessage
	if !o.Has(name) || json.Unmarshal(o.fields[name], &raw) != nil || len(raw) == 0 {
		o.Fault(name, "must be a non-empty list")
		return nil
	}
	if len(raw) > most {
		o.Fault(name, fmt.Sprintf("must have at most %d entries", most))
		return nil
	}
	var ids []uint64
	for _, r := range raw {
		v, ok := mango.ParseID(strings.Trim(string(r), `"`))
		if !ok || v == 0 {
			o.Fault(name, "must be a list of whole numbers from 1")
			return nil
		}
		if !slices.Contains(ids, v) {
			ids = append(ids, v)
		}
	}
	return ids
}

// Need faults the fields that were not sent.
func (o *Object) Need(names ...string) {
	for _, name := range names {
		if !o.Has(name) && !slices.ContainsFunc(o.faults, func(f string) bool { return strings.HasPrefix(f, name+": ") }) {
			o.Fault(name, "is required")
		}
	}
}

// Fault notes what is wrong with a field.
func (o *Object) Fault(name, sentence string) { o.faults = append(o.faults, name+": "+sentence) }

// Err is one error that names every field that is wrong.
func (o *Object) Err() error { return mango.Faulty(o.faults) }

// FaultsOf takes over the faults of an object within, under its name.
func (o *Object) FaultsOf(name string, inner *Object) {
	for _, f := range inner.faults {
		o.faults = append(o.faults, name+"."+f)
	}
}

// Object is an object within the object.
func (o *Object) Object(name string) (*Object, bool) {
	inner := &Object{}
	if !o.Has(name) || json.Unmarshal(o.fields[name], &inner.fields) != nil {
		o.Fault(name, "must be an object")
		return nil, false
	}
	return inner, true
}
