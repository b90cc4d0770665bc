package intake_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/media"
)

var errDisk = errors.New("the disk does not answer")

// fault is a step, its error and, of PutPhoto, the photo that meets it.
type fault struct {
	step string
	err  error
	at   int32
}

// failing is a store and files of which one step fails.
type failing struct {
	intake.Records
	intake.Files
	fault
	put  atomic.Int32
	look func(all []*mango.Record) // before the records are stored
}

func (x *failing) Replied(ctx context.Context, by mango.Actor, key string, request [32]byte) ([]byte, error) {
	if x.step == "replied" {
		return nil, x.err
	}
	return x.Records.Replied(ctx, by, key, request)
}

func (x *failing) MayAdd(ctx context.Context, by mango.Actor, n int64) error {
	if x.step == "may" {
		return x.err
	}
	return x.Records.MayAdd(ctx, by, n)
}

func (x *failing) AddRecords(ctx context.Context, by mango.Actor, all []*mango.Record, once *mango.Once) ([]mango.Saved, []byte, error) {
	if x.look != nil {
		x.look(all)
	}
	if x.step == "add" {
		return nil, nil, x.err
	}
	return x.Records.AddRecords(ctx, by, all, once)
}

func (x *failing) PutPhoto(ctx context.Context, sum [32]byte, format string, write func(io.Writer) error) (mango.Hold, error) {
	if x.step == "clean" {
		write = func(io.Writer) error { return x.err }
	}
	if x.step == "put" && x.put.Add(1) == x.at {
		return nil, x.err
	}
	return x.Files.PutPhoto(ctx, sum, format, write)
}

// TestNothingIsLeftOfAFailedSave: whichever step fails, neither record nor photo
// stays, nothing is held, the diagnosis is there where only the store is at
// fault, and the same save stores later.
func TestNothingIsLeftOfAFailedSave(t *testing.T) {
	for name, c := range map[string]struct {
		fail     fault
		nobody   bool
		before   error // why nothing can be stored, known before
		unstored bool
		err      error
	}{
		"a full account":               {fail: fault{step: "may", err: mango.Wrap(mango.StoreFull, mango.ErrQuota, "full")}, unstored: true, err: mango.ErrQuota},
		"a full disk, by the file":     {fail: fault{step: "put", at: 2, err: mango.Wrap(mango.StoreFull, errDisk, "full")}, unstored: true, err: errDisk},
		"a disk that fails":            {fail: fault{step: "put", at: 1, err: mango.Wrap(mango.StoreFailed, errDisk, "failed")}, unstored: true, err: errDisk},
		"a photo that cannot be clean": {fail: fault{step: "clean", err: errDisk}, unstored: true, err: errDisk},
		"a store that is down":         {fail: fault{step: "add", err: mango.Wrap(mango.StoreDown, errDisk, "down")}, unstored: true, err: errDisk},
		"a store that is full":         {fail: fault{step: "add", err: mango.Wrap(mango.StoreFull, errDisk, "full")}, unstored: true, err: errDisk},
		"a store that is slow":         {fail: fault{step: "add", err: mango.Wrap(mango.Timeout, errDisk, "slow")}, unstored: true, err: errDisk},
		"a bare deadline":              {fail: fault{step: "add", err: context.DeadlineExceeded}, unstored: true, err: context.DeadlineExceeded},
		"a store that is wrong":        {fail: fault{step: "add", err: mango.Wrap(mango.Internal, errDisk, "wrong")}, err: errDisk},
		"a key of another request":     {fail: fault{step: "replied", err: mango.Wrap(mango.Unprocessable, errDisk, "other")}, err: errDisk},
		"accounts that are not there":  {before: mango.Wrap(mango.StoreDown, errDisk, "down"), nobody: true, unstored: true, err: errDisk},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFarm(t)
			cfg := f.cfg
			x := &failing{Records: f.data.Store, Files: f.data.Media, fault: c.fail}
			cfg.Records, cfg.Files = x, x
			req := f.request("leaf 1", "leaf 2")
			req.Tree, req.Once, req.Answer, req.Unstored = true, once("k"), answerOf, c.before
			if c.nobody {
				req.By = mango.Actor{}
			}
			res, err := intake.New(cfg).Diagnose(ctx, req)
			got := err
			if c.unstored {
				got = res.Unstored
			}
			if !errors.Is(got, c.err) || c.unstored && err != nil || !c.unstored && res.Unstored != nil {
				t.Fatalf("error %v, unstored %v, want %v", err, res.Unstored, c.err)
			}
			for _, p := range res.Photos {
				if p.Saved != nil {
					t.Errorf("%s is said to be stored", p.Name)
				}
				if p.Diagnosis == nil {
					t.Errorf("%s has no diagnosis", p.Name)
				}
			}
			if c.unstored && (res.Tree == nil || res.Tree.Counted != 2) {
				t.Errorf("the tree is %v", res.Tree)
			}
			if res.Answer != nil || f.records() != 0 || f.files() != 0 {
				t.Errorf("answer %q, %d records, %d files", res.Answer, f.records(), f.files())
			}
			x.put.Store(0)
			if _, err := intake.New(cfg).Add(ctx, req); err == nil {
				t.Error("Add says that it stored")
			}
			req.Unstored, req.By = nil, f.grower
			if res, err := intake.New(f.cfg).Diagnose(ctx, req); err != nil || res.First != nil || res.Photos[0].Saved == nil || f.records() != 2 || f.files() != 2 {
				t.Errorf("the same save later: %v, %d records, %d files", err, f.records(), f.files())
			}
		})
	}
}

