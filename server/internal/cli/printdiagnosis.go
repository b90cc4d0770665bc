package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"

	"mangosense/server/internal/mango"
)

// printer writes diagnoses for people or, with --json, for programs.
type printer struct {
	w     io.Writer
	json  *json.Encoder // nil: for people
	count int
}

func newPrinter(w io.Writer, asJSON bool) *printer {
	p := &printer{w: w}
	if asJSON {
		p.json = json.NewEncoder(w)
		p.json.SetEscapeHTML(false)
	}
	return p
}

// The lines of --json; their names are relied on by scripts.
type (
	jsonGate struct {
		Leaf   float64 `json:"leaf"`
		Fruit  float64 `json:"fruit"`
		Other  float64 `json:"other"`
		Passed bool    `json:"passed"`
	}
	jsonTimes struct {
		Decode float64 `json:"decode"`
		Resize float64 `json:"resize"`
		Infer  float64 `json:"infer"`
		Total  float64 `json:"total"`
	}
	// jsonTree is the last line of --tree.
	jsonTree struct {
		Tree          bool               `json:"tree"`
		Photos        int                `json:"photos"`
		Counted       int                `json:"counted"` // photos the gate let through
		Kind          string             `json:"kind"`
		Disease       string             `json:"disease"`
		Verdict       string             `json:"verdict"`
		Confidence    float64            `json:"confidence"`
		Probabilities map[string]float64 `json:"probabilities"`
	}
	jsonLine struct {
		Path          string             `json:"path"`
		Kind          *string            `json:"kind"`
		Disease       *string            `json:"disease"`
		Verdict       *string            `json:"verdict"`
		Confidence    *float64           `json:"confidence"`
		Probabilities map[string]float64 `json:"probabilities"`
		Gate          *jsonGate          `json:"gate"`
		Familiarity   *float64           `json:"familiarity"`
		Model         *string            `json:"model"`
		Version       *string            `json:"version"`
		Milliseconds  *jsonTimes         `json:"milliseconds"`
		Error         *string            `json:"error"`
	}
)

func (p *printer) print(path string, d *mango.Diagnosis, fault error) error {
	p.count++
	if p.json != nil {
		return p.json.Encode(line(path, d, fault))
	}
	path = printableName(path)
	if fault != nil {
		_, err := fmt.Fprintf(p.w, "%s: error: %s\n", path, printable(sentence(fault)))
		return err
	}
	_, err := fmt.Fprintf(p.w, "%s: %s\n", path, describe(d))
	return err
}

func line(path string, d *mango.Diagnosis, fault error) jsonLine {
	l := jsonLine{Path: path}
	if fault != nil {
		text := sentence(fault)
		l.Error = &text
		return l
	}
	kind, verdict := string(d.Kind), string(d.Verdict)
	l.Kind, l.Disease, l.Verdict, l.Confidence = &kind, &d.Disease, &verdict, &d.Confidence
	l.Model, l.Version = &d.Model.ID, &d.Model.Version
	l.Probabilities = byName(d.Ranking)
	if d.Gate.Present {
		l.Gate = &jsonGate{d.Gate.Leaf, d.Gate.Fruit, d.Gate.Other, d.Gate.Passed}
	}
	l.Familiarity = &d.Familiarity
	l.Milliseconds = &jsonTimes{ms(d.Timings.Decode), ms(d.Timings.Resize), ms(d.Timings.Infer), ms(d.Timings.Total)}
	return l
}

// byName is a ranking as programs like it.
func byName(ranking []mango.Class) map[string]float64 {
	out := make(map[string]float64, len(ranking))
	for _, c := range ranking {
		out[c.Disease] = c.Probability
	}
	return out
}

// printTree prints the verdict over all photos.
func (p *printer) printTree(d *mango.Diagnosis, photos, counted int) error {
	if p.json != nil {
		return p.json.Encode(jsonTree{true, photos, counted, string(d.Kind), d.Disease, string(d.Verdict), d.Confidence, byName(d.Ranking)})
	}
	_, err := fmt.Fprintf(p.w, "the tree, from %d of %d photos: %s\n", counted, photos, describe(d))
	return err
}

// ms is a duration in milliseconds, to the microsecond.
func ms(t time.Duration) float64 { return math.Round(float64(t)/1e3) / 1e3 }

// notMango says what the gate saw instead.
func notMango(d *mango.Diagnosis) string {
	other := mango.Fruit
	if d.Kind == mango.Fruit {
		other = mango.Leaf
	}
	if p := d.Gate.Of(other); p > d.Gate.Of(d.Kind) && p > d.Gate.Other {
		return fmt.Sprintf("not a mango %s; it looks like a mango %s, %.1f %%", d.Kind, other, p*100)
	}
	return fmt.Sprintf("not a mango %s, %.1f %%", d.Kind, (1-d.Gate.Of(d.Kind))*100)
}

// describe is one line for people.
func describe(d *mango.Diagnosis) string {
	switch d.Verdict {
	case mango.NotMango:
		return notMango(d)
	case mango.Named:
		return fmt.Sprintf("%s, %.1f %% (%s, %.0f ms)", d.Disease, d.Confidence*100, d.Kind, ms(d.Timings.Total))
	default:
		return fmt.Sprintf("%s; most likely %s, %.1f %% (%s, %.0f ms)", mango.Unknown, d.Ranking[0].Disease, d.Confidence*100, d.Kind, ms(d.Timings.Total))
	}
}
