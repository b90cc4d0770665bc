// Package models names the weights the program answers with and checks that
// the files on disk are those weights.
//
// It reads manifest.json: classes in output order, input size and resize rule,
// temperature, thresholds. No other room knows a class name or an input size.
// It does not load a model (tflite does) and has no opinion of an answer
// (diagnose has).
//
// A Manifest is read once and never changed afterwards, so it may be shared by
// any number of goroutines. Read and the Check functions block on the disk.
package models

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// ManifestName is the file that names all others of a models folder.
const ManifestName = "manifest.json"

const (
	schema          = 1
	maxManifestSize = 4 << 20 // bytes; the largest part is the metrics
)

// MaxAdded is how many classes an orchard may add to a model's.
const MaxAdded = 16

// Manifest lists the models of one folder, and those of others that were added.
type Manifest struct {
	Schema int     `json:"schema"`
	Models []Model `json:"models"`

	dir string
}

// Model is one set of weights: what it is for, what its files must be, and
// every number that turns its logits into an answer.
type Model struct {
	ID      string `json:"id"`      // "leaf-mobilenetv2"
	Kind    string `json:"kind"`    // "leaf" or "fruit"
	Version string `json:"version"` // "1.0.0"

	Files struct {
		Keras  File `json:"keras"`
		TFLite File `json:"tflite"`
		// Head is the class head that learnt an orchard; without a name, the
		// graph's own answers.
		Head File `json:"head,omitzero"`
	} `json:"files"`
	// Memory is what stands for the known sessions where the model learns an
	// orchard; without a name, it cannot learn.
	Memory File `json:"memory,omitzero"`
	// Base is the id of the model that an orchard's version was learnt from.
	Base string `json:"base,omitempty"`
	// Advice is what growers read about a class that an orchard added.
	Advice map[string]string `json:"advice,omitempty"`

	Input   Input    `json:"input"`
	Outputs []Output `json:"outputs"`
	// Classes are disease names, spelled as clients know them, in the order
	// of the model's class logits. With a head of its own, its classes stand
	// behind the graph's.
	Classes     []string     `json:"classes"`
	Calibration Calibration  `json:"calibration"`
	Gate        *Gate        `json:"gate"`        // nil: the model has no second head
	Familiarity *Familiarity `json:"familiarity"` // nil: not measured
	Thresholds  Thresholds   `json:"thresholds"`

	// Data and Metrics belong to the model card; the program shows them and
	// does not read them.
	Data    json.RawMessage `json:"data"`
	Metrics json.RawMessage `json:"metrics"`

	dir string // of its files
}

// File is the name by which clients know and choose the model.
func (x Model) File() string {
	if x.Files.Head.Name != "" {
		return x.Files.Head.Name
	}
	return x.Files.TFLite.Name
}

// File is a file of the models folder as it must be.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // hex
	Bytes  int64  `json:"bytes"`
}

// Input is the tensor a model wants, and the rule that makes it of a photo.
type Input struct {
	Width     int     `json:"width"`  // pixels
	Height    int     `json:"height"` // pixels
	Channels  int     `json:"channels"`
	Layout    string  `json:"layout"`     // "NHWC"
	DType     string  `json:"dtype"`      // "uint8"
	Colour    string  `json:"colour"`     // "RGB"
	Scaling   string  `json:"scaling"`    // what training saw: "-1..1" or "0..255"
	Scale     float64 `json:"scale"`      // of the quantised input
	ZeroPoint int     `json:"zero_point"` // of the quantised input
	Resize    Resize  `json:"resize"`
}

// Bytes is the size of the input tensor.
func (in Input) Bytes() int { return in.Width * in.Height * in.Channels }

// Resize is the rule from an upright photo to the tensor; it is the same in
// training (tools/train) and here.
type Resize struct {
	Fit    string `json:"fit"`    // "stretch": both sides to the input's, aspect lost
	Filter string `json:"filter"` // "triangle": antialiased, as Pillow's BILINEAR
}

// The roles an output tensor can have.
const (
	RoleClasses = "classes" // int8 logits, one a class
	RoleGate    = "gate"    // int8 logits: leaf, fruit, other
	RoleSetting = "setting" // int8 vector: how the photo was taken
	RoleNear    = "near"    // int8, one a class: largest product of the setting with the class's prototypes of length 1
	RoleCAM     = "cam"     // int8 class activations, height × width × class: where each class was seen
	// RoleFeatures is the penultimate layer, an int8 vector that the class logits are linear in: what a model that
	// learns from corrections stands on. Not read, it costs its mean over the last map and no copy.
	RoleFeatures = "features"
)

