package diagnose_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/mango"
)

// slow is an Engine that answers when it is told to.
type slow struct {
	fixed
	entered, leave chan struct{}
}

func (s slow) Run(ctx context.Context, in []byte, outputs [][]byte) error {
	close(s.entered)
	<-s.leave
	return s.fixed.Run(ctx, in, outputs)
}

func TestSwitchWaitsForPhotosUnderWay(t *testing.T) {
	old := slow{fixed{classes: int8s(-10, 60, -10)}, make(chan struct{}), make(chan struct{})}
	first := member("leaf", fixed{})
	first.Engine = old
	d := diagnoser(t, plain{weight: 1}, first, member("fruit", fixed{classes: int8s(60, -10, -10)}))
	answered := make(chan string, 1)
	go func() {
		got, err := d.Diagnose(context.Background(), shot(t), mango.Request{Kind: mango.Leaf})
		if err != nil {
			t.Error(err)
		}
		answered <- got.Model.ID + " " + got.Disease
	}()
	<-old.entered

	next := member("leaf", fixed{classes: int8s(-10, -10, 60)})
	next.Model.ID = "leaf-next"
	wait, err := d.Switch(next)
	if err != nil {
		t.Fatal(err)
	}
	free := make(chan struct{})
	go func() { wait(); close(free) }()
	select {
	case <-free:
		t.Fatal("the old engine was given free while a photo used it")
	case <-time.After(20 * time.Millisecond):
	}
	close(old.leave)
	if got := <-answered; got != "leaf-test Die Back" {
		t.Errorf("the photo under way is answered by %s", got)
	}
	<-free
	got, err := d.Diagnose(context.Background(), shot(t), mango.Request{Kind: mango.Leaf})
	if err != nil || got.Model.ID != "leaf-next" || got.Disease != "Healthy" {
		t.Errorf("after the exchange %s answers %s (%v)", got.Model.ID, got.Disease, err)
	}
	if n := len(d.Models()); n != 2 {
		t.Errorf("%d models after the exchange of one", n)
	}
}

func TestSwitchRefusesWhatDoesNotFit(t *testing.T) {
	d := diagnoser(t, plain{weight: 1}, member("leaf", fixed{classes: int8s(-10, 60, -10)}))
	good, bad := member("fruit", fixed{}), member("leaf", fixed{})
	bad.Outputs = nil
	if _, err := d.Switch(good, bad); !errors.Is(err, diagnose.ErrOutput) {
		t.Fatalf("error is %v, want %v", err, diagnose.ErrOutput)
	}
	if got := d.Models(); len(got) != 1 || got[0].ID != "leaf-test" {
		t.Errorf("a refused exchange left %v", got)
	}
}

// TestSwitchHammer exchanges under photos; run with -race.
func TestSwitchHammer(t *testing.T) {
	d, err := diagnose.New(diagnose.Config{
		Members: []diagnose.Member{member("leaf", fixed{classes: int8s(-10, 60, -10)})}, Photos: plain{weight: 1}, Admission: diagnose.NewAdmission(4, 100, 1000),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var busy sync.WaitGroup
	for range 4 {
		busy.Go(func() {
			for range 200 {
				if _, err := d.Diagnose(context.Background(), shot(t), mango.Request{Kind: mango.Leaf}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 50 {
		wait, err := d.Switch(member("leaf", fixed{classes: int8s(-10, -10, 60)}))
		if err != nil {
			t.Fatal(err)
		}
		wait()
	}
	busy.Wait()
}

func TestInspect(t *testing.T) {
	d := diagnoser(t, plain{weight: 1}, member("fruit", fixed{}))
	photo, err := d.Probe([]byte("photo"), [32]byte{7})
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.Inspect(photo)
	want := mango.Photo{SHA256: [32]byte{7}, Format: "jpeg", Width: 30, Height: 40, Bytes: 5}
	if err != nil || got != want {
		t.Errorf("%+v (%v), want %+v", got, err, want)
	}
	broken := diagnoser(t, plain{err: errors.New("odd")}, member("leaf", fixed{}))
	if _, err := broken.Probe(nil, [32]byte{}); mango.CodeOf(err) != mango.Internal {
		t.Errorf("error is %v", err)
	}
	if _, err := broken.Inspect(photo); mango.CodeOf(err) != mango.Internal {
		t.Errorf("error is %v", err)
	}
}
