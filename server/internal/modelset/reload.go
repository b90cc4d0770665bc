package modelset

import (
	"errors"
	"fmt"
	"reflect"

	"mangosense/models"
)

// Reload reads the models folder again and lets what lies there now answer.
// Everything is opened and checked first: on an error nothing has changed.
func (s *Set) Reload() error {
	s.change.Lock()
	defer s.change.Unlock()
	if s.closed {
		return ErrClosed
	}
	manifest, err := models.Read(s.now.Load().manifest.Dir())
	if err != nil {
		return err
	}
	manifest = s.withAdded(manifest)
	fresh := &opening{manifest: manifest, interpreters: s.cfg.Interpreters}
	if err := s.openChanged(fresh); err != nil {
		return errors.Join(err, fresh.close())
	}
	old, err := s.exchange(fresh)
	if err != nil {
		return errors.Join(err, fresh.close())
	}
	for _, m := range fresh.opened {
		s.cfg.Log.Info("model reloaded", "id", m.Model.ID, "version", m.Model.Version, "kind", m.Model.Kind, "file", m.Model.File())
	}
	if len(fresh.opened) == 0 {
		s.cfg.Log.Info("models are as they were")
	}
	return old.close()
}

// openChanged opens what differs from what answers. Every file that is to
// answer must be the one that the manifest means, also where nothing changed:
// a file that was copied without its manifest is found here.
func (s *Set) openChanged(fresh *opening) error {
	now := s.now.Load()
	for _, kind := range kinds {
		was := now.active[kind]
		m, ok := s.answering(fresh.manifest, kind)
		switch {
		case !ok && was != nil:
			s.cfg.Log.Warn("the manifest has no model of this kind any more; the loaded one goes on", "kind", kind, "id", was.Model.ID)
		case !ok:
		case was != nil && reflect.DeepEqual(m, was.Model):
			if err := verify(fresh.manifest, m); err != nil {
				return fmt.Errorf("cannot use the models folder: %w", err)
			}
		default:
			if err := fresh.open(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// verify compares the files of a model that is open already with the manifest.
func verify(manifest *models.Manifest, m models.Model) error {
	found := false
	for _, f := range manifest.CheckFiles() {
		if f.Model != m.ID || f.Name != m.Files.TFLite.Name && f.Name != m.Files.Head.Name {
			continue
		}
		if f.Err != nil {
			return f.Err
		}
		found = true
	}
	if !found {
		return models.ErrMissing
	}
	return nil
}
