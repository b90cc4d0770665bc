package photos

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

// The longest texts that are kept of a place, in characters.
const (
	maxAddress = 500
	maxSource  = 20
)

// maxAccuracy is the least accurate place that is one, in metres: a quarter of
// the Earth.
const maxAccuracy = 1e7

// placeConsent is the field that says whether the place may be kept.
const placeConsent = "location_consent_given"

// readLocation takes a place only if both coordinates are numbers on Earth and
// the user has not refused; without a word on it their presence is the consent.
func (h *Handlers) readLocation(f kit.Fields, p *predictForm) *mango.Location {
	if f.Refuses(placeConsent) || f.Trimmed("latitude")+f.Trimmed("longitude") == "" {
		return nil
	}
	latitude, okLat := f.Number("latitude", -90, 90)
	longitude, okLon := f.Number("longitude", -180, 180)
	if !okLat {
		p.ignore("latitude", "must be a number from -90 to 90, such as 10.5936")
	}
	if !okLon {
		p.ignore("longitude", "must be a number from -180 to 180, such as 122.5925")
	}
	if !okLat || !okLon {
		h.badField("latitude,longitude")
		return nil
	}
	accuracy, ok := f.Number("location_accuracy", 0, maxAccuracy)
	if !ok && f.Trimmed("location_accuracy") != "" {
		p.ignore("location_accuracy", "must be a number of metres from 0")
		h.badField("location_accuracy")
	}
	return &mango.Location{
		Latitude: latitude, Longitude: longitude, Accuracy: accuracy,
		Address:           f.Text("location_address", maxAddress),
		Source:            f.Text("location_source", maxSource),
		AccuracyConfirmed: f.Truth("location_accuracy_confirmed"),
		ConsentGiven:      true,
	}
}

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
