package kit

import (
	"strings"

	"mangosense/server/internal/mango"
)

// Fields are the texts of a form, the first of each name. One that was not sent is
// empty; blanks round a value are no part of it.
type Fields map[string]string

// Trimmed is a field's text as it was sent.
func (f Fields) Trimmed(name string) string { return strings.TrimSpace(f[name]) }

// Text is what may be kept of a field, at most so many characters of it.
func (f Fields) Text(name string, most int) string { return mango.ClipText(f.Trimmed(name), most) }

// Class is a disease's name, brought to its one spelling by spell.
func (f Fields) Class(name string, most int, spell func(string) string) string {
	return Spelled(f.Text(name, most), spell)
}

// Kind is leaf or fruit; ok is false for anything else, and for nothing.
func (f Fields) Kind(name string) (k mango.Kind, ok bool) {
	k = mango.Kind(strings.ToLower(f.Trimmed(name)))
	return k, k.Valid()
}

// Number is a number within bounds; 0 where it is none.
func (f Fields) Number(name string, least, most float64) (v float64, ok bool) {
	v, ok = mango.ParseNumber(f.Trimmed(name))
	if !ok || v < least || v > most {
		return 0, false
	}
	return v, true
}

// Truth is a yes; whatever is none is a no.
func (f Fields) Truth(name string) bool { return truth(f[name]) }

// Refuses reports that something was answered, and that it was no yes.
func (f Fields) Refuses(name string) bool { return f.Trimmed(name) != "" && !f.Truth(name) }

// truth reads the booleans of forms and queries.
func truth(v string) bool {
	switch strings.ToLower(strings.TrimSpace(v)) {
	case "true", "1", "yes", "on":
		return true
	}
	return false
}

// Spelled is the one spelling of a class, "" for none. Every class that comes in
// by a query, a body or a form passes it.
func Spelled(class string, spell func(string) string) string {
	if class == "" {
		return ""
	}
	return spell(class)
}
