package diagnose

import (
	"context"
	"fmt"
	"sync"

	"mangosense/models"
	"mangosense/server/internal/mango"
)

// Engine runs one model. Run blocks until an interpreter is free or ctx ends,
// and copies input and outputs; a nil output is left out.
type Engine interface {
	Run(ctx context.Context, input []byte, outputs [][]byte) error
}

// Member is a loaded model: its numbers, the engine that runs it, and how each
// of the engine's outputs is quantised.
type Member struct {
	Model   models.Model
	Engine  Engine
	Outputs []Quant
	// Learnt is the head that learnt an orchard; nil: the graph's own answers.
	Learnt *models.Head
}

// head is a member in use, with the buffers of its runs.
type head struct {
	Member
	names         []string      // of the classes, as clients know them
	generation    uint64        // counts replacements: answers cached under an earlier one are stale
	classes, gate int           // output indices, gate −1 without one
	setting, near models.Output // the two sides of familiarity; Size 0 without it
	cam           models.Output // Size 0 without one
	features      models.Output // Size 0 where nobody reads them
	buffers       sync.Pool
	users         sync.WaitGroup // photos under way
}

// buffer is what one run needs; it belongs to the run until put back.
type buffer struct {
	input   []byte
	raw     [][]byte // one an output of the graph, nil where nobody reads it
	classes []float64
	gate    []float64

	setting, near []float64
	learnt        *learntBuffer // nil without a head that learnt
}

func newHead(m Member) (*head, error) {
	h := &head{Member: m, gate: -1}
	if len(m.Outputs) != len(m.Model.Outputs) {
		return nil, fmt.Errorf("cannot use model %s: %w: %d outputs, the manifest lists %d",
			m.Model.ID, ErrOutput, len(m.Outputs), len(m.Model.Outputs))
	}
	if h.Model.Files.Head.Name != "" && m.Learnt == nil {
		return nil, fmt.Errorf("cannot use model %s: %w: its head is not loaded", m.Model.ID, ErrOutput)
	}
	classes, ok := m.Model.Output(models.RoleClasses)
	if !ok {
		return nil, fmt.Errorf("cannot use model %s: %w: no class output", m.Model.ID, ErrOutput)
	}
	h.classes = classes.Index
	for _, c := range m.Model.Classes {
		h.names = append(h.names, mango.Canonical(c))
	}
	gate, hasGate := m.Model.Output(models.RoleGate)
	if hasGate {
		h.gate = gate.Index
	}
	if m.Model.Familiarity != nil { // models.Read has checked that both exist
		h.setting, _ = m.Model.Output(models.RoleSetting)
		h.near, _ = m.Model.Output(models.RoleNear)
	}
	h.cam, _ = m.Model.Output(models.RoleCAM)
	if m.Learnt != nil { // models.ParseHead has checked that they exist
		h.features, _ = m.Model.Output(models.RoleFeatures)
		h.setting, _ = m.Model.Output(models.RoleSetting)
		h.near, _ = m.Model.Output(models.RoleNear)
	}
	h.buffers.New = func() any {
		b := &buffer{
			input:   make([]byte, m.Model.Input.Bytes()),
			raw:     make([][]byte, len(m.Outputs)),
			classes: make([]float64, classes.Size),
		}
		b.raw[classes.Index] = make([]byte, classes.Size)
		if h.near.Size > 0 {
			b.raw[h.setting.Index] = make([]byte, h.setting.Size)
			b.raw[h.near.Index] = make([]byte, h.near.Size)
			b.setting, b.near = make([]float64, h.setting.Size), make([]float64, h.near.Size)
		}
		if m.Learnt != nil {
			b.raw[h.features.Index] = make([]byte, h.features.Size)
			b.learnt = newLearntBuffer(h)
		}
		if hasGate {
			b.raw[gate.Index] = make([]byte, gate.Size)
			b.gate = make([]float64, gate.Size)
		}
		return b
	}
	return h, nil
}

// run infers from b.input and fills in what the outputs say.
func (h *head) run(ctx context.Context, b *buffer, d *mango.Diagnosis, explain bool) error {
	if explain && h.cam.Size > 0 {
		b.raw[h.cam.Index] = make([]byte, h.cam.Size)
		defer func() { b.raw[h.cam.Index] = nil }() // costs nothing when off
	}
	if err := h.Engine.Run(ctx, b.input, b.raw); err != nil {
		return fmt.Errorf("cannot run model %s: %w", h.Model.ID, err)
	}
	if h.gate >= 0 { // before other orientations of the photo run
		h.Outputs[h.gate].dequantise(b.gate, b.raw[h.gate])
	}
	h.Outputs[h.classes].dequantise(b.classes, b.raw[h.classes])
	p := b.classes
	gain := 0.0 // of the gate's own logit
	if h.Learnt != nil {
		r, err := h.runLearnt(ctx, b)
		if err != nil {
			return fmt.Errorf("cannot run model %s: %w", h.Model.ID, err)
		}
		p, gain = b.learnt.mean, r*h.Learnt.Gate
	}
	places := order(p)
	temperature := h.Model.Calibration.Temperature
	if h.Learnt != nil {
		temperature = 1 // in it already
	}
	softmax(p, temperature)
	d.Familiarity = 1
	if f := h.Model.Familiarity; f != nil {
		c := 0.0
		if h.Learnt != nil {
			c = h.Learnt.Nearest(b.learnt.seen, places[0])
		} else {
			h.Outputs[h.setting.Index].dequantise(b.setting, b.raw[h.setting.Index])
			h.Outputs[h.near.Index].dequantise(b.near, b.raw[h.near.Index])
			c = cosine(b.setting, b.near, p)
		}
		d.Familiarity = familiar(c, f)
		dampen(p, d.Familiarity)
	}
	d.Ranking = rank(h.names, p, places)
	d.Confidence = d.Ranking[0].Probability
	if h.gate >= 0 {
		h.gainOwn(b.gate, gain)
		softmax(b.gate, h.Model.Gate.Temperature)
		d.Gate = h.openGate(b.gate)
	} else {
		d.Gate = mango.Gate{Passed: true}
	}
	h.decide(d)
	if explain && h.cam.Size > 0 {
		return h.explain(b, d)
	}
	return nil
}

// openGate reads the second head for the model's own kind.
func (h *head) openGate(p []float64) mango.Gate {
	g := mango.Gate{Present: true, Threshold: h.Model.Gate.Threshold}
	for i, name := range h.Model.Gate.Classes {
		switch name {
		case "leaf":
			g.Leaf = p[i]
		case "fruit":
			g.Fruit = p[i]
		case "other":
			g.Other = p[i]
		}
	}
	own := g.Of(mango.Kind(h.Model.Kind))
	g.Passed = own >= g.Threshold
	return g
}

// decide checks the reasons not to name a class first: no mango, unfamiliar,
// not probable enough.
func (h *head) decide(d *mango.Diagnosis) {
	best := d.Ranking[0]
	d.Disease = mango.Unknown
	switch {
	case !d.Gate.Passed:
		d.Verdict = mango.NotMango
	case h.Model.Familiarity != nil && d.Familiarity < h.Model.Familiarity.Threshold:
		d.Verdict = mango.Unfamiliar
	case best.Probability < h.Model.Thresholds.Unknown:
		d.Verdict = mango.Unsure
	default:
		d.Verdict, d.Disease = mango.Named, best.Disease
	}
}