// TestNobodyLeavesNoPhoto: who has no account stores nothing, not even for a
// moment.
func TestNobodyLeavesNoPhoto(t *testing.T) {
	f := newFarm(t)
	cfg := f.cfg
	cfg.Drop = nil
	req := f.request("leaf")
	req.By = mango.Actor{}
	if _, err := intake.New(cfg).Diagnose(ctx, req); mango.CodeOf(err) != mango.Unauthenticated || f.files() != 0 {
		t.Errorf("%v, %d files", err, f.files())
	}
}

// TestPhotoIsHeldUntilItsRecordIsStored: when the store is asked, each photo is
// on the disk under its record's name, and a sweep leaves it there.
func TestPhotoIsHeldUntilItsRecordIsStored(t *testing.T) {
	f := sweptFarm(t, time.Nanosecond)
	x := &failing{Records: f.data.Store, Files: f.data.Media}
	asked := 0
	x.look = func(all []*mango.Record) {
		for _, r := range all {
			asked++
			if err := f.data.Media.Remove(r.Media, f.data.Store.PhotoNeeded); err != nil {
				t.Error(err)
			}
			if there, err := f.data.Media.Has(r.Media); err != nil || !there {
				t.Errorf("%s is not there when its record is stored (%v)", r.Media, err)
			}
		}
	}
	cfg := f.cfg
	cfg.Records, cfg.Files = x, x
	if _, err := intake.New(cfg).Diagnose(ctx, f.request("leaf 1", "leaf 2")); err != nil {
		t.Fatal(err)
	}
	if asked != 2 || f.files() != 2 {
		t.Errorf("%d photos asked for, %d files", asked, f.files())
	}
	req := f.request("leaf 3")
	x.look, x.fault = nil, fault{step: "add", err: mango.Errorf(mango.StoreDown, "down")}
	cfg.Drop = nil // as if it could not remove
	if _, err := intake.New(cfg).Diagnose(ctx, req); err != nil || f.files() != 3 {
		t.Fatal(err, f.files())
	}
	swept, err := f.data.Media.Sweep(ctx, media.Sweeping{Needed: f.data.Store.PhotoNeeded})
	if err != nil || swept.Removed != 1 || swept.Held != 0 || swept.Kept != 2 {
		t.Errorf("a sweep after it found %+v (%v)", swept, err)
	}
}