// Output is one output tensor of the graph.
type Output struct {
	Role  string `json:"role"`
	Index int    `json:"index"` // among the interpreter's outputs
	Size  int    `json:"size"`  // elements
	DType string `json:"dtype"` // "int8" or "uint8"
	// Of a cam output: its grid, channels last, one channel a class.
	Height   int `json:"height,omitempty"`
	Width    int `json:"width,omitempty"`
	Channels int `json:"channels,omitempty"`
}

// Calibration turns logits into probabilities that mean what they say:
// softmax(logits / Temperature).
type Calibration struct {
	Temperature float64 `json:"temperature"`
	FittedOn    string  `json:"fitted_on"`
}

// Gate is the second head: leaf, fruit or something else.
type Gate struct {
	Classes     []string `json:"classes"` // "leaf", "fruit", "other" in output order
	Temperature float64  `json:"temperature"`
	Threshold   float64  `json:"threshold"` // probability of the asked kind that passes
}

// Thresholds decide when an answer is given.
type Thresholds struct {
	Unknown float64 `json:"unknown"` // best class below it: Unknown
}

// Familiarity defines how much a photo resembles the training photos of the class
// that the model names:
//
//	s = Floor + (1 − Floor) / (1 + exp(−(Bias + Weight × c)))
//
// where c is the cosine between the photo's setting (RoleSetting) and the class's
// nearest prototype: the class's value of RoleNear over the length of RoleSetting.
// The probabilities shown are s·p + (1−s)/K for K classes, so that an unfamiliar
// photo is answered with less confidence.
type Familiarity struct {
	Measure   string  `json:"measure"` // "setting"
	Bias      float64 `json:"bias"`
	Weight    float64 `json:"weight"`
	Floor     float64 `json:"floor"`     // least s: an unfamiliar photo is still named better than by chance
	Threshold float64 `json:"threshold"` // s below it: Unknown
}

// Read reads and checks dir/manifest.json. It does not touch the models.
func Read(dir string) (*Manifest, error) {
	path := filepath.Join(dir, ManifestName)
	f, _, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot open the models' manifest: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxManifestSize+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, err)
	}
	if len(data) > maxManifestSize {
		return nil, fmt.Errorf("cannot read %s: %w", path, ErrManifestTooLarge)
	}
	m, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, err)
	}
	m.dir = dir
	for i := range m.Models {
		m.Models[i].dir = dir
	}
	return m, nil
}

// Parse reads a manifest from bytes; its Dir is empty.
func Parse(data []byte) (*Manifest, error) {
	if fault := pointerFault(data); fault != nil {
		return nil, fault
	}
	var m Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	if m.Schema != schema {
		return nil, fmt.Errorf("%w: schema %d, this program reads %d", ErrManifest, m.Schema, schema)
	}
	if len(m.Models) == 0 {
		return nil, fmt.Errorf("%w: it lists no model", ErrManifest)
	}
	seen := map[string]bool{}
	for i := range m.Models {
		if err := m.Models[i].validate(); err != nil {
			return nil, fmt.Errorf("%w: model %q: %w", ErrManifest, m.Models[i].ID, err)
		}
		if seen[m.Models[i].ID] {
			return nil, fmt.Errorf("%w: two models are called %q", ErrManifest, m.Models[i].ID)
		}
		seen[m.Models[i].ID] = true
	}
	return &m, nil
}

// Dir is the folder the manifest was read from.
func (m *Manifest) Dir() string { return m.dir }

// ByKind is the first model of a kind.
func (m *Manifest) ByKind(kind string) (Model, bool) {
	i := slices.IndexFunc(m.Models, func(x Model) bool { return x.Kind == kind })
	if i < 0 {
		return Model{}, false
	}
	return m.Models[i], true
}

// TFLitePath is where a model's int8 file lies.
func (m *Manifest) TFLitePath(x Model) string { return filepath.Join(x.dir, x.Files.TFLite.Name) }

// KerasPath is where a model's float file lies, if it is there at all.
func (m *Manifest) KerasPath(x Model) string { return filepath.Join(x.dir, x.Files.Keras.Name) }

// Output is the tensor that has a role.
func (x *Model) Output(role string) (Output, bool) {
	i := slices.IndexFunc(x.Outputs, func(o Output) bool { return o.Role == role })
	if i < 0 {
		return Output{}, false
	}
	return x.Outputs[i], true
}

