package learn_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mangosense/models"
	"mangosense/preprocess"
	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/learn"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/modelset"
)

// picture is one of the photographs as the delivered graph sees it.
type picture struct {
	path, class, group string
	views              []models.Seen
}

const (
	proofRoot = "../../../../shared/data"
	rust      = "Red Rust"
	draws     = 6
)

// TestProof prints the figures of docs/learning.md: a source that the delivered
// head has not learnt, of which few photos a class are learnt and the rest of
// other groups asked; and a disease that no model knows, from 15. `make
// learn-proof` runs it: it takes minutes, and the list of held-out pictures comes
// from the tools. Without the list it is skipped.
func TestProof(t *testing.T) {
	list := os.Getenv("PROOF_HELD")
	if list == "" {
		t.Skip("make learn-proof runs it")
	}
	p := newProof(t)
	held := p.see(t, func(path, _, _ string) bool { return p.held[path] })
	orchard := p.see(t, func(path, _, _ string) bool { return strings.HasPrefix(path, "mldid/") })
	rusty := p.see(t, func(path, label, _ string) bool {
		return strings.HasPrefix(path, "harumanis/") && strings.HasPrefix(label, "Unlisted")
	})
	fmt.Printf("known sessions: %d pictures held out, delivered %s\n", len(held), p.score(nil, held))
	fmt.Printf("new orchard: %d pictures, delivered %s\n", len(orchard), p.score(nil, orchard))
	for _, orientations := range []int{1, 2} {
		for _, n := range []int{3, 5, 10, 20, 40} {
			p.table(t, fmt.Sprintf("%d a class, %d orientations", n, orientations), orchard, held, n, orientations)
		}
	}
	for i := range rusty {
		rusty[i].class = rust
	}
	p.table(t, "new class from 15", rusty, slices.Concat(held, orchard), 15, 2)
	p.kept(t, orchard)
}

type proof struct {
	model  models.Model
	memory *models.Memory
	desk   *diagnose.Diagnoser
	held   map[string]bool
	lines  [][]string
}

