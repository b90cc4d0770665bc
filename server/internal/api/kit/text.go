package kit

import (
	"encoding/json"
	"strings"
)

// Truth reads the forms' booleans.
func Truth(v string) bool {
	switch strings.ToLower(strings.TrimSpace(v)) {
	case "true", "1", "yes", "on":
		return true
	}
	return false
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
