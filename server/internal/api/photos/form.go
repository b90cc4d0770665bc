package photos

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/mango"
)

// The longest texts that are kept of a predict form, in characters.
const (
	maxAddress  = 500
	maxSource   = 20
	maxDisease  = 50
	maxFeedback = 5000
)

// maxAccuracy is the least accurate place that is one, in metres: a quarter of
// the Earth.
const maxAccuracy = 1e7

// maxAnswers is how many bytes of JSON are kept with a photo, all fields
// together: eight times what the app sends. A page of a thousand records must
// fit into memory whoever stored them.
const maxAnswers = 16 << 10

// predictForm is what a client says beside the photo.
type predictForm struct {
	kind     mango.Kind
	preview  bool
	once     *mango.Once // nil: a repetition is another save
	lost     error       // why nothing can be stored although it should be
	location *mango.Location
	answers  mango.Answers
	charged  []float64 // what each photo counted as before it was looked at
	ignored  []string  // what could not be read, as "field: rule"
}

// readForm reads the fields of predict. Only detection_type can refuse the
// request; what the app adds about symptoms and place is taken where it can be
// read, left out where not, counted, and named in the answer: a saved analysis is
// worth more than its symptom list.
func (h *Handlers) readForm(form *upload.Form) (*predictForm, error) {
	f := form.Fields
	p := &predictForm{kind: mango.Leaf, preview: kit.Truth(f["preview_only"])}
	if t := strings.ToLower(strings.TrimSpace(f["detection_type"])); t != "" {
		p.kind = mango.Kind(t)
		if !p.kind.Valid() {
			return nil, mango.Errorf(mango.Invalid, "detection_type must be leaf or fruit.")
		}
	}
	p.location = h.readLocation(f, p)
	left := maxAnswers
	p.answers = mango.Answers{
		SelectedSymptoms:    h.readJSON(f, p, "selected_symptoms", '[', &left),
		PrimarySymptoms:     h.readJSON(f, p, "primary_symptoms", '[', &left),
		AlternativeSymptoms: h.readJSON(f, p, "alternative_symptoms", '[', &left),
		TopDiseases:         h.readJSON(f, p, "top_diseases", '[', &left),
		SymptomsData:        h.readJSON(f, p, "symptoms_data", '{', &left),
		DetectedDisease:     kit.Spelled(mango.ClipText(strings.TrimSpace(f["detected_disease"]), maxDisease), h.Store.CanonicalClass),
		Feedback:            mango.ClipText(strings.TrimSpace(f["user_feedback"]), maxFeedback),
	}
	if refusesPlace(f) {
		a := &p.answers
		for _, said := range []*[]byte{&a.SelectedSymptoms, &a.PrimarySymptoms, &a.AlternativeSymptoms, &a.TopDiseases, &a.SymptomsData} {
			*said = withoutPlace(*said)
		}
	}
	if v, ok := f["is_detection_correct"]; ok && strings.TrimSpace(v) != "" {
		correct := kit.Truth(v)
		p.answers.Correct = &correct
	}
	return p, nil
}

// readLocation takes a place only if both coordinates are numbers on Earth and
// the user has not refused; without a word on it their presence is the consent.
func (h *Handlers) readLocation(f map[string]string, p *predictForm) *mango.Location {
	if refusesPlace(f) || strings.TrimSpace(f["latitude"]+f["longitude"]) == "" {
		return nil
	}
	latitude, okLat := within(f["latitude"], -90, 90)
	longitude, okLon := within(f["longitude"], -180, 180)
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
	accuracy, ok := within(f["location_accuracy"], 0, maxAccuracy)
	if !ok && strings.TrimSpace(f["location_accuracy"]) != "" {
		p.ignore("location_accuracy", "must be a number of metres from 0")
		h.badField("location_accuracy")
	}
	return &mango.Location{
		Latitude: latitude, Longitude: longitude, Accuracy: accuracy,
		Address:           mango.ClipText(strings.TrimSpace(f["location_address"]), maxAddress),
		Source:            mango.ClipText(strings.TrimSpace(f["location_source"]), maxSource),
		AccuracyConfirmed: kit.Truth(f["location_accuracy_confirmed"]),
		ConsentGiven:      true,
	}
}

// refusesPlace reports that the user was asked for the place and did not agree:
// whatever is not a yes is a no.
func refusesPlace(f map[string]string) bool {
	v, ok := f["location_consent_given"]
	return ok && strings.TrimSpace(v) != "" && !kit.Truth(v)
}

// within reads a number within bounds; 0 where it is none.
func within(text string, least, most float64) (float64, bool) {
	v, ok := mango.ParseNumber(strings.TrimSpace(text))
	if !ok || v < least || v > most {
		return 0, false
	}
	return v, true
}

// readJSON is a field's JSON text if it is valid, not too deep, begins as it
// should and fits into the bytes that are left; else nothing.
func (h *Handlers) readJSON(f map[string]string, p *predictForm, name string, opens byte, left *int) []byte {
	text := strings.TrimSpace(f[name])
	if text == "" {
		return nil
	}
	if text[0] != opens || len(text) > *left || !utf8.ValidString(text) || depth(text) > 16 || !json.Valid([]byte(text)) {
		h.badField(name)
		p.ignore(name, fmt.Sprintf("must be JSON that begins with %c, and take %d KB at most together with the other lists", opens, maxAnswers>>10))
		return nil
	}
	*left -= len(text)
	return []byte(text)
}

// depth is the deepest nesting of a JSON text, brackets in strings counted
// too: a bound, not a parser.
func depth(text string) int {
	deepest, at := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '[', '{':
			at++
			deepest = max(deepest, at)
		case ']', '}':
			at--
		}
	}
	return deepest
}

// ignore notes a field that could not be read.
func (p *predictForm) ignore(field, rule string) {
	p.ignored = append(p.ignored, field+": "+rule)
}

func (h *Handlers) badField(name string) {
	if h.BadField != nil {
		h.BadField(name)
	}
}
