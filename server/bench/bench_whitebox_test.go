package main

import (
	"encoding/xml"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func someRun() findings {
	f := findings{healthy: sample{100, 120, 140}, idle: sample{70, 70, 71}}
	for _, mp := range megapixels {
		p := &photo{mp: mp, ours: []sample{{mp + 3, mp + 4}, {mp + 3}}, floor: []sample{{mp + 2}, {mp + 2}}, naive: []sample{{40 * mp}, {44 * mp}}}
		p.overFloor, p.naiveOvOurs = over(p.ours, p.floor), over(p.naive, p.ours)
		f.photos = append(f.photos, p)
	}
	f.crowds = []crowd{{clients: 32, photos: 128, ok: 128, peak: sample{150}}, {clients: 64, photos: 256, ok: 100, busy: 155, lost: 1, peak: sample{170}}}
	f.groups = []group{{Clients: 1, OverUsual: 5, OverBest: 1.3, Best: "(b)", P99: 0.6, Steadiest: "(b)", Memory: 0.5, Resident: 0.24}}
	return f
}

func TestPartsAreReplacedAndNothingElse(t *testing.T) {
	b := bench{page: filepath.Join(t.TempDir(), "page.md")}
	const page = "# head\n<!-- bench:start -->\nold\n<!-- /bench:start -->\nprose\n"
	if err := os.WriteFile(b.page, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := b.write("start", "\nnew\n"); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(b.page)
	if want := strings.Replace(page, "old", "new", 1); err != nil || string(got) != want {
		t.Errorf("%v, the page is %q, want %q", err, got, want)
	}
	if err := b.write("flood", "x"); err == nil {
		t.Error("a part without markers was written")
	}
}

func TestEveryStepHasItsPlaceOnThePage(t *testing.T) {
	page, err := os.ReadFile("../../docs/benchmarks.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names(), "targets") {
		if !strings.Contains(string(page), "<!-- bench:"+name+" -->") || !strings.Contains(string(page), "<!-- /bench:"+name+" -->") {
			t.Errorf("docs/benchmarks.md has no place for %s", name)
		}
	}
}

func TestTableSaysYesAndNo(t *testing.T) {
	f := someRun()
	text := f.table()
	for _, line := range []string{
		"| 12 MP: at least 6 × as fast as the naive way | 35.2 (30.0–35.2) × | yes |",
		"| 1 client: p99 at most half of the best | 0.60 × (b) | **no** |",
		"| 64 clients with 12 MP photos: peak at most 160 MB | 170 (170–170) MB | **no** |",
		"| at least half of them answered, the rest 503 | 100 of 256 answered, 155 × 503, 1 lost | **no** |",
		"| start to healthy under 300 ms | 120 (120–140) ms | yes |",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
}

func TestPlotIsSoundXML(t *testing.T) {
	f := someRun()
	for d := xml.NewDecoder(strings.NewReader(drawPhotos(f.photos))); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if text := drawPhotos(f.photos); strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
		t.Error("a place in the plot is no number")
	}
}

func TestLine(t *testing.T) {
	start, slope, explained := line([]float64{1, 2, 4}, []float64{5, 7, 11})
	if math.Abs(start-3) > 1e-9 || math.Abs(slope-2) > 1e-9 || math.Abs(explained-1) > 1e-9 {
		t.Errorf("%g + %g x, %g", start, slope, explained)
	}
}