func newProof(t *testing.T) *proof {
	t.Helper()
	manifest, err := models.Read("../../../models")
	if err != nil {
		t.Fatal(err)
	}
	pixels, err := preprocess.New(preprocess.Config{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := diagnose.New(diagnose.Config{Photos: pixels, Admission: diagnose.NewAdmission(1, 0, 1<<30)})
	if err != nil {
		t.Fatal(err)
	}
	set, err := modelset.Open(modelset.Config{Manifest: manifest, Interpreters: 1, Answering: d, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close(); set.Close(); pixels.Close() })
	p := &proof{desk: d, held: map[string]bool{}}
	p.model, _ = manifest.ByKind("leaf")
	file, err := p.model.ReadFile(p.model.Memory)
	if err != nil {
		t.Fatal(err)
	}
	if p.memory, err = models.ParseMemory(file, p.model); err != nil {
		t.Fatal(err)
	}
	paths, err := os.Open(os.Getenv("PROOF_HELD"))
	if err != nil {
		t.Fatal(err)
	}
	defer paths.Close()
	for lines := bufio.NewScanner(paths); lines.Scan(); {
		p.held[lines.Text()] = true
	}
	table, err := os.Open(filepath.Join(proofRoot, "manifest.csv"))
	if err != nil {
		t.Skip("the photographs are not here: ", err)
	}
	defer table.Close()
	if p.lines, err = csv.NewReader(table).ReadAll(); err != nil {
		t.Fatal(err)
	}
	return p
}

// see has the graph look at the pictures that want accepts.
func (p *proof) see(t *testing.T, want func(path, label, group string) bool) (out []picture) {
	t.Helper()
	for _, l := range p.lines[1:] { // path, kind, label, session, group
		if l[1] != "leaf" || !want(l[0], l[2], l[4]) {
			continue
		}
		file, err := os.ReadFile(filepath.Join(proofRoot, l[0]))
		if err != nil {
			t.Fatal(err)
		}
		photo, err := p.desk.Probe(file, [32]byte{})
		if err != nil {
			t.Fatal(err)
		}
		sight, err := p.desk.See(context.Background(), photo, mango.Leaf, 8)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, picture{l[0], mango.Canonical(strings.ReplaceAll(l[2], "_", " ")), l[4], sight.Views})
	}
	return out
}

// score is what a head makes of pictures; without one, the delivered head.
type score struct{ recall, right, answered, sureWrong, rust float64 }

func (s score) String() string {
	return fmt.Sprintf("recall %.3f, right %.4f, answered %.3f, wrong with 80 %% %.4f", s.recall, s.right, s.answered, s.sureWrong)
}

func (p *proof) score(out *learn.Outcome, asked []picture) (s score) {
	right, all := map[string]float64{}, map[string]float64{}
	for _, x := range asked {
		class, probability := p.answer(out, x)
		all[x.class]++
		share := 1 / float64(len(asked))
		if class == x.class {
			right[x.class]++
			s.right += share
		} else if probability >= 0.8 {
			s.sureWrong += share
		}
		if class == rust {
			s.rust += share
		}
		if probability >= p.model.Thresholds.Unknown {
			s.answered += share
		}
	}
	for c, n := range all {
		s.recall += right[c] / n / float64(len(all))
	}
	return s
}

// answer is the class and its probability as the program shows it.
func (p *proof) answer(out *learn.Outcome, x picture) (string, float64) {
	classes, delivered := p.model.Classes, p.model.Calibration.Temperature
	h := &models.Head{Orientations: 1, Temperature: delivered}
	if out != nil {
		classes, h = out.Classes, out.Head
	}
	z, one, doubt := make([]float64, len(classes)), make([]float64, len(classes)), 0.0
	for v := range h.Orientations {
		seen := x.views[v*8/h.Orientations]
		if out == nil {
			for k, c := range seen.Classes {
				one[k] = float64(c)
			}
		} else {
			_, t := h.Logits(seen, one)
			doubt += t / float64(h.Orientations)
		}
		for k := range z {
			z[k] += one[k] / float64(h.Orientations)
		}
	}
	h.Temper(z, doubt, delivered)
	top, sum := slices.Max(z), 0.0
	best := slices.Index(z, top)
	for _, v := range z {
		sum += math.Exp(v - top)
	}
	f := p.model.Familiarity
	s := f.Floor + (1-f.Floor)*models.Sigmoid(f.Bias+f.Weight*h.Nearest(x.views[0], best))
	return classes[best], s/sum + (1-s)/float64(len(classes))
}

// few draws whole groups until there are n pictures a class; rest are those of
// other groups.
func few(from []picture, n int, seed uint64) (learnt, rest []picture) {
	rng := rand.New(rand.NewPCG(seed, 1))
	groups := map[string][]picture{}
	for _, x := range from {
		groups[x.class+"/"+x.group] = append(groups[x.class+"/"+x.group], x)
	}
	var names []string
	for name := range groups {
		names = append(names, name)
	}
	slices.Sort(names)
	rng.Shuffle(len(names), func(a, b int) { names[a], names[b] = names[b], names[a] })
	have := map[string]int{}
	for _, name := range names {
		class := groups[name][0].class
		if have[class] >= n {
			rest = append(rest, groups[name]...)
			continue
		}
		for _, x := range groups[name][:min(n-have[class], len(groups[name]))] {
			learnt = append(learnt, x)
			have[class]++
		}
	}
	return learnt, rest
}

// table is a line of means over the draws.
func (p *proof) table(t *testing.T, title string, orchard, others []picture, n, orientations int) {
	t.Helper()
	var mine, old score
	refused, took := 0, time.Duration(0)
	for seed := range uint64(draws) {
		learnt, rest := few(orchard, n, seed)
		var photos []learn.Photo
		for i, x := range learnt {
			group := x.group
			if n == 3 { // a group has three: each is one here, so that there is something to judge by
				group = fmt.Sprint(i)
			}
			photos = append(photos, learn.Photo{Views: x.views, Class: x.class, Group: group})
		}
		begun := time.Now()
		out, err := learn.Learn(context.Background(), learn.Config{Classes: p.model.Classes, Temperature: p.model.Calibration.Temperature,
			Memory: p.memory, Photos: photos, Orientations: orientations})
		took += time.Since(begun)
		if err != nil {
			refused++
			continue
		}
		mine, old = mine.plus(p.score(out, rest)), old.plus(p.score(out, others))
	}
	k := float64(max(draws-refused, 1))
	fmt.Printf("%s: refused %d of %d, %s each\n  the orchard: %s\n  the others: %s, called %s %.4f\n", title, refused, draws, (took / draws).Round(time.Millisecond),
		mine.over(k), old.over(k), rust, old.over(k).rust)
}

func (s score) plus(o score) score {
	return score{s.recall + o.recall, s.right + o.right, s.answered + o.answered, s.sureWrong + o.sureWrong, s.rust + o.rust}
}

func (s score) over(k float64) score {
	return score{s.recall / k, s.right / k, s.answered / k, s.sureWrong / k, s.rust / k}
}

// kept is the time of 200 photos whose features were kept: one orientation each.
func (p *proof) kept(t *testing.T, orchard []picture) {
	t.Helper()
	learnt, _ := few(orchard, 40, 0)
	var photos []learn.Photo
	for _, x := range learnt {
		photos = append(photos, learn.Photo{Views: x.views[:1], Class: x.class, Group: x.group})
	}
	begun := time.Now()
	_, err := learn.Learn(context.Background(), learn.Config{Classes: p.model.Classes, Temperature: p.model.Calibration.Temperature, Memory: p.memory, Photos: photos})
	fmt.Printf("%d photos of one orientation: %s (%v)\n", len(photos), time.Since(begun).Round(time.Millisecond), err)
}