// TestRepetitionIsAnsweredAsTheFirst, whatever the model would say by now.
func TestRepetitionIsAnsweredAsTheFirst(t *testing.T) {
	for name, call := range map[string]func(*intake.Intake, intake.Request) (*intake.Result, error){
		"diagnose": func(in *intake.Intake, r intake.Request) (*intake.Result, error) { return in.Diagnose(ctx, r) },
		"add":      func(in *intake.Intake, r intake.Request) (*intake.Result, error) { return in.Add(ctx, r) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFarm(t)
			in := intake.New(f.cfg)
			req := f.request("leaf 1", "broken", "leaf 2")
			req.Once, req.Answer = once("k"), answerOf
			first, err := call(in, req)
			if err != nil || string(first.Answer) != fmt.Sprintf("leaf 1.jpg %d; broken.jpg; leaf 2.jpg %d; ", first.Photos[0].Saved.ID, first.Photos[2].Saved.ID) {
				t.Fatalf("%q (%v)", first.Answer, err)
			}
			again, err := call(in, req)
			if err != nil || string(again.First) != string(first.Answer) || f.records() != 2 {
				t.Errorf("the repetition: %q (%v), %d records", again.First, err, f.records())
			}
			other := req
			other.Once = &mango.Once{Key: "k", Request: [32]byte{1}}
			if _, err := call(in, other); mango.CodeOf(err) != mango.Unprocessable {
				t.Errorf("another request under the key: %v", err)
			}
			other.By = f.join("ana")
			if res, err := call(in, other); err != nil || res.First != nil || f.records() != 4 {
				t.Errorf("another's key: %v, %d records", err, f.records())
			}
		})
	}
	f := newFarm(t)
	req := f.request("leaf")
	req.Preview, req.Once, req.Answer = true, once("k"), answerOf
	for range 2 {
		if res, err := intake.New(f.cfg).Diagnose(ctx, req); err != nil || res.First != nil || res.Answer != nil {
			t.Errorf("a preview under a key: %v", err)
		}
	}
}

// TestIntakeHammer saves a few photos over and over, repeats saves at once and
// fails some, while sweeps run: what is stored stays whole, a key stores once.
// Run with -race.
func TestIntakeHammer(t *testing.T) {
	f := newFarm(t)
	good := intake.New(f.cfg)
	cfg := f.cfg
	cfg.Records = &failing{Records: f.data.Store, fault: fault{step: "add", err: mango.Errorf(mango.StoreFailed, "failed")}}
	bad := intake.New(cfg)
	var busy sync.WaitGroup
	for k := range 4 {
		busy.Go(func() {
			for i := range 15 {
				word := fmt.Sprint("leaf ", i%3)
				if k == 0 {
					if res, err := bad.Diagnose(ctx, f.request(word)); err != nil || res.Unstored == nil {
						t.Errorf("a save that fails: %v", err)
					}
					continue
				}
				req := f.request(word)
				if k == 1 {
					req.Once, req.Answer = once(fmt.Sprint("key", i)), answerOf
				}
				res, err := good.Diagnose(ctx, req)
				if err != nil || res.Unstored != nil {
					t.Error(err, res.Unstored)
					return
				}
			}
		})
		busy.Go(func() { // the keys of the second one again
			for i := range 15 {
				req := f.request(fmt.Sprint("leaf ", i%3))
				req.Once, req.Answer = once(fmt.Sprint("key", i)), answerOf
				if res, err := good.Diagnose(ctx, req); err != nil || res.First == nil && res.Photos[0].Saved == nil {
					t.Errorf("a repetition is neither stored nor answered: %v", err)
				}
			}
		})
	}
	busy.Go(func() {
		for range 10 {
			if _, err := f.data.Media.Sweep(ctx, media.Sweeping{Needed: f.data.Store.PhotoNeeded}); err != nil {
				t.Error(err)
			}
		}
	})
	busy.Wait()
	if n := f.records(); n != 30+15 {
		t.Errorf("%d records, want 30 without a key and one for each of 15 keys", n)
	}
	if n := f.files(); n != 3 {
		t.Errorf("%d files of 3 photos", n)
	}
}
