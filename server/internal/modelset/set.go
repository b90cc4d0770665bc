package modelset

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"sync/atomic"

	"mangosense/models"
	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/ordered"
)

// Answering is where the models answer: room diagnose.
type Answering interface {
	// Switch lets the members answer for their kinds, all at once or, after an
	// error, none. The wait blocks until nothing uses what they replaced.
	Switch(members ...diagnose.Member) (wait func(), err error)
}

// Config says what a Set works with.
type Config struct {
	Manifest     *models.Manifest
	Added        string // folder of versions beside the manifest's; empty: none
	Interpreters int    // of each model
	Answering    Answering
	Choices      mango.Choices // nil: the manifest's first model of each kind answers
	Log          *slog.Logger
}

// Set is the models that answer.
type Set struct {
	cfg    Config
	change ordered.Mutex[ordered.Exchange] // one change at a time
	closed bool                            // guarded by change
	now    atomic.Pointer[state]
}

// state is the set between two changes. It is not changed itself.
type state struct {
	manifest *models.Manifest
	active   map[mango.Kind]*model
}

// kinds is the order in which models are opened and listed.
var kinds = []mango.Kind{mango.Leaf, mango.Fruit}

// Open opens one model of each kind that the manifest has and lets it answer:
// the one that was chosen, else the manifest's first.
func Open(cfg Config) (*Set, error) {
	s := &Set{cfg: cfg}
	manifest := s.withAdded(cfg.Manifest)
	s.now.Store(&state{manifest: manifest})
	fresh := opening{manifest: manifest, interpreters: cfg.Interpreters}
	for _, kind := range kinds {
		if err := s.openFirst(&fresh, kind); err != nil {
			return nil, errors.Join(err, fresh.close())
		}
	}
	if _, err := s.exchange(&fresh); err != nil {
		return nil, errors.Join(err, fresh.close())
	}
	for _, m := range fresh.opened {
		info := m.engine.Info()
		cfg.Log.Info("model", "id", m.Model.ID, "version", m.Model.Version, "file", m.Model.File(),
			"megabytes", fmt.Sprintf("%.2f", float64(m.Model.Files.TFLite.Bytes)/1e6), "classes", len(m.Model.Classes), "interpreters", cfg.Interpreters,
			"delegate", info.Delegate, "nodes", fmt.Sprintf("%d of %d", info.DelegatedNodes, info.TotalNodes))
	}
	return s, nil
}

// withAdded is a manifest with the versions beside it; what cannot be used of them
// is logged.
func (s *Set) withAdded(manifest *models.Manifest) *models.Manifest {
	all, faults := manifest.With(s.cfg.Added)
	for _, err := range faults {
		s.cfg.Log.Warn("a version of a model is left out", "error", err)
	}
	return all
}

// openFirst opens what is to answer for a kind. A version that an orchard added
// must not keep a server from starting: then the manifest's own answers.
func (s *Set) openFirst(fresh *opening, kind mango.Kind) error {
	m, ok := s.answering(fresh.manifest, kind)
	if !ok {
		return nil
	}
	err := fresh.open(m)
	if err == nil || fresh.manifest.Delivered(m) {
		return err
	}
	s.cfg.Log.Error("the chosen version cannot be used; the delivered model answers", "id", m.ID, "error", err)
	if m, ok = fresh.manifest.ByKind(string(kind)); !ok {
		return err
	}
	return fresh.open(m)
}

// chosen is the file that was chosen for a kind; empty: none was.
func (s *Set) chosen(kind mango.Kind) string {
	if s.cfg.Choices == nil {
		return ""
	}
	return s.cfg.Choices.Settings().Models[kind]
}

// answering is the manifest's model that is to answer for a kind.
func (s *Set) answering(manifest *models.Manifest, kind mango.Kind) (models.Model, bool) {
	if file := s.chosen(kind); file != "" {
		if m, known := Find(manifest, kind, file); known {
			return m, true
		}
		s.cfg.Log.Warn("the chosen model is not in the manifest any more; its first one answers", "kind", kind, "file", file)
	}
	return manifest.ByKind(string(kind))
}

// Find is the manifest's model of a kind with that file.
func Find(manifest *models.Manifest, kind mango.Kind, file string) (models.Model, bool) {
	for _, m := range manifest.Models {
		if mango.Kind(m.Kind) == kind && m.File() == file {
			return m, true
		}
	}
	return models.Model{}, false
}

// ModelFiles lists what the manifest names and the folder has, in its order.
func (s *Set) ModelFiles() []mango.ModelFile {
	var out []mango.ModelFile
	now := s.now.Load()
	for _, m := range now.manifest.Models {
		kind := mango.Kind(m.Kind)
		a := now.active[kind]
		active := a != nil && a.Model.ID == m.ID
		// What answers is listed even when its file was moved away meanwhile.
		if _, err := os.Stat(now.manifest.TFLitePath(m)); err != nil && !active {
			continue
		}
		out = append(out, mango.ModelFile{
			Model:  mango.Model{ID: m.ID, Version: m.Version, File: m.File(), Kind: kind},
			Active: active, Width: m.Input.Width, Height: m.Input.Height, Classes: len(m.Classes),
		})
	}
	return out
}

// opening is what a change has opened and does not answer yet.
type opening struct {
	manifest     *models.Manifest // that will be the set's
	interpreters int
	opened       []*model
}

func (o *opening) open(m models.Model) error {
	x, err := open(o.manifest, m, o.interpreters)
	if err == nil {
		o.opened = append(o.opened, x)
	}
	return err
}

// close frees what was opened and will not answer.
func (o *opening) close() error { return closeAll(o.opened) }

// exchange lets what was opened answer, and gives what it replaced: to be put
// back, or to be closed once nothing uses it.
//
// Callers hold change, or are the only ones to know the set.
func (s *Set) exchange(o *opening) (replaced, error) {
	now := s.now.Load()
	next := &state{o.manifest, maps.Clone(now.active)}
	if next.active == nil {
		next.active = map[mango.Kind]*model{}
	}
	old := replaced{before: opening{manifest: now.manifest}}
	members := make([]diagnose.Member, 0, len(o.opened))
	for _, m := range o.opened {
		kind := mango.Kind(m.Model.Kind)
		if was := now.active[kind]; was != nil {
			old.before.opened = append(old.before.opened, was)
		}
		next.active[kind] = m
		members = append(members, m.Member)
	}
	wait, err := s.cfg.Answering.Switch(members...)
	if err != nil {
		return replaced{}, err
	}
	s.now.Store(next)
	old.wait = wait
	return old, nil
}

// replaced is what a change has put out of its place.
type replaced struct {
	before opening
	wait   func()
}

// close waits for the last photos and frees the models.
func (r replaced) close() error {
	r.wait()
	return r.before.close()
}

// Close frees every model; nothing may ask them any more. It may be called again.
func (s *Set) Close() error {
	s.change.Lock()
	defer s.change.Unlock()
	s.closed = true
	now := s.now.Load()
	s.now.Store(&state{manifest: now.manifest})
	var all []*model
	for _, kind := range kinds {
		if m := now.active[kind]; m != nil {
			all = append(all, m)
		}
	}
	return closeAll(all)
}

func closeAll(all []*model) error {
	var errs []error
	for _, m := range all {
		errs = append(errs, m.engine.Close())
	}
	return errors.Join(errs...)
}
