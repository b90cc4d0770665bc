package app

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"mangosense/models"
	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/ordered"
	"mangosense/tflite"
)

// engines are the loaded models of a manifest, one a kind.
type engines struct {
	interpreters int

	mu       ordered.Mutex[ordered.Engines] // guards what follows against an exchange
	manifest *models.Manifest
	members  []diagnose.Member
	loaded   []*tflite.Model // of the member in the same place
}

// openEngines loads one model a kind and checks that each fits the manifest:
// the file that chosen names, else the manifest's first of that kind.
func openEngines(manifest *models.Manifest, interpreters int, chosen map[mango.Kind]string, log *slog.Logger) (*engines, error) {
	e := &engines{manifest: manifest, interpreters: interpreters}
	for _, kind := range []mango.Kind{mango.Leaf, mango.Fruit} {
		m, ok := e.answering(kind, chosen[kind], log)
		if !ok {
			continue
		}
		if err := e.open(m); err != nil {
			return nil, errors.Join(err, e.Close())
		}
	}
	return e, nil
}

// answering is the model that answers for a kind: the one whose file was
// chosen, else the manifest's first.
func (e *engines) answering(kind mango.Kind, file string, log *slog.Logger) (models.Model, bool) {
	if file != "" {
		if m, known := e.find(kind, file); known {
			return m, true
		}
		log.Warn("the chosen model is not in the manifest any more; its first one answers", "kind", kind, "file", file)
	}
	return e.manifest.ByKind(string(kind))
}

func (e *engines) open(m models.Model) error {
	loaded, outputs, err := openModel(e.manifest, m, e.interpreters)
	if err != nil {
		return err
	}
	e.loaded = append(e.loaded, loaded)
	e.members = append(e.members, diagnose.Member{Model: m, Engine: loaded, Outputs: outputs})
	return nil
}

// find is the manifest's model of a kind with that file.
func (e *engines) find(kind mango.Kind, file string) (models.Model, bool) {
	for _, m := range e.manifest.Models {
		if mango.Kind(m.Kind) == kind && m.Files.TFLite.Name == file {
			return m, true
		}
	}
	return models.Model{}, false
}

// verify compares the file of a model that is open already with the manifest.
func (e *engines) verify(m models.Model) error {
	for _, f := range e.manifest.CheckFiles() {
		if f.Name == m.Files.TFLite.Name {
			return f.Err
		}
	}
	return models.ErrMissing
}

// book is the manifest that the models are listed from.
func (e *engines) book() *models.Manifest {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.manifest
}

// exchange puts the fresh models in the places of those of the same kind,
// takes over the fresh manifest, and returns what stood there before.
func (e *engines) exchange(fresh *engines) (old *engines) {
	e.mu.Lock()
	defer e.mu.Unlock()
	old = &engines{manifest: e.manifest, interpreters: e.interpreters}
	e.manifest = fresh.manifest
	for i, m := range fresh.members {
		at := slices.IndexFunc(e.members, func(x diagnose.Member) bool { return x.Model.Kind == m.Model.Kind })
		if at < 0 {
			e.members, e.loaded = append(e.members, m), append(e.loaded, fresh.loaded[i])
			continue
		}
		old.members, old.loaded = append(old.members, e.members[at]), append(old.loaded, e.loaded[at])
		e.members[at], e.loaded[at] = m, fresh.loaded[i]
	}
	return old
}

// Close frees every model; it may be called again.
func (e *engines) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var errs []error
	for _, m := range e.loaded {
		errs = append(errs, m.Close())
	}
	e.loaded, e.members = nil, nil
	return errors.Join(errs...)
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
