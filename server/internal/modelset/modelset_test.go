package modelset_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"mangosense/models"
	"mangosense/preprocess/photos"
	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/modelset"
	"mangosense/server/internal/store"
	"mangosense/tflite"
)

var boss = mango.Actor{User: 1, Admin: true}

// faults are what can be wrong with the leaf model's file and its entry.
var faults = map[string]struct {
	spoil func(folder)
	err   error
}{
	"a missing file":  {func(f folder) { os.Remove(filepath.Join(f.dir, "leaf-mobilenetv2.tflite")) }, os.ErrNotExist},
	"one flipped bit": {func(f folder) { f.flip("leaf-mobilenetv2.tflite") }, tflite.ErrDigest},
	"a file cut in half": {func(f folder) {
		b := f.read("leaf-mobilenetv2.tflite")
		f.write("leaf-mobilenetv2.tflite", b[:len(b)/2])
	}, tflite.ErrDamaged},
	"weights of the other kind": {func(f folder) { f.write("leaf-mobilenetv2.tflite", f.read("fruit-mobilenetv2.tflite")) }, tflite.ErrDigest},
	"no model, well sealed": {func(f folder) {
		f.write("leaf-mobilenetv2.tflite", []byte(strings.Repeat("no model ", 100)))
		f.each("leaf-mobilenetv2", func(m map[string]any) { m["files"].(map[string]any)["tflite"] = f.resealed("leaf-mobilenetv2.tflite") })
	}, tflite.ErrNotModel},
	"another input's scale": {func(f folder) {
		f.each("leaf-mobilenetv2", func(m map[string]any) { m["input"].(map[string]any)["scale"] = 0.5 })
	}, modelset.ErrUnfit},
	"another zero point": {func(f folder) {
		f.each("leaf-mobilenetv2", func(m map[string]any) { m["input"].(map[string]any)["zero_point"] = 3 })
	}, modelset.ErrUnfit},
}

func TestOpenRefuses(t *testing.T) {
	whole := newFolder(t)
	for name, c := range faults {
		t.Run(name, func(t *testing.T) {
			f := whole.in(t)
			c.spoil(f)
			d, err := f.open(nil)
			if !errors.Is(err, c.err) {
				t.Fatalf("error is %v, want %v", err, c.err)
			}
			if got := d.Models(); len(got) != 0 {
				t.Errorf("%d models answer", len(got))
			}
		})
	}
}

// TestReloadRefuses: whatever is wrong, what answered goes on, and a mended
// folder is taken.
func TestReloadRefuses(t *testing.T) {
	whole := newFolder(t)
	d := whole.mustOpen(nil)
	version := 1
	for name, c := range faults {
		t.Run(name, func(t *testing.T) {
			f := whole.in(t)
			before := d.model(t, mango.Leaf)
			c.spoil(f)
			f.each("fruit-mobilenetv2", func(m map[string]any) { m["version"] = "9.9.9" })
			if err := d.set.Reload(); err == nil {
				t.Fatal("it was taken")
			}
			if got := d.model(t, mango.Leaf); got != before {
				t.Errorf("%s answers after the refusal, %s before", got, before)
			}
			if got := d.model(t, mango.Fruit); strings.HasSuffix(got, "9.9.9") {
				t.Errorf("half of a refused folder answers: %s", got)
			}
			f.mend()
			version++
			next := fmt.Sprintf("%d.0.0", version)
			f.each("leaf-mobilenetv2", func(m map[string]any) { m["version"] = next })
			if err := d.set.Reload(); err != nil {
				t.Fatal(err)
			}
			if got := d.model(t, mango.Leaf); got != "leaf-mobilenetv2 "+next {
				t.Errorf("%s answers after the folder was mended", got)
			}
		})
	}
}

// TestReloadKeepsAKindThatTheManifestLost, and refuses a manifest that is none.
func TestReloadKeepsAKindThatTheManifestLost(t *testing.T) {
	f := newFolder(t)
	d := f.mustOpen(nil)
	before := d.model(t, mango.Fruit)
	f.edit(func(m map[string]any) {
		m["models"] = slices.DeleteFunc(m["models"].([]any), func(x any) bool { return x.(map[string]any)["kind"] == "fruit" })
	})
	if err := d.set.Reload(); err != nil {
		t.Fatal(err)
	}
	if got := d.model(t, mango.Fruit); got != before {
		t.Errorf("%s answers, %s did", got, before)
	}
	f.write(models.ManifestName, []byte("{"))
	if err := d.set.Reload(); err == nil {
		t.Error("half a manifest was taken")
	}
	if got := d.model(t, mango.Fruit); got != before {
		t.Errorf("%s answers, %s did", got, before)
	}
}

