package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"

	"golang.org/x/term"

	"mangosense/models"
	"mangosense/server/internal/mango"
)

// reload reads the models folder again and lets what lies there now answer.
// Everything is checked and loaded first: on an error nothing has changed. It
// returns when the old models are freed: their last photos are answered first.
func (r *modelRoom) reload() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	manifest, err := readManifest(r.engines.book().Dir())
	if err != nil {
		return err
	}
	fresh := &engines{manifest: manifest, interpreters: r.engines.interpreters}
	if err := r.openChanged(fresh); err != nil {
		return errors.Join(err, fresh.Close())
	}
	wait, err := r.diagnoser.Switch(fresh.members...)
	if err != nil {
		return errors.Join(err, fresh.Close())
	}
	old := r.engines.exchange(fresh)
	for _, m := range fresh.members {
		r.log.Info("model reloaded", "id", m.Model.ID, "version", m.Model.Version, "kind", m.Model.Kind, "file", m.Model.Files.TFLite.Name)
	}
	if len(fresh.members) == 0 {
		r.log.Info("models are as they were")
	}
	wait()
	return old.Close()
}

// openChanged opens what differs from what answers. Every file that is to
// answer must be the one that the manifest means, also where nothing changed:
// a file that was copied without its manifest is found here.
func (r *modelRoom) openChanged(fresh *engines) error {
	active := map[mango.Kind]models.Model{}
	for _, m := range r.diagnoser.Models() {
		active[mango.Kind(m.Kind)] = m
	}
	chosen := r.choices.Settings().Models
	for _, kind := range []mango.Kind{mango.Leaf, mango.Fruit} {
		m, ok := fresh.answering(kind, chosen[kind], r.log)
		if !ok {
			if was, loaded := active[kind]; loaded {
				r.log.Warn("the manifest has no model of this kind any more; the loaded one goes on", "kind", kind, "id", was.ID)
			}
			continue
		}
		if reflect.DeepEqual(m, active[kind]) {
			if err := fresh.verify(m); err != nil {
				return fmt.Errorf("cannot use the models folder: %w", err)
			}
			continue
		}
		if err := fresh.open(m); err != nil {
			return err
		}
	}
	return nil
}

// onHangup reads the models again at each hangup until ctx ends. When the
// terminal that the server was started in has gone it calls stop instead:
// nobody is left to end the server.
func (a *App) onHangup(ctx context.Context, hangups <-chan os.Signal, in any, stop func()) {
	terminal := onTerminal(in)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
		}
		if terminal && !onTerminal(in) {
			stop()
			return
		}
		if err := a.models.reload(); err != nil {
			a.log.Error("the models were not reloaded; the old ones go on", "error", err)
		}
	}
}

// onTerminal reports whether a stream is a terminal that is still there.
func onTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
