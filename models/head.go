package models

import (
	"encoding/json"
	"fmt"
	"math"
)

// Head is what a version that learnt an orchard adds to the delivered one: a
// class head on the graph's features, and where it counts.
//
//	r   = 1 / (1 + exp(−Sharpness × (own − old + Shift)))
//	z_k = (1 − r·(1 − Keep)) × classes_k + r × (Kernel_k · √features + Bias_k)
//	t   = 1 / (1 + exp(−Sharpness × (own − old + Shift + Doubt)))
//	p   = softmax(z / (T^(1−t) × Temperature^t))
//
// own and old are the cosines of the photo's setting with the nearest of Own
// and of Old; old is at least the largest of RoleNear over the setting's length.
// classes_k of a class that the graph does not know is Absent, T is the
// manifest's temperature. So a photo taken as the known sessions were is answered
// as delivered.
type Head struct {
	// Orientations is of how many orientations of a photo z is the mean: 1, 2, 4 or 8.
	Orientations int     `json:"orientations"`
	Temperature  float64 `json:"temperature"`
	Keep         float64 `json:"keep"`
	Absent       float64 `json:"absent"`
	Sharpness    float64 `json:"sharpness"`
	Shift        float64 `json:"shift"`
	// Doubt widens where a confidence is the orchard's: a photo that may be of either is answered with the lower one.
	Doubt float64 `json:"doubt"`
	// Gate is added to the logit of the model's own kind, times r.
	Gate float64 `json:"gate"`

	Kernel   [][]float32 `json:"-"` // one row a class
	Bias     []float32   `json:"-"`
	Own      [][]float32 `json:"-"` // settings of the orchard's photos, of length 1
	OwnClass []int       `json:"-"` // their classes
	Old      [][]float32 `json:"-"` // settings of the known sessions, of length 1
}

// ParseHead reads a head's file for a model.
func ParseHead(file []byte, m Model) (*Head, error) {
	d, arrays, err := unpack(file, "head")
	if err != nil {
		return nil, err
	}
	h := &Head{}
	if err := json.Unmarshal(d.Constants, h); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrArrays, err)
	}
	features, _ := m.Output(RoleFeatures)
	setting, _ := m.Output(RoleSetting)
	kernel, bias, own, class, old := arrays["kernel"], arrays["bias"], arrays["own"], arrays["class"], arrays["old"]
	k := len(m.Classes)
	switch {
	case features.Size == 0 || setting.Size == 0:
		return nil, fmt.Errorf("%w: the model has no output %q or %q", ErrArrays, RoleFeatures, RoleSetting)
	case kernel.rows != k || kernel.columns != features.Size || bias.rows != 1 || bias.columns != k:
		return nil, fmt.Errorf("%w: its kernel is %d × %d, must be %d classes × %d features", ErrArrays, kernel.rows, kernel.columns, k, features.Size)
	case own.rows < 1 || own.columns != setting.Size || old.rows < 1 || old.columns != setting.Size || class.rows != 1 || class.columns != own.rows:
		return nil, fmt.Errorf("%w: its settings do not fit", ErrArrays)
	case h.Orientations != 1 && h.Orientations != 2 && h.Orientations != 4 && h.Orientations != 8:
		return nil, fmt.Errorf("%w: %d orientations", ErrArrays, h.Orientations)
	case h.Orientations > 1 && m.Input.Width != m.Input.Height:
		return nil, fmt.Errorf("%w: an input that is not square has one orientation", ErrArrays)
	case !(h.Temperature > 0) || !fraction(h.Keep) || !(h.Sharpness > 0) || math.Abs(h.Shift) > 2 || h.Doubt < 0 || h.Doubt > 2 || math.Abs(h.Absent) > 100 || h.Gate < 0 || h.Gate > 100:
		return nil, fmt.Errorf("%w: its constants are out of range", ErrArrays)
	}
	h.Kernel, h.Bias, h.Own, h.Old = kernel.byRows(), bias.row(0), own.byRows(), old.byRows()
	for _, c := range class.row(0) {
		if c < 0 || int(c) >= k {
			return nil, fmt.Errorf("%w: a setting is of class %g of %d", ErrArrays, c, k)
		}
		h.OwnClass = append(h.OwnClass, int(c))
	}
	return h, nil
}

