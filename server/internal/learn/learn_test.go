package learn_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"mangosense/models"
	"mangosense/server/internal/learn"
)

const (
	features = 40
	settings = 8
)

// orchard makes photos by chance: classes are directions of features, and an
// orchard's are other ones than those that the delivered head knows.
type orchard struct {
	rng     *rand.Rand
	classes []string
}

func newOrchard(seed uint64) *orchard {
	return &orchard{rand.New(rand.NewPCG(seed, 7)), []string{"a", "b", "c"}}
}

// seen is a picture of a class; shift moves what its class looks like, setting
// is where it was taken.
func (o *orchard) seen(class, shift, setting int) models.Seen {
	f, z, s := make([]float32, features), make([]float32, len(o.classes)), make([]float32, settings)
	for i := range f {
		f[i] = float32(0.3 + 0.3*o.rng.Float64())
	}
	at := (class + shift) * 5 % features
	for i := range 5 {
		f[at+i] += float32(1 + o.rng.Float64())
	}
	for k := range z {
		for i := range 5 {
			z[k] += f[k*5+i] - 0.5
		}
	}
	for i := range s {
		s[i] = float32(0.2 * o.rng.NormFloat64())
	}
	s[setting] += 3
	return models.NewSeen(f, z, s, make([]float32, len(z)))
}

func (o *orchard) memory() *models.Memory {
	m := &models.Memory{}
	for i := range 60 {
		m.Seen = append(m.Seen, o.seen(i%3, 0, 0))
		m.Class, m.Group = append(m.Class, i%3), append(m.Group, i/2)
	}
	return m
}

// photos are n of a class, two a group.
func (o *orchard) photos(name string, class, shift, n int) (out []learn.Photo) {
	for i := range n {
		out = append(out, learn.Photo{Views: []models.Seen{o.seen(class, shift, 1)}, Class: name, Group: fmt.Sprint(name, i/2)})
	}
	return out
}

func (o *orchard) learn(photos ...[]learn.Photo) (*learn.Outcome, error) {
	cfg := learn.Config{Classes: o.classes, Temperature: 1, Memory: o.memory()}
	for _, p := range photos {
		cfg.Photos = append(cfg.Photos, p...)
	}
	return learn.Learn(context.Background(), cfg)
}

// recall is how many of 60 new pictures of a class a head names right.
func (o *orchard) recall(t *testing.T, out *learn.Outcome, name string, class, shift, setting int) float64 {
	t.Helper()
	right := 0
	for range 60 {
		z := make([]float64, len(out.Classes))
		out.Head.Logits(o.seen(class, shift, setting), z)
		best := 0
		for k := range z {
			if z[k] > z[best] {
				best = k
			}
		}
		if out.Classes[best] == name {
			right++
		}
	}
	return float64(right) / 60
}

// TestLearnsAnOrchard: its classes are named right afterwards, a new one too, and
// the known sessions as before.
func TestLearnsAnOrchard(t *testing.T) {
	o := newOrchard(1)
	out, err := o.learn(o.photos("a", 0, 1, 12), o.photos("b", 1, 1, 12), o.photos("rust", 5, 0, 12))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name                  string
		class, shift, setting int
	}{{"a", 0, 1, 1}, {"b", 1, 1, 1}, {"rust", 5, 0, 1}, {"a", 0, 0, 0}, {"c", 2, 0, 0}} {
		if got := o.recall(t, out, c.name, c.class, c.shift, c.setting); got < 0.95 {
			t.Errorf("%s in setting %d: recall %.2f", c.name, c.setting, got)
		}
	}
	if r := out.Report; r.After <= r.Before || r.OldAfter < r.OldBefore || len(out.Classes) != 4 || out.Classes[3] != "rust" {
		t.Errorf("%v: %+v", out.Classes, r)
	}
	if b, err := out.Head.Pack(); err != nil || len(b) == 0 {
		t.Error(err)
	}
}

