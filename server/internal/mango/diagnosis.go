package mango

import "time"

// Kind says which part of the tree a photo shows, and so which model reads it.
type Kind string

// The kinds that have a model.
const (
	Leaf  Kind = "leaf"
	Fruit Kind = "fruit"
)

// Valid reports whether k has a model.
func (k Kind) Valid() bool { return k == Leaf || k == Fruit }

// Unknown is the disease of a photo that the model cannot put a name to.
const Unknown = "Unknown"

// Class is one disease with the calibrated probability that the photo shows it.
type Class struct {
	Disease     string
	Probability float64 // 0..1; the classes of one model sum to 1
}

// Verdict says how a diagnosis ended.
type Verdict string

// The ways a diagnosis ends.
const (
	// Named: a disease (or Healthy) with enough confidence.
	Named Verdict = "named"
	// Unsure: it is mango, but no class reaches the threshold.
	Unsure Verdict = "unsure"
	// Unfamiliar: it is mango, but unlike anything the model was shown.
	Unfamiliar Verdict = "unfamiliar"
	// NotMango: the gate sees something else.
	NotMango Verdict = "not_mango"
)

// Gate is the answer of a model's second head: is this the part of a mango
// tree that the model knows? A model without that head has Present false and
// lets everything pass.
type Gate struct {
	Present            bool
	Leaf, Fruit, Other float64 // 0..1, sum 1
	Threshold          float64 // the probability of the asked kind that passes
	Passed             bool
}

// Prediction is what the gate's winner is called to the outside.
func (g Gate) Prediction() string {
	switch {
	case !g.Present:
		return ""
	case g.Leaf >= g.Fruit && g.Leaf >= g.Other:
		return "Mango leaf"
	case g.Fruit >= g.Other:
		return "Mango fruit"
	default:
		return "Not a mango"
	}
}

// Of is the gate's probability that the photo shows the given kind.
func (g Gate) Of(k Kind) float64 {
	if k == Fruit {
		return g.Fruit
	}
	return g.Leaf
}

// Model names the weights that gave an answer.
type Model struct {
	ID      string // "leaf-mobilenetv2"
	Version string // "1.0.0"
	File    string // "leaf-mobilenetv2.tflite", never a path
	Kind    Kind
}

// Photo is what is known of an uploaded picture without looking at its pixels.
type Photo struct {
	SHA256        [32]byte // of the bytes as they arrived
	Format        string   // "jpeg", "png", "webp": by content, not by label
	Width, Height int      // pixels, after the EXIF rotation
	Bytes         int64
}

// Timings say where the time of one diagnosis went.
type Timings struct {
	Wait, Decode, Resize, Infer, Total time.Duration
}

// Diagnosis is the program's answer to one photo.
type Diagnosis struct {
	Kind       Kind
	Verdict    Verdict
	Disease    string  // a class of the model, or Unknown
	Confidence float64 // 0..1, calibrated, of the best class
	// Ranking is all classes, most probable first; those of equal probability
	// are in the order of the model's logits.
	Ranking []Class
	Gate    Gate
	// Familiarity (models.Familiarity) is 0..1; 1 for a model that does not
	// measure it. Confidence and Ranking include it already.
	Familiarity             float64
	Model                   Model
	InputWidth, InputHeight int // pixels of the tensor
	Photo                   Photo
	// Recognised: the same photo was answered a moment ago, and this is that
	// answer; nothing was decoded or inferred.
	Recognised bool
	// HeatMap is a JPEG of the photo with what speaks for the best class over
	// it; nil unless asked for, and for a model that does not tell.
	HeatMap []byte
	Timings Timings // of this request
	// Processing is what the answer took when it was worked out; for one from
	// memory that was an earlier request.
	Processing time.Duration
	// Work is how many photos it counts as where photos are counted, by the
	// processor time that it took; 0 for one from memory.
	Work float64
}

// Probability is the calibrated probability of a class in any spelling, 0 for a
// name that the model does not have.
func (d *Diagnosis) Probability(disease string) float64 {
	for _, c := range d.Ranking {
		if SameClass(c.Disease, disease) {
			return c.Probability
		}
	}
	return 0
}

// Request is what is asked about a photo.
type Request struct {
	Kind    Kind // empty: the models' gates choose
	Explain bool // draw what the model looked at
}

// Picture is a decoded picture: three bytes a pixel, rows from the top.
type Picture struct {
	Width, Height int
	RGB           []byte
}
