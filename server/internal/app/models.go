package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"mangosense/server/internal/api"
	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/ordered"
)

// modelRoom lists the weights of the models folder and exchanges those that
// answer while photos are under way; see api.Models.
type modelRoom struct {
	engines   *engines
	diagnoser *diagnose.Diagnoser
	choices   mango.Choices
	log       *slog.Logger

	mu ordered.Mutex[ordered.Exchange] // one exchange at a time
}

// ModelFiles lists what the manifest names and the folder has.
func (r *modelRoom) ModelFiles() []api.ModelFile {
	active := map[string]bool{}
	for _, m := range r.diagnoser.Models() {
		active[m.ID] = true
	}
	var out []api.ModelFile
	manifest := r.engines.book()
	for _, m := range manifest.Models {
		// What answers is listed even when its file was moved away meanwhile.
		if _, err := os.Stat(manifest.TFLitePath(m)); err != nil && !active[m.ID] {
			continue
		}
		out = append(out, api.ModelFile{
			Model:  mango.Model{ID: m.ID, Version: m.Version, File: m.Files.TFLite.Name, Kind: mango.Kind(m.Kind)},
			Active: active[m.ID], Width: m.Input.Width, Height: m.Input.Height, Classes: len(m.Classes),
		})
	}
	return out
}

// SwitchModels loads and checks, exchanges, and remembers the choice. It
// returns when the old models are freed: their last photos are answered first.
func (r *modelRoom) SwitchModels(ctx context.Context, by mango.Actor, files map[mango.Kind]string) error {
	if err := by.NeedRules(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	fresh, err := r.load(files)
	if err != nil {
		return err
	}
	wait, err := r.diagnoser.Switch(fresh.members...)
	if err != nil {
		return errors.Join(err, fresh.Close())
	}
	old := r.engines.exchange(fresh)
	if err := r.remember(ctx, by, files); err != nil {
		// The choice would be lost at the next start: go back.
		wait, back := r.diagnoser.Switch(old.members...)
		if back != nil {
			return errors.Join(err, back)
		}
		wait()
		return errors.Join(err, r.engines.exchange(old).Close())
	}
	for _, m := range fresh.members {
		r.log.Info("model chosen", "id", m.Model.ID, "version", m.Model.Version, "kind", m.Model.Kind)
	}
	wait()
	return old.Close()
}

// load opens the chosen models, but those that answer already.
func (r *modelRoom) load(files map[mango.Kind]string) (*engines, error) {
	active := map[string]bool{}
	for _, m := range r.diagnoser.Models() {
		active[m.Files.TFLite.Name] = true
	}
	fresh := &engines{manifest: r.engines.book(), interpreters: r.engines.interpreters}
	for kind, file := range files {
		if active[file] {
			continue
		}
		m, ok := fresh.find(kind, file)
		if !ok {
			return nil, errors.Join(mango.Errorf(mango.Invalid, "File '%s' not found in models directory.", file), fresh.Close())
		}
		if err := fresh.open(m); err != nil {
			cause := errors.Join(fmt.Errorf("cannot switch to %s: %w", file, err), fresh.Close())
			return nil, mango.Wrap(mango.Invalid, cause, fmt.Sprintf("File '%s' cannot be used; the old model goes on.", file))
		}
	}
	return fresh, nil
}

// remember keeps the choice for the next start: all of it, or none.
func (r *modelRoom) remember(ctx context.Context, by mango.Actor, files map[mango.Kind]string) error {
	before := r.choices.Settings().Models
	var done []mango.Kind
	for kind, file := range files {
		if err := r.choices.SetModel(ctx, by, kind, file); err != nil {
			for _, k := range done {
				err = errors.Join(err, r.choices.SetModel(ctx, by, k, before[k]))
			}
			return err
		}
		done = append(done, kind)
	}
	return nil
}