// Pack is the head's file.
func (h *Head) Pack() ([]byte, error) {
	constants, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("cannot write the head: %w", err)
	}
	class := make([]float32, len(h.OwnClass))
	for i, c := range h.OwnClass {
		class[i] = float32(c)
	}
	return packArrays(arrayFile{What: "head", Constants: constants}, map[string][][]float32{
		"kernel": h.Kernel, "bias": {h.Bias}, "own": h.Own, "class": {class}, "old": h.Old,
	}, []string{"kernel", "bias", "own", "class", "old"})
}

// Seen is what a graph says of one picture, as real numbers.
type Seen struct {
	Features []float32
	Classes  []float32
	Setting  []float32 // of length 1, or zero
	Near     []float32 // for each class, the cosine with its nearest prototype
}

// Memory is pictures of the known sessions as the graph sees them; whoever
// learns an orchard is held to them.
type Memory struct {
	Seen   []Seen
	Class  []int
	Group  []int
	Scales map[string][2]float64 // by role: scale and zero point of the graph that it was made with
	// Nuisance are directions, in roots of features, in which pictures of one
	// class and session differ, orthogonal and of length 1; Shrink is how much
	// of each is left.
	Nuisance [][]float32
	Shrink   []float32
}

// ParseMemory reads a model's memory.
func ParseMemory(file []byte, m Model) (*Memory, error) {
	d, arrays, err := unpack(file, "memory")
	if err != nil {
		return nil, err
	}
	out := &Memory{Scales: d.Quantisation, Nuisance: arrays["nuisance"].byRows()}
	n := arrays["features"].rows
	role := func(name string) (func(int) []float32, error) {
		a, q := arrays[name], d.Quantisation[name]
		o, ok := m.Output(name)
		if !ok || a.rows != n || a.columns != o.Size || !(q[0] > 0) {
			return nil, fmt.Errorf("%w: its %s are %d × %d, not as the model's", ErrArrays, name, a.rows, a.columns)
		}
		return func(i int) []float32 {
			real := make([]float32, a.columns)
			for k, v := range a.row(i) {
				real[k] = float32(q[0]) * (v - float32(q[1]))
			}
			return real
		}, nil
	}
	var of [4]func(int) []float32
	for i, name := range []string{RoleFeatures, RoleClasses, RoleSetting, RoleNear} {
		if of[i], err = role(name); err != nil {
			return nil, err
		}
	}
	class, group, shrink := arrays["class"], arrays["group"], arrays["shrink"]
	if n == 0 || class.rows != n || class.columns != 1 || group.rows != n || group.columns != 1 ||
		shrink.rows != len(out.Nuisance) || len(out.Nuisance) > 0 && (arrays["nuisance"].columns != arrays["features"].columns || shrink.columns != 1) {
		return nil, fmt.Errorf("%w: its arrays do not fit each other", ErrArrays)
	}
	out.Shrink = shrink.values
	for i := range n {
		c := int(class.values[i])
		if c < 0 || c >= len(m.Classes) {
			return nil, fmt.Errorf("%w: a picture is of class %d of %d", ErrArrays, c, len(m.Classes))
		}
		out.Class, out.Group = append(out.Class, c), append(out.Group, int(group.values[i]))
		out.Seen = append(out.Seen, NewSeen(of[0](i), of[1](i), of[2](i), of[3](i)))
	}
	return out, nil
}

// NewSeen takes the real values of the outputs; setting is brought to length 1.
func NewSeen(features, classes, setting, near []float32) Seen {
	sum := 0.0
	for _, v := range setting {
		sum += float64(v) * float64(v)
	}
	if sum > 0 {
		for _, all := range [][]float32{setting, near} {
			for i := range all {
				all[i] /= float32(math.Sqrt(sum))
			}
		}
	} else {
		clear(near)
	}
	return Seen{features, classes, setting, near}
}
