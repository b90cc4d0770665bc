package kit

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"mangosense/server/internal/mango"
)

// Truth reads the forms' booleans.
func Truth(v string) bool {
	switch strings.ToLower(strings.TrimSpace(v)) {
	case "true", "1", "yes", "on":
		return true
	}
	return false
}

// Clip cleans a text and cuts it to n characters.
func Clip(text string, n int) string {
	text = mango.CleanText(text)
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n])
}

// Set changes a value where a new one was sent.
func Set[T any](to, v *T) {
	if v != nil {
		*to = *v
	}
}

// Encode is a value as JSON, nil for what cannot be written.
func Encode(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return body
}
