package diagnose_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"mangosense/models"
	"mangosense/preprocess"
	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/mango"
)

// TestThresholdsAreMet: what just reaches a threshold passes it; the numbers are
// those that the answer gives.
func TestThresholdsAreMet(t *testing.T) {
	base := unfamiliar(member("leaf", fixed{classes: int8s(-10, 30, 10), gate: []byte{120, 140, 130}}))
	base.Model.Familiarity.Threshold, base.Model.Gate.Threshold, base.Model.Thresholds.Unknown = 0, 0, 0
	of := func(m diagnose.Member) mango.Diagnosis {
		t.Helper()
		got, err := diagnoser(t, plain{}, m).Diagnose(context.Background(), shot(t), mango.Request{Kind: mango.Leaf})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	at := of(base)
	sum := math.Exp(-0.8) + math.Exp(1.2) + math.Exp(0.2)
	if g := at.Gate; !g.Present || math.Abs(g.Other-math.Exp(-0.8)/sum) > 1e-12 || math.Abs(g.Leaf-math.Exp(1.2)/sum) > 1e-12 || math.Abs(g.Fruit-math.Exp(0.2)/sum) > 1e-12 {
		t.Errorf("gate %+v", g)
	}
	for _, c := range []struct {
		name                      string
		gate, familiarity, unsure float64
		want                      mango.Verdict
	}{
		{"all just reached", at.Gate.Leaf, at.Familiarity, at.Confidence, mango.Named},
		{"the gate's missed", math.Nextafter(at.Gate.Leaf, 1), at.Familiarity, at.Confidence, mango.NotMango},
		{"familiarity's missed", at.Gate.Leaf, math.Nextafter(at.Familiarity, 1), at.Confidence, mango.Unfamiliar},
		{"the class's missed", at.Gate.Leaf, at.Familiarity, math.Nextafter(at.Confidence, 1), mango.Unsure},
	} {
		m := base
		familiarity, gate := *base.Model.Familiarity, *base.Model.Gate
		m.Model.Familiarity, m.Model.Gate = &familiarity, &gate
		m.Model.Familiarity.Threshold, m.Model.Gate.Threshold, m.Model.Thresholds.Unknown = c.familiarity, c.gate, c.unsure
		if got := of(m); got.Verdict != c.want {
			t.Errorf("%s: %s", c.name, got.Verdict)
		}
	}
	// A setting of all zeros is like nothing: its cosine is 0.
	e := base.Engine.(fixed)
	e.setting = int8s(-128, -128)
	base.Engine = e
	if got, want := of(base).Familiarity, 1/(1+math.Exp(5)); math.Abs(got-want) > 1e-12 {
		t.Errorf("without a setting the familiarity is %v, want %v", got, want)
	}
}

// TestExplainDrawsTheBestClass: the picture is that of the class that the answer
// names, from its own activations.
func TestExplainDrawsTheBestClass(t *testing.T) {
	photo := bytes.Repeat([]byte{90, 120, 40}, 32*32)
	activations := []byte{9, 0, 5, 1, 3, 5, 2, 7, 5, 4, 100, 5} // of three classes at each of four places
	for best, want := range [][]float64{{9, 1, 2, 4}, {0, 3, 7, 100}, {5, 5, 5, 5}} {
		logits := int8s(-10, -10, -10)
		logits[best] = 60
		m := member("leaf", fixed{classes: logits})
		m.Engine = grid{fixed{classes: logits}, activations}
		m.Model.Outputs = append(m.Model.Outputs, models.Output{Role: models.RoleCAM, Index: 1, Size: 12, Height: 2, Width: 2, Channels: 3})
		m.Outputs = append(m.Outputs, diagnose.Quant{Scale: 1})
		d := withPhotos(t, plain{}, diagnose.NewAdmission(1, 0, 1000), diagnose.NewAnswerCache(4, time.Minute), m)
		of := func(explain bool) mango.Diagnosis {
			t.Helper()
			got, err := ask(context.Background(), d, photo, [32]byte{1}, mango.Request{Kind: mango.Leaf, Explain: explain})
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		var drawn bytes.Buffer
		if err := preprocess.Draw(&drawn, photo, m.Model.Input, 30, 40, preprocess.HeatMap{Width: 2, Height: 2, Values: want}); err != nil {
			t.Fatal(err)
		}
		if got := of(true); !bytes.Equal(got.HeatMap, drawn.Bytes()) {
			t.Errorf("class %d: the picture is not its own", best)
		}
		// An explained answer is not kept, and none that was kept is explained.
		if got := of(false); got.Recognised || got.HeatMap != nil {
			t.Errorf("class %d: an explained answer was kept", best)
		}
		if got := of(false); !got.Recognised {
			t.Errorf("class %d: the answer was not kept", best)
		}
		if got := of(true); got.Recognised || got.HeatMap == nil {
			t.Errorf("class %d: answered from memory without a picture", best)
		}
	}
	broken := member("leaf", fixed{classes: int8s(1, 2, 3)})
	broken.Engine = grid{fixed{classes: int8s(1, 2, 3)}, nil}
	broken.Model.Outputs = append(broken.Model.Outputs, models.Output{Role: models.RoleCAM, Index: 1, Size: 12, Channels: 3})
	broken.Outputs = append(broken.Outputs, diagnose.Quant{Scale: 1})
	if _, err := diagnoser(t, plain{}, broken).Diagnose(context.Background(), shot(t), mango.Request{Kind: mango.Leaf, Explain: true}); mango.CodeOf(err) != mango.Internal || !errors.Is(err, preprocess.ErrSpec) {
		t.Errorf("a map without a size: %v", err)
	}
}

// grid answers the same activations for every photo.
type grid struct {
	fixed
	activations []byte
}

func (g grid) Run(ctx context.Context, in []byte, outputs [][]byte) error {
	copy(outputs[1], g.activations)
	return g.fixed.Run(ctx, in, outputs[:1])
}

// TestExplainWithoutAMap: a model that does not tell is answered as ever, this
// time and the next.
func TestExplainWithoutAMap(t *testing.T) {
	d := diagnoser(t, plain{}, member("leaf", fixed{classes: int8s(-10, 60, -10)}))
	for _, explain := range []bool{false, true, true, false} {
		got, err := d.Diagnose(context.Background(), shot(t), mango.Request{Kind: mango.Leaf, Explain: explain})
		if err != nil || got.Disease != "Die Back" || got.HeatMap != nil {
			t.Errorf("explain %v: %s with a picture of %d bytes, %v", explain, got.Disease, len(got.HeatMap), err)
		}
	}
}

// TestGateMayComeFirst: which output is the gate's is the manifest's to say.
func TestGateMayComeFirst(t *testing.T) {
	m := member("leaf", fixed{classes: int8s(-10, 60, -10), gate: []byte{228, 128, 128}})
	m.Engine = fixed{classes: []byte{228, 128, 128}, gate: int8s(-10, 60, -10)} // the other way round
	m.Model.Outputs[0].Index, m.Model.Outputs[1].Index = 1, 0
	m.Outputs[0], m.Outputs[1] = m.Outputs[1], m.Outputs[0]
	got, err := diagnoser(t, plain{}, m).Diagnose(context.Background(), shot(t), mango.Request{Kind: mango.Leaf})
	if err != nil || got.Verdict != mango.NotMango || !got.Gate.Present || got.Ranking[0].Disease != "Die Back" {
		t.Errorf("%s, gate %+v, %v; %v", got.Verdict, got.Gate, got.Ranking, err)
	}
}
