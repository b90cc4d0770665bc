package modelset

import (
	"context"
	"errors"
	"fmt"

	"mangosense/server/internal/mango"
)

// SwitchModels lets the named file of each kind answer, now and after a restart.
// All are opened and checked first: on an error (Invalid: a file is not fit)
// nothing has changed. Administrators only.
func (s *Set) SwitchModels(ctx context.Context, by mango.Actor, files map[mango.Kind]string) error {
	if err := by.NeedRules(); err != nil {
		return err
	}
	s.change.Lock()
	defer s.change.Unlock()
	if s.closed {
		return ErrClosed
	}
	fresh, err := s.load(files)
	if err != nil {
		return err
	}
	old, err := s.exchange(fresh)
	if err != nil {
		return errors.Join(err, fresh.close())
	}
	if err := s.remember(ctx, by, files); err != nil {
		// The choice would be lost at the next start: go back.
		undone, back := s.exchange(&old.before)
		if back != nil {
			return errors.Join(err, back)
		}
		old.wait() // a later change waits for photos that begin from here on
		return errors.Join(err, undone.close())
	}
	for _, m := range fresh.opened {
		s.cfg.Log.Info("model chosen", "id", m.Model.ID, "version", m.Model.Version, "kind", m.Model.Kind)
	}
	return old.close()
}

// load opens the named files, but those that answer already.
func (s *Set) load(files map[mango.Kind]string) (*opening, error) {
	now := s.now.Load()
	// A version may have been added since.
	fresh := &opening{manifest: s.withAdded(now.manifest), interpreters: s.cfg.Interpreters}
	for kind, file := range files {
		if a := now.active[kind]; a != nil && a.Model.File() == file {
			continue
		}
		m, ok := Find(fresh.manifest, kind, file)
		if !ok {
			return nil, errors.Join(mango.Errorf(mango.Invalid, "File '%s' not found in models directory.", file), fresh.close())
		}
		if err := fresh.open(m); err != nil {
			cause := errors.Join(fmt.Errorf("cannot switch to %s: %w", file, err), fresh.close())
			return nil, mango.Wrap(mango.Invalid, cause, fmt.Sprintf("File '%s' cannot be used; the old model stays in use.", file))
		}
	}
	return fresh, nil
}

// remember keeps the choice for the next start: all of it, or none.
func (s *Set) remember(ctx context.Context, by mango.Actor, files map[mango.Kind]string) error {
	before := s.cfg.Choices.Settings().Models
	var done []mango.Kind
	for kind, file := range files {
		if err := s.cfg.Choices.SetModel(ctx, by, kind, file); err != nil {
			for _, k := range done {
				err = errors.Join(err, s.cfg.Choices.SetModel(ctx, by, k, before[k]))
			}
			return err
		}
		done = append(done, kind)
	}
	return nil
}