// TestRefuses: each of these would make a model that nobody could trust.
func TestRefuses(t *testing.T) {
	o := newOrchard(2)
	one := func(photos []learn.Photo) []learn.Photo {
		for i := range photos {
			photos[i].Group = "one leaf"
		}
		return photos
	}
	random := append(o.photos("a", 0, 0, 20), o.photos("b", 1, 0, 20)...)
	for i := range random {
		random[i].Class = []string{"a", "b"}[o.rng.IntN(2)]
	}
	for _, c := range []struct {
		name   string
		photos []learn.Photo
		want   string
	}{
		{"nothing", nil, "no photo"},
		{"one class, which is known", o.photos("a", 0, 1, 20), "one class alone"},
		{"a new class of nine", append(o.photos("a", 0, 1, 12), o.photos("rust", 5, 0, 9)...), "needs 10"},
		{"two of a class", append(o.photos("a", 0, 1, 12), o.photos("b", 1, 1, 2)...), "needs 3"},
		{"copies of one leaf", append(o.photos("a", 0, 1, 12), one(o.photos("b", 1, 1, 12))...), "one leaf"},
		{"labels by chance", random, "no better"},
		{"what it knows already", append(o.photos("a", 0, 0, 12), o.photos("b", 1, 0, 12)...), "no better"},
	} {
		out, err := o.learn(c.photos)
		var refusal *learn.Refusal
		if !errors.As(err, &refusal) || !strings.Contains(refusal.Sentence, c.want) {
			t.Errorf("%s: %v, want a refusal with %q", c.name, err, c.want)
		}
		if out.Head != nil {
			t.Errorf("%s: a head all the same", c.name)
		}
	}
}

// TestWrongLabels: of ten photos in a hundred that bear a wrong name, the head
// follows few: it loses at most 8 points against one of right names.
func TestWrongLabels(t *testing.T) {
	recall := func(wrong bool) float64 {
		o := newOrchard(3)
		all := [][]learn.Photo{o.photos("a", 0, 1, 30), o.photos("b", 1, 1, 30), o.photos("c", 2, 1, 30)}
		if wrong {
			for i := range all {
				for k := range 3 {
					all[i][k*10].Class = o.classes[(i+1)%3]
				}
			}
		}
		out, err := o.learn(all...)
		if err != nil {
			t.Fatal(err)
		}
		return (o.recall(t, out, "a", 0, 1, 1) + o.recall(t, out, "b", 1, 1, 1) + o.recall(t, out, "c", 2, 1, 1)) / 3
	}
	if right, wrong := recall(false), recall(true); wrong < right-0.08 {
		t.Errorf("recall %.2f with wrong labels, %.2f without", wrong, right)
	}
}

func TestEndsWithItsContext(t *testing.T) {
	o := newOrchard(4)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	cfg := learn.Config{Classes: o.classes, Temperature: 1, Memory: o.memory(), Photos: append(o.photos("a", 0, 1, 12), o.photos("b", 1, 1, 12)...)}
	if out, err := learn.Learn(ctx, cfg); !errors.Is(err, context.Canceled) || out.Head != nil {
		t.Errorf("%v", err)
	}
}

func TestGroups(t *testing.T) {
	var a, b, turned learn.Print
	for i := range a {
		a[i], b[i] = byte(i*3), byte(255-i*2)
	}
	for y := range 8 {
		for x := range 8 {
			turned[8*y+x] = a[8*x+7-y] + 2 // a quarter turn, saved again
		}
	}
	got := learn.Groups([]learn.Print{a, b, turned, b, {}}, []string{"", "", "", "", ""})
	if got[0] != got[2] || got[1] != got[3] || got[0] == got[1] || got[4] == got[0] {
		t.Errorf("near copies: %v", got)
	}
	got = learn.Groups([]learn.Print{a, b, {}}, []string{"tree 1", "tree 1", "tree 2"})
	if got[0] != got[1] || got[0] == got[2] {
		t.Errorf("names: %v", got)
	}
}
