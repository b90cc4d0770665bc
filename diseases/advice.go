package diseases

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

//go:embed advice/*.json
var adviceFiles embed.FS

// Standard is the language of the answers, and of a client that asks for one
// that is not here.
const Standard = "en"

// The sections of the advice about a disease, in the order in which people read
// them.
const (
	What      = "what"       // what it is
	TellApart = "tell_apart" // how to tell it from its look-alikes
	First     = "first"      // what to do first, without chemicals
	Chemicals = "chemicals"  // groups of products, never a dose
	Waiting   = "waiting"    // between spraying and harvest
	Expert    = "expert"     // when to ask one
)

// Sections are all of them, in order.
var Sections = []string{What, TellApart, First, Chemicals, Waiting, Expert}

// NotMango names the advice for a photo of something else.
const NotMango = "Not a mango"

// Advice is what growers read about the diseases, by language.
type Advice struct {
	Sources   map[string]Source
	Languages []*Language // sorted by code
}

// Source is where a statement can be looked up.
type Source struct {
	Title     string `json:"title"`
	Publisher string `json:"publisher"`
	Address   string `json:"address"` // empty: a file of this project
}

// Language is the advice in one language: one file.
type Language struct {
	Code     string   `json:"-"` // the file's name: "en"
	Name     string   `json:"language"`
	Also     []string // other codes of it
	Note     Statement
	Sections map[string]string      // their titles
	Common   map[string][]Statement // said of every disease
	Diseases map[string]*Texts
}

// Texts are those about one disease.
type Texts struct {
	Name     string            // in this language
	Alone    bool              // no disease: what is common is not said of it
	Drawn    map[string]string // by part: what its drawing shows
	Sections map[string][]Statement
}

// Statement is a sentence or two, and the keys of its sources.
type Statement struct {
	Text    string
	Sources []string
}

// UnmarshalJSON reads ["text", "source", …].
func (s *Statement) UnmarshalJSON(text []byte) error {
	var parts []string
	if err := json.Unmarshal(text, &parts); err != nil {
		return err
	}
	if len(parts) == 0 || parts[0] == "" {
		return errors.New("a statement is a text and the keys of its sources")
	}
	s.Text, s.Sources = parts[0], parts[1:]
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (s Statement) MarshalJSON() ([]byte, error) {
	return json.Marshal(append([]string{s.Text}, s.Sources...))
}

// UnmarshalJSON reads a disease's name and sections, which lie side by side.
func (t *Texts) UnmarshalJSON(text []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	t.Sections = map[string][]Statement{}
	for name, raw := range fields {
		var err error
		switch {
		case name == "name":
			err = json.Unmarshal(raw, &t.Name)
		case name == "alone":
			err = json.Unmarshal(raw, &t.Alone)
		case name == "drawn":
			err = json.Unmarshal(raw, &t.Drawn)
		case slices.Contains(Sections, name):
			var all []Statement
			err = json.Unmarshal(raw, &all)
			t.Sections[name] = all
		default:
			err = fmt.Errorf("there is no section %q", name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// In is the advice in a language, nil where there is none. A region does not
// count: "fil-PH" is "fil".
func (a Advice) In(code string) *Language {
	code, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(code)), "-")
	for _, l := range a.Languages {
		if l.Code == code || slices.Contains(l.Also, code) {
			return l
		}
	}
	return nil
}

// Of are the sections about a disease with what is common to all, nil where
// nothing is said of it.
func (l *Language) Of(disease string) map[string][]Statement {
	texts := l.Diseases[disease]
	if texts == nil {
		return nil
	}
	out := map[string][]Statement{}
	for _, section := range Sections {
		out[section] = slices.Clone(texts.Sections[section])
		if !texts.Alone {
			out[section] = append(out[section], l.Common[section]...)
		}
	}
	return out
}

// InShort is the advice as one text for what it is and one for what to do.
func (l *Language) InShort(of map[string][]Statement) (information, treatment string) {
	return inOne(of[What]), strings.TrimSpace(strings.Join([]string{inOne(of[First]), inOne(of[Chemicals]), inOne(of[Waiting])}, " "))
}

func inOne(all []Statement) string {
	var texts []string
	for _, s := range all {
		texts = append(texts, s.Text)
	}
	return strings.Join(texts, " ")
}

// readAdvice reads the embedded files.
func readAdvice() (Advice, error) {
	var a Advice
	files, err := adviceFiles.ReadDir("advice")
	if err != nil {
		return a, err
	}
	for _, f := range files { // sorted
		text, err := adviceFiles.ReadFile("advice/" + f.Name())
		if err != nil {
			return a, err
		}
		code := strings.TrimSuffix(f.Name(), ".json")
		if code == "sources" {
			err = json.Unmarshal(text, &a.Sources)
		} else {
			l := &Language{Code: code}
			err = json.Unmarshal(text, l)
			a.Languages = append(a.Languages, l)
		}
		if err != nil {
			return a, fmt.Errorf("cannot read the advice in %s: %w", f.Name(), err)
		}
	}
	if a.In(Standard) == nil {
		return a, fmt.Errorf("cannot read the advice: there is none in %s", Standard)
	}
	return a, nil
}
