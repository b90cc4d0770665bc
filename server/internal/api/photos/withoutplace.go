package photos

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// placeWords are in the names under which apps put a place into the JSON that
// they send beside a photo.
var placeWords = []string{"location", "latitude", "longitude", "coordinate", "gps", "address"}

// placeNames are such names that are too short to look for within others.
var placeNames = []string{"lat", "lng", "lon", "long", "coords", "position"}

func namesPlace(key string) bool {
	key = strings.ToLower(key)
	return slices.Contains(placeNames, key) || slices.ContainsFunc(placeWords, func(w string) bool { return strings.Contains(key, w) })
}

// withoutPlace is a JSON text without what says where the user was, for a user
// who did not agree to that; one that says nothing of it stays as it was sent.
func withoutPlace(text []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if len(text) == 0 || d.Decode(&v) != nil || !dropPlace(v) {
		return text
	}
	out, err := json.Marshal(v)
	if err != nil {
		return nil // never: it was JSON
	}
	return out
}

// dropPlace takes a place out of a decoded value and reports whether there was
// one.
func dropPlace(v any) (found bool) {
	switch in := v.(type) {
	case map[string]any:
		for key, inner := range in {
			if namesPlace(key) {
				delete(in, key)
				found = true
			} else if dropPlace(inner) {
				found = true
			}
		}
	case []any:
		for _, inner := range in {
			if dropPlace(inner) {
				found = true
			}
		}
	}
	return found
}
