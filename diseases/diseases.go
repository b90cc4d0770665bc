// Package diseases is the one place that knows the diseases by name:
// diseases.json, embedded here and read by the training tools too, and advice,
// what growers read about each of them, one file a language. Beside them lie
// drawings, one file a disease and part, which the pages show with the advice;
// a disease without one is shown without.
//
// Caveats. The order of features is the place of a symptom in the model's
// feature vector, and stored_as is a byte in stored records: never reorder or
// reuse either. A new disease needs no stored_as; its name is then spelled out.
// A statement of the advice without a source, a dose or a trade name fails the
// tests: people spray by it.
//
// A disease has a name, the models that can name it, the advice shown with it
// (advice.go), and the prompts that a grower is asked. It is not what a user edits: an
// administrator's texts are in the store, which starts with these.
//
// Callers: mango for spelling and advice, store for its first vocabulary.
package diseases

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
)

//go:embed diseases.json
var file []byte

// Table is the data file.
type Table struct {
	Features map[string][]string // by part: the model's feature vector
	Aliases  []Alias
	Diseases []Disease
	Fallback map[string][]Prompt // by part: what is asked of anything unknown
	Advice   Advice              `json:"-"`
}

// Disease is one class, healthy and unknown included.
type Disease struct {
	Name        string
	Models      []string            // leaf, fruit: the models that can name it
	Torn        bool                // its leaves lack parts, so that a cut-out may have holes
	StoredAs    byte                `json:"stored_as"` // 0: spelled out
	Information string              // what it is; of the English advice where there is some
	Treatment   string              // what to do, likewise
	Formerly    []string            // texts that older databases begin with: nobody's edits
	Prompts     map[string][]Prompt // by part
}

// Alias leads words of growers and textbooks to a symptom's key.
type Alias struct {
	Key   string
	Words []string
}

// Prompt is a symptom as a grower is asked for it.
type Prompt struct{ Key, Label string }

// UnmarshalJSON reads ["key", "label"].
func (p *Prompt) UnmarshalJSON(text []byte) error {
	var pair []string
	if err := json.Unmarshal(text, &pair); err != nil {
		return err
	}
	if len(pair) != 2 {
		return fmt.Errorf("a prompt is a key and a label: %s", text)
	}
	p.Key, p.Label = pair[0], pair[1]
	return nil
}

// Known is the table of this program.
var Known = sync.OnceValue(func() *Table {
	advice, err := readAdvice()
	if err != nil {
		panic(err) // the files are part of the program, and tested
	}
	t, err := parse(file, advice)
	if err != nil {
		panic(err)
	}
	return t
})

var errIncomplete = errors.New("a disease needs a name and a treatment")

func parse(text []byte, advice Advice) (*Table, error) {
	t := Table{Advice: advice}
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, fmt.Errorf("cannot read the diseases: %w", err)
	}
	names, codes := map[string]bool{}, map[byte]string{}
	for i := range t.Diseases {
		d := &t.Diseases[i]
		if english := advice.In(Standard); english != nil && english.Diseases[d.Name] != nil {
			d.Information, d.Treatment = english.InShort(english.Of(d.Name))
		}
		if d.Name == "" || d.Treatment == "" {
			return nil, fmt.Errorf("cannot read the disease %q: %w", d.Name, errIncomplete)
		}
		if names[d.Name] {
			return nil, fmt.Errorf("cannot read the diseases: %s is there twice", d.Name)
		}
		names[d.Name] = true
		if other := codes[d.StoredAs]; d.StoredAs != 0 && other != "" {
			return nil, fmt.Errorf("cannot read the diseases: %s and %s are both stored as %d", other, d.Name, d.StoredAs)
		}
		codes[d.StoredAs] = d.Name
	}
	return &t, nil
}
