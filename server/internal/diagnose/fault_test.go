package diagnose_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"mangosense/models"
	"mangosense/preprocess"
	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/mango"
)

// costly is a Photos whose photos cost what it says, or cannot be prepared.
type costly struct {
	plain
	cost           time.Duration
	memory, tensor error
	took           preprocess.Timings
}

func (c costly) Probe(b []byte) (preprocess.Photo, error) {
	p, err := c.plain.Probe(b)
	p.Cost = c.cost
	return p, err
}

func (c costly) DecodeBytes(preprocess.Photo, models.Input) (int64, error) { return c.weight, c.memory }

func (c costly) Tensor(photo preprocess.Photo, _ models.Input, dst []byte) (preprocess.Timings, error) {
	copy(dst, photo.Bytes)
	return c.took, c.tensor
}

// ask probes and diagnoses a photo.
func ask(ctx context.Context, d *diagnose.Diagnoser, photo []byte, digest [32]byte, req mango.Request) (mango.Diagnosis, error) {
	p, err := d.Probe(photo, digest)
	if err != nil {
		return mango.Diagnosis{}, err
	}
	return d.Diagnose(ctx, p, req)
}

func withPhotos(t *testing.T, p diagnose.Photos, a *diagnose.Admission, answers *diagnose.AnswerCache, members ...diagnose.Member) *diagnose.Diagnoser {
	t.Helper()
	d, err := diagnose.New(diagnose.Config{Members: members, Photos: p, Admission: a, Answers: answers})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// TestEveryStepCanFail: what each step's failure is to the caller of a photo and
// of a tensor. Whatever fails, the place is given back.
func TestEveryStepCanFail(t *testing.T) {
	odd := errors.New("odd")
	good := fixed{classes: int8s(1, 2, 3)}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		name          string
		photos        diagnose.Photos
		engine        fixed
		admission     *diagnose.Admission
		taken, closed bool
		photo, tensor mango.Code
		cause         error
		retry         time.Duration
	}{
		{name: "nothing", photos: plain{}, engine: good},
		{name: "the header", photos: plain{err: odd}, engine: good, photo: mango.Internal, cause: odd},
		{name: "the decode's memory", photos: costly{memory: &preprocess.Error{Kind: preprocess.ErrTooManyBytes, Sentence: "no"}}, engine: good, photo: mango.TooLarge, cause: preprocess.ErrTooManyBytes},
		{name: "the decode, ours", photos: costly{tensor: odd}, engine: good, photo: mango.Internal, cause: odd},
		{name: "the decode, the photo's", photos: costly{tensor: &preprocess.Error{Kind: preprocess.ErrNotAPhoto, Sentence: "no"}}, engine: good, photo: mango.InvalidPhoto, cause: mango.ErrNotAPhoto},
		{name: "the model", photos: plain{}, engine: fixed{err: odd}, photo: mango.Internal, tensor: mango.Internal, cause: odd},
		{name: "the model, given up", photos: plain{}, engine: fixed{err: context.Canceled}, photo: mango.Timeout, tensor: mango.Timeout, cause: context.Canceled},
		{name: "the model, too late", photos: plain{}, engine: fixed{err: context.DeadlineExceeded}, photo: mango.Timeout, tensor: mango.Timeout, cause: context.DeadlineExceeded},
		{name: "memory, just enough", photos: plain{weight: 1 << 12}, engine: good, admission: diagnose.NewAdmission(1, 0, 1<<12)},
		{name: "memory", photos: plain{weight: 1<<10 + 1}, engine: good, admission: diagnose.NewAdmission(1, 0, 1<<10), photo: mango.InvalidPhoto, tensor: mango.InvalidPhoto, cause: diagnose.ErrTooHeavy},
		{name: "no place", photos: plain{}, engine: good, taken: true, photo: mango.Busy, tensor: mango.Busy, cause: diagnose.ErrBusy},
		{name: "no place, the caller gone", photos: plain{}, engine: good, taken: true, admission: diagnose.NewAdmission(1, 1, 1<<20), photo: mango.Timeout, tensor: mango.Timeout, cause: context.Canceled},
		{name: "closed", photos: plain{}, engine: good, closed: true, photo: mango.Busy, tensor: mango.Busy, cause: diagnose.ErrClosed},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := c.admission
			if a == nil {
				a = diagnose.NewAdmission(1, 0, 1<<20)
			}
			d := withPhotos(t, c.photos, a, nil, member("leaf", c.engine))
			ctx := context.Background()
			if c.cause == context.Canceled && c.taken {
				ctx = ended
			}
			if c.taken {
				if err := a.Enter(context.Background(), diagnose.Ticket{}); err != nil {
					t.Fatal(err)
				}
			}
			if c.closed {
				d.Close()
			}
			_, photo := ask(ctx, d, []byte("photo"), [32]byte{}, mango.Request{Kind: mango.Leaf})
			_, tensor := d.Infer(ctx, mango.Leaf, make([]byte, 32*32*3))
			for what, got := range map[string]struct {
				err  error
				want mango.Code
			}{"photo": {photo, c.photo}, "tensor": {tensor, c.tensor}} {
				if got.want == "" {
					if got.err != nil {
						t.Errorf("%s: %v", what, got.err)
					}
					continue
				}
				var e *mango.Error
				if !errors.As(got.err, &e) || e.Code != got.want || e.Public == "" || !errors.Is(got.err, c.cause) {
					t.Errorf("%s: %+v, want %s for %v", what, got.err, got.want, c.cause)
				}
			}
			if c.taken {
				a.Leave(diagnose.Ticket{}, 0)
			}
			if running, waiting, bytes := d.Load(); running != 0 || waiting != 0 || bytes != 0 {
				t.Errorf("load = %d, %d, %d afterwards", running, waiting, bytes)
			}
		})
	}
}

