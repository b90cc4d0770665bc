package diseases_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mangosense/diseases"
)

// drawn are what a drawing may consist of: nothing that runs, loads or styles.
var drawn = map[string][]string{
	"svg":            {"viewBox", "xmlns"},
	"defs":           {},
	"g":              {"id", "transform", "clip-path"},
	"path":           {"id", "d", "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap", "stroke-linejoin"},
	"rect":           {"width", "height", "fill"},
	"use":            {"href", "fill", "transform", "clip-path"},
	"clipPath":       {"id"},
	"linearGradient": {"id", "x1", "y1", "x2", "y2"},
	"stop":           {"offset", "stop-color"},
}

var notInName = regexp.MustCompile(`[^a-z0-9]+`)

// TestDrawings: each file is a disease's, of a part that it attacks, refers to
// the outlines alone, and says in every language what it shows.
func TestDrawings(t *testing.T) {
	want := map[string]bool{"outlines": false}
	known := diseases.Known()
	for _, d := range known.Diseases {
		for _, part := range d.Models {
			name := notInName.ReplaceAllString(strings.ToLower(d.Name), "-") + "-" + part
			want[name] = false
			for _, l := range known.Advice.Languages {
				if text := l.Diseases[d.Name].Drawn[part]; len(text) < 20 || !strings.HasSuffix(text, ".") {
					t.Errorf("%s: the drawing %s is described as %q", l.Code, name, text)
				}
			}
		}
		for _, l := range known.Advice.Languages {
			for part := range l.Diseases[d.Name].Drawn {
				if !slices.Contains(d.Models, part) {
					t.Errorf("%s: %s is drawn as a %s, and no model names it there", l.Code, d.Name, part)
				}
			}
		}
	}
	files, err := filepath.Glob("drawings/*.svg")
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".svg")
		if _, ok := want[name]; !ok {
			t.Errorf("%s is the drawing of no disease and part", path)
		}
		want[name] = true
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		total += len(text)
		checkDrawing(t, path, text)
	}
	for name, there := range want {
		if !there {
			t.Errorf("there is no drawing %s", name)
		}
	}
	if total > 60_000 {
		t.Errorf("the drawings have %d bytes; phones keep them all", total)
	}
}

func checkDrawing(t *testing.T, path string, text []byte) {
	t.Helper()
	own := strings.HasSuffix(path, "outlines.svg")
	for d := xml.NewDecoder(bytes.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		attributes, ok := drawn[e.Name.Local]
		if !ok {
			t.Errorf("%s: a drawing has no <%s>", path, e.Name.Local)
		}
		for _, a := range e.Attr {
			switch name := a.Name.Local; {
			case !slices.Contains(attributes, name):
				t.Errorf("%s: <%s> has no %s", path, e.Name.Local, name)
			case name == "href" && own != strings.HasPrefix(a.Value, "#"),
				name == "href" && !own && !strings.HasPrefix(a.Value, "outlines.svg#"),
				name == "id" && !own:
				t.Errorf("%s: %s=%q: a drawing refers to the outlines, and to nothing of its own", path, name, a.Value)
			}
		}
	}
}