// TestCheckFinds what Open would refuse, and nothing in a sound folder.
func TestCheckFinds(t *testing.T) {
	f := newFolder(t)
	for _, x := range modelset.Check(f.manifest()) {
		if x.Err != nil {
			t.Errorf("a sound folder: %s: %v", x.Name, x.Err)
		}
	}
	for name, c := range faults {
		t.Run(name, func(t *testing.T) {
			f := f.in(t)
			c.spoil(f)
			for _, x := range modelset.Check(f.manifest()) {
				if faulty := x.Err != nil; faulty != (x.Name == "leaf-mobilenetv2.tflite") {
					t.Errorf("%s: %v", x.Name, x.Err)
				} else if faulty && x.Remedy == "" {
					t.Errorf("%s has no remedy", x.Name)
				}
			}
		})
	}
}

// TestSwitchIsRememberedByTheStore, so that the next start opens what was chosen.
func TestSwitchIsRememberedByTheStore(t *testing.T) {
	f := newFolder(t)
	db, err := store.Open(filepath.Join(t.TempDir(), store.FileName), store.Config{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	admin := &mango.User{Username: "boss", Email: "boss@farm.example", Password: "x", Admin: true}
	if _, err := db.AddUser(context.Background(), mango.System, admin); err != nil {
		t.Fatal(err)
	}
	d := f.mustOpen(db)
	by := mango.Actor{User: admin.ID, Admin: true}
	if err := d.set.SwitchModels(context.Background(), by, map[mango.Kind]string{mango.Leaf: "leaf-next.tflite"}); err != nil {
		t.Fatal(err)
	}
	again := f.mustOpen(db)
	for _, d := range []desk{d, again} {
		if got := d.model(t, mango.Leaf); !strings.HasPrefix(got, "leaf-next ") {
			t.Errorf("%s answers", got)
		}
		var listed []string
		for _, x := range d.set.ModelFiles() {
			listed = append(listed, fmt.Sprint(x.File, " ", x.Active))
		}
		slices.Sort(listed)
		if got := strings.Join(listed, ", "); got != "fruit-mobilenetv2.tflite true, leaf-mobilenetv2.tflite false, leaf-next.tflite true" {
			t.Errorf("listed: %s", got)
		}
	}
	f.edit(func(m map[string]any) {
		m["models"] = slices.DeleteFunc(m["models"].([]any), func(x any) bool { return x.(map[string]any)["id"] == "leaf-next" })
	})
	if got := f.mustOpen(db).model(t, mango.Leaf); !strings.HasPrefix(got, "leaf-mobilenetv2 ") {
		t.Errorf("the chosen model is gone from the manifest and %s answers", got)
	}
}

func TestSwitchRefuses(t *testing.T) {
	full := errors.New("the disk is full")
	whole := newFolder(t)
	for name, c := range map[string]struct {
		by     mango.Actor
		files  map[mango.Kind]string
		spoil  func(folder)
		lostAt int // the choice that the store does not take
		code   mango.Code
	}{
		"nobody":                 {by: mango.Actor{}, files: map[mango.Kind]string{mango.Leaf: "leaf-next.tflite"}, code: mango.Unauthenticated},
		"a grower":               {by: mango.Actor{User: 2}, files: map[mango.Kind]string{mango.Leaf: "leaf-next.tflite"}, code: mango.Forbidden},
		"a file of no entry":     {by: boss, files: map[mango.Kind]string{mango.Leaf: "other.tflite"}, code: mango.Invalid},
		"a path":                 {by: boss, files: map[mango.Kind]string{mango.Leaf: "../leaf-next.tflite"}, code: mango.Invalid},
		"a model of other kind":  {by: boss, files: map[mango.Kind]string{mango.Fruit: "leaf-next.tflite"}, code: mango.Invalid},
		"a damaged file":         {by: boss, files: map[mango.Kind]string{mango.Leaf: "leaf-next.tflite"}, spoil: func(f folder) { f.flip("leaf-next.tflite") }, code: mango.Invalid},
		"one of two unknown":     {by: boss, files: map[mango.Kind]string{mango.Leaf: "leaf-next.tflite", mango.Fruit: "other.tflite"}, code: mango.Invalid},
		"a choice that is lost":  {by: boss, files: map[mango.Kind]string{mango.Leaf: "leaf-next.tflite"}, lostAt: 1, code: mango.Internal},
		"the second of two lost": {by: boss, files: map[mango.Kind]string{mango.Leaf: "leaf-next.tflite", mango.Fruit: "fruit-mobilenetv2.tflite"}, lostAt: 2, code: mango.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			f := whole.in(t)
			memory := &choices{left: c.lostAt, err: full}
			d := f.mustOpen(memory)
			if c.spoil != nil {
				c.spoil(f)
			}
			err := d.set.SwitchModels(context.Background(), c.by, c.files)
			if err == nil || mango.CodeOf(err) != c.code || c.lostAt > 0 && !errors.Is(err, full) {
				t.Fatalf("error is %v, want %s", err, c.code)
			}
			if got := d.model(t, mango.Leaf); !strings.HasPrefix(got, "leaf-mobilenetv2 ") {
				t.Errorf("%s answers after a refused switch", got)
			}
			for kind, file := range memory.Settings().Models {
				if file != "" {
					t.Errorf("%s is remembered for %s", file, kind)
				}
			}
			memory.left = 0
			if c.spoil == nil {
				if err := d.set.SwitchModels(context.Background(), boss, map[mango.Kind]string{mango.Leaf: "leaf-next.tflite"}); err != nil {
					t.Errorf("a switch after it: %v", err)
				}
			}
		})
	}
}

// unwilling refuses every exchange after the first.
type unwilling struct {
	*diagnose.Diagnoser
	asked atomic.Int32
}

func (u *unwilling) Switch(members ...diagnose.Member) (func(), error) {
	if u.asked.Add(1) > 1 {
		return nil, diagnose.ErrOutput
	}
	return u.Diagnoser.Switch(members...)
}

// TestRefusedExchangeChangesNothing: what the diagnoser does not take is freed,
// and the set goes on as it was.
func TestRefusedExchangeChangesNothing(t *testing.T) {
	f := newFolder(t)
	d := f.mustOpen(nil) // for its diagnoser's photos
	u := &unwilling{Diagnoser: d.Diagnoser}
	memory := &choices{}
	set, err := modelset.Open(modelset.Config{Manifest: f.manifest(), Interpreters: 1, Answering: u, Choices: memory, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	before := fmt.Sprint(set.ModelFiles())
	if err := set.SwitchModels(context.Background(), boss, map[mango.Kind]string{mango.Leaf: "leaf-next.tflite"}); !errors.Is(err, diagnose.ErrOutput) {
		t.Errorf("a switch: %v", err)
	}
	f.each("leaf-mobilenetv2", func(m map[string]any) { m["version"] = "2.0.0" })
	if err := set.Reload(); !errors.Is(err, diagnose.ErrOutput) {
		t.Errorf("a reload: %v", err)
	}
	if after := fmt.Sprint(set.ModelFiles()); after != before {
		t.Errorf("%s before, %s after", before, after)
	}
	if got := len(memory.Settings().Models); got != 0 {
		t.Errorf("%d choices are remembered", got)
	}
	d.Close()
	if err := set.Close(); err != nil {
		t.Error(err)
	}
}

// TestSwitchHammer switches, reloads and lists while photos are under way, and
// closes in the middle of it; run with -race.
func TestSwitchHammer(t *testing.T) {
	f := newFolder(t)
	d := f.mustOpen(&choices{})
	files := []string{"leaf-mobilenetv2.tflite", "leaf-next.tflite"}
	photo, err := d.Probe(photos.JPEG(64, 48), [32]byte{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	var busy sync.WaitGroup
	var answered atomic.Int32
	for range 3 {
		busy.Go(func() {
			for range 30 {
				got, err := d.Diagnose(ctx, photo, mango.Request{Kind: mango.Leaf})
				if err != nil || got.Model.File != files[0] && got.Model.File != files[1] {
					t.Errorf("%s answers (%v)", got.Model.File, err)
					return
				}
				answered.Add(1)
			}
		})
	}
	for k := range 2 {
		busy.Go(func() {
			for i := range 6 {
				if err := d.set.SwitchModels(ctx, boss, map[mango.Kind]string{mango.Leaf: files[(i+k)%2]}); err != nil {
					t.Error(err)
				}
				active := 0
				for _, x := range d.set.ModelFiles() {
					if x.Active {
						active++
					}
				}
				if active != 2 {
					t.Errorf("%d models answer, want one of each kind", active)
				}
			}
		})
	}
	busy.Go(func() {
		for range 4 {
			if err := d.set.Reload(); err != nil {
				t.Error(err)
			}
		}
	})
	busy.Wait()
	if answered.Load() != 90 {
		t.Errorf("%d photos were answered", answered.Load())
	}
	d.Diagnoser.Close()
	busy.Go(func() {
		if err := d.set.SwitchModels(ctx, boss, map[mango.Kind]string{mango.Leaf: files[1]}); err != nil && !errors.Is(err, modelset.ErrClosed) {
			t.Error(err)
		}
	})
	for range 2 {
		busy.Go(func() {
			if err := d.set.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	busy.Wait()
	for name, err := range map[string]error{"switch": d.set.SwitchModels(ctx, boss, map[mango.Kind]string{mango.Leaf: files[0]}), "reload": d.set.Reload()} {
		if !errors.Is(err, modelset.ErrClosed) {
			t.Errorf("a %s after Close: %v", name, err)
		}
	}
	if got := d.set.ModelFiles(); len(got) != 3 || slices.ContainsFunc(got, func(x mango.ModelFile) bool { return x.Active }) {
		t.Errorf("listed after Close: %v", got)
	}
}