// TestRetryAfterTheLine: a refusal says how long the line will take.
func TestRetryAfterTheLine(t *testing.T) {
	a := diagnose.NewAdmission(1, 1, 1000)
	d := withPhotos(t, plain{}, a, nil, member("leaf", fixed{}))
	if err := a.Enter(context.Background(), diagnose.Ticket{Bytes: 1}); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- a.Enter(context.Background(), diagnose.Ticket{Bytes: 1, Work: 7 * time.Second}) }()
	for waiting := 0; waiting == 0; _, waiting, _ = a.Load() {
		time.Sleep(time.Millisecond)
	}
	_, err := ask(context.Background(), d, nil, [32]byte{}, mango.Request{Kind: mango.Leaf})
	var e *mango.Error
	if !errors.As(err, &e) || e.Code != mango.Busy || e.Retry != 7*time.Second {
		t.Errorf("refused by %+v", err)
	}
	a.Leave(diagnose.Ticket{Bytes: 1}, 0)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestInfer: a tensor is answered as the photo that it was made of.
func TestInfer(t *testing.T) {
	m := member("leaf", fixed{classes: int8s(-10, 30, 10), gate: []byte{128, 228, 128}})
	d := withPhotos(t, plain{}, diagnose.NewAdmission(1, 0, 32*32*3), nil, m)
	tensor := make([]byte, 32*32*3)
	got, err := d.Infer(context.Background(), mango.Leaf, tensor)
	if err != nil {
		t.Fatal(err)
	}
	want, err := ask(context.Background(), d, tensor, [32]byte{}, mango.Request{Kind: mango.Leaf})
	if err != nil {
		t.Fatal(err)
	}
	if got.Photo != (mango.Photo{Format: "tensor", Width: 32, Height: 32, Bytes: 32 * 32 * 3}) || got.InputWidth != 32 || got.InputHeight != 32 ||
		got.Model != want.Model || got.Kind != mango.Leaf || got.Disease != want.Disease || got.Verdict != want.Verdict || got.Confidence != want.Confidence || got.Gate != want.Gate {
		t.Errorf("answered %+v\nthe photo %+v", got, want)
	}
	if got.Processing != got.Timings.Total || got.Timings.Total < got.Timings.Infer || got.Timings.Wait < 0 {
		t.Errorf("timings %+v, processing %v", got.Timings, got.Processing)
	}
	for name, c := range map[string]struct {
		kind   mango.Kind
		tensor []byte
		want   mango.Code
	}{
		"a byte less":           {mango.Leaf, tensor[1:], mango.Invalid},
		"a byte more":           {mango.Leaf, append(tensor, 0), mango.Invalid},
		"none":                  {mango.Leaf, nil, mango.Invalid},
		"no model of that kind": {mango.Fruit, tensor, mango.Internal},
	} {
		if _, err := d.Infer(context.Background(), c.kind, c.tensor); mango.CodeOf(err) != c.want || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAutoChooses: which model answers a photo whose kind nobody said, and that
// its times are those of both.
func TestAutoChooses(t *testing.T) {
	sure, lesser := int8s(-10, 60, -10), int8s(-10, 30, -10)
	gate := func(other, leaf, fruit byte) []byte { return []byte{other, leaf, fruit} }
	broken := errors.New("broken")
	for _, c := range []struct {
		name        string
		leaf, fruit *fixed
		want        mango.Kind
		err         error
		both        bool
	}{
		{"the gate says leaf", &fixed{classes: sure, gate: gate(128, 228, 128)}, &fixed{classes: sure}, mango.Leaf, nil, false},
		{"the gate says fruit", &fixed{classes: lesser, gate: gate(128, 128, 228)}, &fixed{classes: lesser}, mango.Fruit, nil, true},
		{"the gate cannot say", &fixed{classes: lesser, gate: gate(228, 128, 128)}, &fixed{classes: sure}, mango.Leaf, nil, false},
		{"no gate, leaf more confident", &fixed{classes: sure}, &fixed{classes: lesser}, mango.Leaf, nil, true},
		{"no gate, fruit more confident", &fixed{classes: lesser}, &fixed{classes: sure}, mango.Fruit, nil, true},
		{"no gate, even", &fixed{classes: sure}, &fixed{classes: sure}, mango.Leaf, nil, true},
		{"no model for fruit", &fixed{classes: sure, gate: gate(128, 128, 228)}, nil, mango.Leaf, nil, false},
		{"the leaf model fails", &fixed{err: broken}, &fixed{classes: sure}, "", broken, false},
		{"the fruit model fails", &fixed{classes: sure}, &fixed{err: broken}, "", broken, false},
	} {
		members := []diagnose.Member{member("leaf", *c.leaf)}
		if c.fruit != nil {
			members = append(members, member("fruit", *c.fruit))
		}
		d := withPhotos(t, costly{took: preprocess.Timings{Decode: 3, Resize: 5}}, diagnose.NewAdmission(1, 0, 1000), nil, members...)
		got, err := ask(context.Background(), d, []byte("photo"), [32]byte{}, mango.Request{})
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if err != nil {
			continue
		}
		times := 1
		if c.both {
			times = 2
		}
		if got.Kind != c.want || got.Timings.Decode != time.Duration(3*times) || got.Timings.Resize != time.Duration(5*times) || got.Processing != got.Timings.Total {
			t.Errorf("%s: %s in %+v (%v), want %s", c.name, got.Kind, got.Timings, got.Processing, c.want)
		}
	}
}

// TestNewRefuses: a model that has no output for its classes.
func TestNewRefuses(t *testing.T) {
	m := member("leaf", fixed{})
	m.Model.Outputs[0].Role = "other"
	if _, err := diagnose.New(diagnose.Config{Members: []diagnose.Member{m}}); !errors.Is(err, diagnose.ErrOutput) {
		t.Errorf("error %v, want ErrOutput", err)
	}
}

// TestWhatIsLoaded: models are listed leaf first, and a header is read for
// whichever there is.
func TestWhatIsLoaded(t *testing.T) {
	leaf, fruit := member("leaf", fixed{}), member("fruit", fixed{})
	for _, c := range []struct {
		name    string
		members []diagnose.Member
		want    string
	}{
		{"both", []diagnose.Member{fruit, leaf}, "leaf fruit "},
		{"fruit", []diagnose.Member{fruit}, "fruit "},
		{"leaf", []diagnose.Member{leaf}, "leaf "},
		{"none", nil, ""},
	} {
		d := diagnoser(t, plain{}, c.members...)
		got := ""
		for _, m := range d.Models() {
			got += m.Kind + " "
		}
		if got != c.want {
			t.Errorf("%s: %q", c.name, got)
		}
		p, err := d.Inspect(shot(t))
		if c.want == "" {
			if mango.CodeOf(err) != mango.Internal || !errors.Is(err, diagnose.ErrNoModel) {
				t.Errorf("%s: %v", c.name, err)
			}
		} else if err != nil || p.SHA256 != sha256.Sum256([]byte("photo")) {
			t.Errorf("%s: %+v, %v", c.name, p, err)
		}
	}
}

// TestWork: how many photos a photo counts as, by what its header predicts.
func TestWork(t *testing.T) {
	const known = 1
	leaf := mango.Request{Kind: mango.Leaf}
	for _, c := range []struct {
		name   string
		photos diagnose.Photos
		digest byte
		req    mango.Request
		want   float64
	}{
		{"a light one", costly{cost: time.Millisecond}, 0, leaf, 1},
		{"one that counts once", costly{cost: 90 * time.Millisecond}, 0, leaf, 1},
		{"one that counts twice", costly{cost: 190 * time.Millisecond}, 0, leaf, 2},
		{"no model", costly{cost: time.Hour}, 0, mango.Request{Kind: mango.Fruit}, 1},
		{"too large", costly{cost: time.Hour, memory: errors.New("odd")}, 0, leaf, 1},
		{"answered a moment ago", costly{cost: time.Hour}, known, leaf, 1},
		{"that, explained", costly{cost: 190 * time.Millisecond}, known, mango.Request{Kind: mango.Leaf, Explain: true}, 2},
	} {
		d := withPhotos(t, c.photos, diagnose.NewAdmission(1, 0, 1000), diagnose.NewAnswerCache(1, time.Minute), member("leaf", fixed{classes: int8s(1, 2, 3)}))
		_, _ = ask(context.Background(), d, []byte("p"), [32]byte{known}, leaf)
		photo, err := d.Probe([]byte("p"), [32]byte{c.digest})
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Work(photo, c.req); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
