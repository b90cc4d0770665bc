package photos

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// The longest texts that are kept of a predict form, in characters.
const (
	maxDisease  = 50
	maxFeedback = 5000
	maxLabel    = 60
)

// maxAnswers is how many bytes of JSON are kept with a photo, all fields
// together: eight times what the app sends. A page of a thousand records must
// fit into memory whoever stored them.
const maxAnswers = 16 << 10

// predictForm is what a client sends: photos, and what it says beside them.
type predictForm struct {
	photos   []intake.Photo
	kind     mango.Kind
	preview  bool
	once     *mango.Once // nil: a repetition is another save
	lost     error       // why nothing can be stored although it should be
	location *mango.Location
	label    string
	answers  mango.Answers
	ignored  []string // what could not be read, as "field: rule"
}

// readForm reads a form of photos. No photo, a detection_type that is none, and who
// may not store refuse the request.
func (h *Handlers) readForm(c *kit.Call, form *upload.Form) (*predictForm, error) {
	if len(form.Files) == 0 || len(form.Files[0].Bytes()) == 0 {
		return nil, kit.Counted(&mango.Error{Code: mango.Invalid, Public: "No image uploaded", Fields: []string{"Image file is required"}})
	}
	f := kit.Fields(form.Fields)
	kind, ok := f.Kind("detection_type")
	switch {
	case f.Trimmed("detection_type") == "":
		kind = mango.Leaf
	case !ok:
		return nil, kit.Counted(mango.Errorf(mango.Invalid, "detection_type must be leaf or fruit."))
	}
	p := &predictForm{kind: kind, preview: f.Truth("preview_only")}
	if !p.preview {
		var err error
		if p.lost, err = c.MayStore(); err != nil {
			return nil, err
		}
		if p.once, err = c.Once(form); err != nil {
			return nil, kit.Counted(err)
		}
	}
	p.location, p.answers = h.readLocation(f, p), h.readAnswers(f, p)
	p.label = mango.ClipText(f.Trimmed("label"), maxLabel)
	p.photos = kit.Photos(form)
	return p, nil
}

// readAnswers reads what the app adds about symptoms and diseases: it is taken
// where it can be read, left out where not, counted, and named in the answer.
func (h *Handlers) readAnswers(f kit.Fields, p *predictForm) mango.Answers {
	left := maxAnswers
	a := mango.Answers{
		SelectedSymptoms:    h.readJSON(f, p, "selected_symptoms", '[', &left),
		PrimarySymptoms:     h.readJSON(f, p, "primary_symptoms", '[', &left),
		AlternativeSymptoms: h.readJSON(f, p, "alternative_symptoms", '[', &left),
		TopDiseases:         h.readJSON(f, p, "top_diseases", '[', &left),
		SymptomsData:        h.readJSON(f, p, "symptoms_data", '{', &left),
		DetectedDisease:     f.Class("detected_disease", maxDisease, h.Store.CanonicalClass),
		Feedback:            f.Text("user_feedback", maxFeedback),
	}
	if f.Refuses(placeConsent) {
		for _, said := range []*[]byte{&a.SelectedSymptoms, &a.PrimarySymptoms, &a.AlternativeSymptoms, &a.TopDiseases, &a.SymptomsData} {
			*said = withoutPlace(*said)
		}
	}
	if f.Trimmed("is_detection_correct") != "" {
		a.Correct = new(f.Truth("is_detection_correct"))
	}
	return a
}

// readJSON is a field's JSON text if it is valid, not too deep, begins as it
// should and fits into the bytes that are left; else nothing.
func (h *Handlers) readJSON(f kit.Fields, p *predictForm, name string, opens byte, left *int) []byte {
	text := f.Trimmed(name)
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
