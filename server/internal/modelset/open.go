package modelset

import (
	"errors"
	"fmt"
	"slices"

	"mangosense/models"
	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/mango"
	"mangosense/tflite"
)

// model is one that is open.
type model struct {
	diagnose.Member
	engine *tflite.Model
}

// open is the only way to open a model: at the start, in a switch, a reload and
// a check (a test holds them to it). What the library gets must have the digest
// that the manifest says, and fit what the manifest says of it.
func open(manifest *models.Manifest, m models.Model, interpreters int) (*model, error) {
	engine, err := tflite.Open(manifest.TFLitePath(m), tflite.Config{Interpreters: interpreters, SHA256: m.Files.TFLite.SHA256})
	if errors.Is(err, tflite.ErrDigest) || errors.Is(err, tflite.ErrDamaged) {
		return nil, fmt.Errorf("%w (restore the file and manifest.json together; `mangosense check` examines all of them)", err)
	}
	if err != nil {
		return nil, err
	}
	outputs, err := fit(m, engine.Info())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot use %s: %w", m.Files.TFLite.Name, unfit{err}), engine.Close())
	}
	learnt, err := openHead(m)
	if err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	return &model{diagnose.Member{Model: m, Engine: engine, Outputs: outputs, Learnt: learnt}, engine}, nil
}

// openHead reads the head that learnt an orchard, nil where the model has none.
func openHead(m models.Model) (*models.Head, error) {
	if m.Files.Head.Name == "" {
		return nil, nil
	}
	file, err := m.ReadFile(m.Files.Head)
	if err != nil {
		return nil, fmt.Errorf("cannot open the head of %s: %w", m.ID, err)
	}
	head, err := models.ParseHead(file, m)
	if err != nil {
		return nil, fmt.Errorf("cannot use %s: %w", m.Files.Head.Name, unfit{err})
	}
	return head, nil
}

// fit compares what the graph has with what the manifest says of it.
func fit(m models.Model, info tflite.Info) ([]diagnose.Quant, error) {
	in := info.Input
	want := []int{1, m.Input.Height, m.Input.Width, m.Input.Channels}
	if in.Type != tflite.UInt8 || !slices.Equal(in.Shape, want) {
		return nil, fmt.Errorf("the input is %s %v, the manifest says uint8 %v", in.Type, in.Shape, want)
	}
	if d := in.Scale/m.Input.Scale - 1; in.ZeroPoint != m.Input.ZeroPoint || d > 1e-3 || d < -1e-3 {
		return nil, fmt.Errorf("the input's quantisation is %g/%d, the manifest says %g/%d", in.Scale, in.ZeroPoint, m.Input.Scale, m.Input.ZeroPoint)
	}
	if len(info.Outputs) != len(m.Outputs) {
		return nil, fmt.Errorf("it has %d outputs, the manifest lists %d", len(info.Outputs), len(m.Outputs))
	}
	quants := make([]diagnose.Quant, len(info.Outputs))
	for _, o := range m.Outputs {
		t := info.Outputs[o.Index]
		if t.Type.String() != o.DType || (t.Type != tflite.Int8 && t.Type != tflite.UInt8) {
			return nil, fmt.Errorf("output %d (%s) is %s, the manifest says %s", o.Index, o.Role, t.Type, o.DType)
		}
		size := 1
		for _, n := range t.Shape {
			size *= n
		}
		if size != o.Size {
			return nil, fmt.Errorf("output %d (%s) has %d values, the manifest says %d", o.Index, o.Role, size, o.Size)
		}
		quants[o.Index] = diagnose.Quant{Signed: t.Type == tflite.Int8, Scale: t.Scale, ZeroPoint: t.ZeroPoint}
	}
	return quants, nil
}

// Fits is nil where the graph of a kind has these scales and zero points: what
// was made with it, is still of it.
func (s *Set) Fits(kind mango.Kind, scales map[string][2]float64) error {
	m := s.now.Load().active[kind]
	if m == nil {
		return fmt.Errorf("%w: %q", diagnose.ErrNoModel, kind)
	}
	for role, want := range scales {
		o, ok := m.Model.Output(role)
		if !ok {
			return fmt.Errorf("cannot learn on %s: %w", m.Model.ID, unfit{fmt.Errorf("it has no output %q", role)})
		}
		q := m.Outputs[o.Index]
		if d := q.Scale/want[0] - 1; q.ZeroPoint != int(want[1]) || d > 1e-5 || d < -1e-5 {
			return fmt.Errorf("cannot learn on %s: %w", m.Model.ID, unfit{fmt.Errorf("the memory was made with another graph: its %s have another scale", role)})
		}
	}
	return nil
}