// validate finds what no later room should have to ask.
func (x *Model) validate() error {
	switch {
	case x.ID == "" || x.Version == "":
		return fmt.Errorf("id and version must not be empty")
	case x.Kind != "leaf" && x.Kind != "fruit":
		return fmt.Errorf("kind is %q, must be leaf or fruit", x.Kind)
	case !plainName(x.Files.TFLite.Name):
		return fmt.Errorf("files.tflite.name %q is not a plain file name", x.Files.TFLite.Name)
	case !digest.MatchString(x.Files.TFLite.SHA256):
		return fmt.Errorf("files.tflite.sha256 %q is not 64 lower-case hex digits: without it damaged weights would answer", x.Files.TFLite.SHA256)
	case x.Files.Keras.Name != "" && !plainName(x.Files.Keras.Name):
		return fmt.Errorf("files.keras.name %q is not a plain file name", x.Files.Keras.Name)
	case x.Files.Head.Name != "" && !(plainName(x.Files.Head.Name) && digest.MatchString(x.Files.Head.SHA256)):
		return fmt.Errorf("files.head must have a plain file name and a sha256 of 64 lower-case hex digits")
	case x.Memory.Name != "" && !(plainName(x.Memory.Name) && digest.MatchString(x.Memory.SHA256)):
		return fmt.Errorf("memory must have a plain file name and a sha256 of 64 lower-case hex digits")
	case x.Input.Width < 32 || x.Input.Height < 32 || x.Input.Width > 1024 || x.Input.Height > 1024:
		return fmt.Errorf("input is %d×%d pixels, must be 32 to 1024", x.Input.Width, x.Input.Height)
	case x.Input.Channels != 3 || x.Input.Layout != "NHWC" || x.Input.DType != "uint8" || x.Input.Colour != "RGB":
		return fmt.Errorf("input must be NHWC, uint8, RGB")
	case x.Input.Resize.Fit != "stretch" || x.Input.Resize.Filter != "triangle":
		return fmt.Errorf("resize rule %q by %q is not known", x.Input.Resize.Fit, x.Input.Resize.Filter)
	case !(x.Calibration.Temperature > 0):
		return fmt.Errorf("calibration.temperature must be above 0")
	case !fraction(x.Thresholds.Unknown):
		return fmt.Errorf("thresholds.unknown must be between 0 and 1")
	}
	if err := x.validateClasses(); err != nil {
		return err
	}
	graph, _ := x.Output(RoleClasses)
	if o, ok := x.Output(RoleCAM); ok && (o.Channels != graph.Size || o.Height < 1 || o.Width < 1 || o.Height*o.Width*o.Channels != o.Size) {
		return fmt.Errorf("output %q is %d×%d×%d of %d values, must be height × width × %d classes", RoleCAM, o.Height, o.Width, o.Channels, o.Size, graph.Size)
	}
	if f := x.Familiarity; f != nil {
		_, setting := x.Output(RoleSetting)
		near, _ := x.Output(RoleNear)
		if f.Measure != "setting" || !setting || near.Size != graph.Size || !fraction(f.Floor) || !fraction(f.Threshold) {
			return fmt.Errorf("familiarity must be setting, of outputs %q and %q (one value a class), with floor and threshold between 0 and 1", RoleSetting, RoleNear)
		}
	}
	return x.validateGate()
}

func (x *Model) validateClasses() error {
	o, ok := x.Output(RoleClasses)
	if !ok {
		return fmt.Errorf("no output has the role %q", RoleClasses)
	}
	added := len(x.Classes) - o.Size
	if added < 0 || added > 0 && x.Files.Head.Name == "" || added > MaxAdded || o.Size < 2 {
		return fmt.Errorf("%d class names for an output of %d", len(x.Classes), o.Size)
	}
	for i, c := range x.Classes {
		if strings.TrimSpace(c) == "" || slices.Contains(x.Classes[:i], c) {
			return fmt.Errorf("class name %q is empty or stands twice", c)
		}
	}
	indices := map[int]bool{}
	for _, o := range x.Outputs {
		if o.Index < 0 || o.Index >= len(x.Outputs) || indices[o.Index] {
			return fmt.Errorf("output %q: index %d is out of range or stands twice", o.Role, o.Index)
		}
		indices[o.Index] = true
	}
	return nil
}

func (x *Model) validateGate() error {
	o, ok := x.Output(RoleGate)
	if ok != (x.Gate != nil) {
		return fmt.Errorf("a gate needs both an output of that role and its numbers")
	}
	if !ok {
		return nil
	}
	want := []string{"leaf", "fruit", "other"}
	got := slices.Clone(x.Gate.Classes)
	slices.Sort(got)
	slices.Sort(want)
	switch {
	case !slices.Equal(got, want) || o.Size != len(want):
		return fmt.Errorf("gate classes are %q, must be leaf, fruit and other", x.Gate.Classes)
	case !(x.Gate.Temperature > 0):
		return fmt.Errorf("gate.temperature must be above 0")
	case !fraction(x.Gate.Threshold):
		return fmt.Errorf("gate.threshold must be between 0 and 1")
	}
	return nil
}

var digest = regexp.MustCompile(`^[0-9a-f]{64}$`)

func fraction(p float64) bool { return p >= 0 && p <= 1 }

// plainName refuses whatever could leave the models folder.
func plainName(name string) bool {
	return name != "" && name == filepath.Base(name) && name != "." && name != ".."
}
