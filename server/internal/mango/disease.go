package mango

import (
	"strings"
	"unicode"
)

// Canonical is the spelling that clients know of a disease's name, whatever a
// training folder or an older client calls it: case, spaces, '_' and '-' do not
// count, and mould is mold. A name that is not known comes back as words.
func Canonical(name string) string {
	if a, ok := builtIn()[ClassKey(name)]; ok {
		return a.Disease
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(name, "_", " ")), " ")
}

// ClassKey folds a disease's name for comparison: its letters and digits. A
// name of neither is only trimmed.
func ClassKey(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	folded := strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c) {
			return c
		}
		return -1
	}, name)
	if folded == "" {
		return name
	}
	return strings.ReplaceAll(folded, "ou", "o") // mould is mold, and so is what begins it
}

// SameClass reports whether two names, in any spelling, name one class.
func SameClass(a, b string) bool { return ClassKey(a) == ClassKey(b) }

// Condition is what a class says of the plant. Whatever counts, maps or warns
// asks ConditionOf, so that all of it agrees.
type Condition string

// The conditions, as the history calls them.
const (
	IsHealthy  Condition = "Healthy"
	IsDiseased Condition = "Diseased"
	// IsUnknown: no class, or one that only says that there is none. It is no
	// disease: it waits for an expert and is in no number of diseases.
	IsUnknown Condition = "Unknown"
)

// ConditionOf sorts a class, in any spelling.
func ConditionOf(class string) Condition {
	switch ClassKey(class) {
	case "healthy":
		return IsHealthy
	case "", "unknown", "unknowndisease", "notamangoleaf", "notamangofruit":
		return IsUnknown
	}
	return IsDiseased
}
