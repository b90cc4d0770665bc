package diagnose_test

import (
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

// plain is a Photos that takes any bytes for a photo of the given weight.
type plain struct {
	weight int64
	err    error
}

func (p plain) Probe(photo []byte) (preprocess.Photo, error) {
	return preprocess.Photo{Header: preprocess.Header{Format: preprocess.JPEG, Width: 40, Height: 30, Orientation: 6}, Bytes: photo}, p.err
}

func (p plain) DecodeBytes(preprocess.Photo, models.Input) (int64, error) { return p.weight, p.err }

func (p plain) Tensor(photo preprocess.Photo, _ models.Input, dst []byte) (preprocess.Timings, error) {
	copy(dst, photo.Bytes)
	return preprocess.Timings{Decode: 1, Resize: 2}, nil
}

// shot is what Probe gives of a photo.
func shot(t testing.TB) preprocess.Photo {
	t.Helper()
	photo, err := plain{}.Probe([]byte("photo"))
	if err != nil {
		t.Fatal(err)
	}
	return photo
}

// fixed is an Engine that answers the same logits for every photo.
type fixed struct {
	classes, gate []byte
	setting, near []byte
	err           error
}

func (f fixed) Run(_ context.Context, _ []byte, outputs [][]byte) error {
	copy(outputs[0], f.classes)
	if len(outputs) > 1 {
		copy(outputs[1], f.gate)
	}
	if len(outputs) > 2 {
		copy(outputs[2], f.setting)
		copy(outputs[3], f.near)
	}
	return f.err
}

func member(kind string, e fixed) diagnose.Member {
	m := models.Model{ID: kind + "-test", Kind: kind, Version: "1.0.0", Classes: []string{"Anthracnose", "Die Back", "Healthy"}}
	m.Input = models.Input{Width: 32, Height: 32, Channels: 3}
	m.Outputs = []models.Output{{Role: models.RoleClasses, Index: 0, Size: 3}}
	m.Calibration.Temperature = 2
	m.Thresholds.Unknown = 0.5
	quants := []diagnose.Quant{{Signed: true, Scale: 0.1, ZeroPoint: -10}}
	if e.gate != nil {
		m.Outputs = append(m.Outputs, models.Output{Role: models.RoleGate, Index: 1, Size: 3})
		m.Gate = &models.Gate{Classes: []string{"other", "leaf", "fruit"}, Temperature: 1, Threshold: 0.6}
		quants = append(quants, diagnose.Quant{Signed: false, Scale: 0.1, ZeroPoint: 128})
	}
	return diagnose.Member{Model: m, Engine: e, Outputs: quants}
}

func diagnoser(t *testing.T, p plain, members ...diagnose.Member) *diagnose.Diagnoser {
	t.Helper()
	d, err := diagnose.New(diagnose.Config{Members: members, Photos: p, Admission: diagnose.NewAdmission(1, 0, 1000)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// int8s are the bytes of int8 logits.
func int8s(v ...int8) []byte {
	out := make([]byte, len(v))
	for i, x := range v {
		out[i] = byte(x)
	}
	return out
}

func TestDiagnoseNumbers(t *testing.T) {
	// (q+10)×0.1 at temperature 2: logits 0, 4, 2 become exp(0), exp(2), exp(1).
	d := diagnoser(t, plain{weight: 10}, member("leaf", fixed{classes: int8s(-10, 30, 10)}))
	got, err := d.Diagnose(context.Background(), shot(t), mango.Request{Kind: mango.Leaf})
	if err != nil {
		t.Fatal(err)
	}
	sum := 1 + math.E + math.E*math.E
	want := []mango.Class{{Disease: "Die Back", Probability: math.E * math.E / sum}, {Disease: "Healthy", Probability: math.E / sum}, {Disease: "Anthracnose", Probability: 1 / sum}}
	for i, c := range got.Ranking {
		if c.Disease != want[i].Disease || math.Abs(c.Probability-want[i].Probability) > 1e-12 {
			t.Errorf("place %d: %+v, want %+v", i+1, c, want[i])
		}
	}
	if got.Disease != "Die Back" || got.Verdict != mango.Named {
		t.Errorf("answered %s (%s)", got.Disease, got.Verdict)
	}
	if got.Photo.Width != 30 || got.Photo.Height != 40 {
		t.Errorf("photo is %d×%d, want it upright: 30×40", got.Photo.Width, got.Photo.Height)
	}
}

// TestCachedAnswerKeepsItsProcessing: what is stored of an answer from
// memory is the time that it took to work out, not that of the look-up.
func TestCachedAnswerKeepsItsProcessing(t *testing.T) {
	d, err := diagnose.New(diagnose.Config{
		Members: []diagnose.Member{member("leaf", fixed{classes: int8s(-10, 30, 10)})}, Photos: plain{weight: 10},
		Admission: diagnose.NewAdmission(1, 0, 1000), Answers: diagnose.NewAnswerCache(1, time.Minute),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	photo := shot(t)
	photo.SHA256 = [32]byte{1}
	ask := func() mango.Diagnosis {
		t.Helper()
		got, err := d.Diagnose(context.Background(), photo, mango.Request{Kind: mango.Leaf})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	first, second := ask(), ask()
	if first.Processing != first.Timings.Total || !second.Recognised || second.Processing != first.Processing {
		t.Errorf("worked out in %v, remembered as %v (from memory: %v)", first.Processing, second.Processing, second.Recognised)
	}
}

// TestClassesAsClientsKnowThem: a manifest may spell a class as its training
// folder did; nobody else sees that.
func TestClassesAsClientsKnowThem(t *testing.T) {
	m := member("leaf", fixed{classes: int8s(-10, 30, 10)})
	m.Model.Classes = []string{"powdery mildew", "Sooty_Mould", "healthy"}
	got, err := diagnoser(t, plain{weight: 10}, m).Diagnose(context.Background(), shot(t), mango.Request{Kind: mango.Leaf})
	if err != nil {
		t.Fatal(err)
	}
	if got.Disease != "Sooty Mold" || got.Ranking[1].Disease != "Healthy" || got.Ranking[2].Disease != "Powdery Mildew" {
		t.Errorf("answered %s: %v", got.Disease, got.Ranking)
	}
	if p := got.Probability("SOOTY MOULD"); p != got.Confidence {
		t.Errorf("asked by another spelling: %v, want %v", p, got.Confidence)
	}
}

func TestVerdicts(t *testing.T) {
	sure, unsure := int8s(-10, 60, -10), int8s(0, 2, 1)
	leafy, fruity, other := []byte{128, 228, 128}, []byte{128, 128, 228}, []byte{228, 128, 128}
	for name, c := range map[string]struct {
		member  diagnose.Member
		verdict mango.Verdict
		disease string
	}{
		"sure leaf":                     {member("leaf", fixed{classes: sure, gate: leafy}), mango.Named, "Die Back"},
		"between classes":               {member("leaf", fixed{classes: unsure, gate: leafy}), mango.Unsure, mango.Unknown},
		"a fruit for the leaf model":    {member("leaf", fixed{classes: sure, gate: fruity}), mango.NotMango, mango.Unknown},
		"something else":                {member("leaf", fixed{classes: sure, gate: other}), mango.NotMango, mango.Unknown},
		"a fruit for the fruit model":   {member("fruit", fixed{classes: sure, gate: fruity}), mango.Named, "Die Back"},
		"a model without a gate":        {member("leaf", fixed{classes: sure}), mango.Named, "Die Back"},
		"unlike anything seen":          {unfamiliar(member("leaf", fixed{classes: int8s(-10, -9, -10), gate: leafy})), mango.Unfamiliar, mango.Unknown},
		"the gate speaks before doubts": {unfamiliar(member("leaf", fixed{classes: unsure, gate: other})), mango.NotMango, mango.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			d := diagnoser(t, plain{}, c.member)
			got, err := d.Diagnose(context.Background(), shot(t), mango.Request{Kind: mango.Kind(c.member.Model.Kind)})
			if err != nil {
				t.Fatal(err)
			}
			if got.Verdict != c.verdict || got.Disease != c.disease {
				t.Errorf("answered %s (%s), want %s (%s)", got.Disease, got.Verdict, c.disease, c.verdict)
			}
			if len(got.Ranking) != 3 {
				t.Errorf("%d classes in the ranking, want all 3 whatever the verdict", len(got.Ranking))
			}
		})
	}
}

// unfamiliar adds the outputs that tell what is strange: the setting (3, 4) is 5
// long and its product with the best class's prototypes 2, a cosine of 0.4, so
// that with weight 10 and bias −5 s is 0.27, below the threshold of a half. That
// the other classes were learnt in this very setting must not matter.
func unfamiliar(m diagnose.Member) diagnose.Member {
	e := m.Engine.(fixed)
	e.setting, e.near = int8s(-122, -120), int8s(-10, -16, -10)
	m.Engine = e
	m.Model.Outputs = append(m.Model.Outputs, models.Output{Role: models.RoleSetting, Index: 2, Size: 2}, models.Output{Role: models.RoleNear, Index: 3, Size: 3})
	m.Outputs = append(m.Outputs, diagnose.Quant{Signed: true, Scale: 0.5, ZeroPoint: -128}, diagnose.Quant{Signed: true, Scale: 0.5, ZeroPoint: -20})
	m.Model.Familiarity = &models.Familiarity{Measure: "setting", Bias: -5, Weight: 10, Threshold: 0.5}
	return m
}

func TestStrangePhotosAreToldWithLessConfidence(t *testing.T) {
	m := unfamiliar(member("leaf", fixed{classes: int8s(-10, 30, 10), gate: []byte{128, 228, 128}}))
	m.Model.Familiarity.Threshold, m.Model.Familiarity.Floor = 0, 0.2
	m.Model.Thresholds.Unknown = 0
	got, err := diagnoser(t, plain{}, m).Diagnose(context.Background(), shot(t), mango.Request{Kind: mango.Leaf})
	if err != nil {
		t.Fatal(err)
	}
	s := 0.2 + 0.8/(1+math.E) // −5 + 10 × 0.4 = −1
	want := s*math.E*math.E/(1+math.E+math.E*math.E) + (1-s)/3
	if math.Abs(got.Familiarity-s) > 1e-12 || math.Abs(got.Confidence-want) > 1e-12 {
		t.Errorf("familiarity %.4f, confidence %.4f; want %.4f, %.4f", got.Familiarity, got.Confidence, s, want)
	}
	sum := 0.0
	for _, c := range got.Ranking {
		sum += c.Probability
	}
	if math.Abs(sum-1) > 1e-12 {
		t.Errorf("the probabilities sum to %f", sum)
	}
}

// mapped answers the activations of a grid beside its classes.
type mapped struct{ fixed }

func (m mapped) Run(ctx context.Context, in []byte, outputs [][]byte) error {
	for i := range outputs[1] {
		outputs[1][i] = byte(i) // nil when nobody asked: nothing to fill
	}
	return m.fixed.Run(ctx, in, outputs[:1])
}

func TestExplainOnlyWhenAsked(t *testing.T) {
	m := member("leaf", fixed{classes: int8s(-10, 60, -10)})
	m.Engine = mapped{m.Engine.(fixed)}
	m.Model.Outputs = append(m.Model.Outputs, models.Output{Role: models.RoleCAM, Index: 1, Size: 12, Height: 2, Width: 2, Channels: 3})
	m.Outputs = append(m.Outputs, diagnose.Quant{Signed: true, Scale: 1})
	d := diagnoser(t, plain{}, m)
	for _, explain := range []bool{true, false, true} {
		got, err := d.Diagnose(context.Background(), shot(t), mango.Request{Kind: mango.Leaf, Explain: explain})
		if err != nil {
			t.Fatal(err)
		}
		if (got.HeatMap != nil) != explain {
			t.Errorf("explain %v gave a picture of %d bytes", explain, len(got.HeatMap))
		}
	}
}

func TestAutoFollowsTheGate(t *testing.T) {
	sure := int8s(-10, 60, -10)
	fruity := fixed{classes: sure, gate: []byte{128, 128, 228}}
	leafy := fixed{classes: sure, gate: []byte{128, 228, 128}}
	for name, c := range map[string]struct {
		leaf, fruit fixed
		want        mango.Kind
	}{
		"leaf":  {leafy, leafy, mango.Leaf},
		"fruit": {fruity, fruity, mango.Fruit},
	} {
		t.Run(name, func(t *testing.T) {
			d := diagnoser(t, plain{}, member("leaf", c.leaf), member("fruit", c.fruit))
			got, err := d.Diagnose(context.Background(), shot(t), mango.Request{})
			if err != nil {
				t.Fatal(err)
			}
			if got.Kind != c.want {
				t.Errorf("kind %s, want %s", got.Kind, c.want)
			}
		})
	}
}

func TestDiagnoseErrors(t *testing.T) {
	good := member("leaf", fixed{classes: int8s(1, 2, 3)})
	for name, c := range map[string]struct {
		photos plain
		member diagnose.Member
		kind   mango.Kind
		want   mango.Code
	}{
		"no model of that kind": {plain{}, good, mango.Fruit, mango.Internal},
		"not a photo":           {plain{err: &preprocess.Error{Kind: preprocess.ErrNotAPhoto, Sentence: "no"}}, good, mango.Leaf, mango.InvalidPhoto},
		"too many bytes":        {plain{err: &preprocess.Error{Kind: preprocess.ErrTooManyBytes, Sentence: "no"}}, good, mango.Leaf, mango.TooLarge},
		"too heavy to decode":   {plain{weight: 1001}, good, mango.Leaf, mango.InvalidPhoto},
		"the model fails":       {plain{}, member("leaf", fixed{err: errors.New("broken")}), mango.Leaf, mango.Internal},
		"the model is too slow": {plain{}, member("leaf", fixed{err: context.DeadlineExceeded}), mango.Leaf, mango.Timeout},
	} {
		t.Run(name, func(t *testing.T) {
			d := diagnoser(t, c.photos, c.member)
			photo, err := d.Probe([]byte("photo"), [32]byte{})
			if err == nil {
				_, err = d.Diagnose(context.Background(), photo, mango.Request{Kind: c.kind})
			}
			if mango.CodeOf(err) != c.want {
				t.Errorf("error %v, want code %s", err, c.want)
			}
			var e *mango.Error
			if !errors.As(err, &e) || e.Public == "" {
				t.Errorf("error %v has no public sentence", err)
			}
		})
	}
}

func TestNewRefusesOutputsThatDoNotFit(t *testing.T) {
	m := member("leaf", fixed{})
	m.Outputs = nil
	if _, err := diagnose.New(diagnose.Config{Members: []diagnose.Member{m}}); !errors.Is(err, diagnose.ErrOutput) {
		t.Errorf("error %v, want ErrOutput", err)
	}
}
