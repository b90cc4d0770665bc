package control

import (
	"cmp"
	"errors"
	"log/slog"
	"path/filepath"
	"sync/atomic"

	"mangosense/server/internal/media"
	"mangosense/server/internal/store"
)

// Data joins the store and the photos of one data folder: a photo is removed with
// the last record that refers to it.
type Data struct {
	Store *store.Store
	Media *media.Room
}

// OpenData opens dataDir/mangosense.db with OpenAnyway and dataDir/media. It
// sets scfg.Freed and mcfg.Dir.
func OpenData(dataDir string, scfg store.Config, mcfg media.Config) (*Data, error) {
	mcfg.Dir = filepath.Join(dataDir, "media")
	room, err := media.Open(mcfg)
	if err != nil {
		return nil, err
	}
	log := cmp.Or(scfg.Log, slog.Default())
	var opened atomic.Pointer[store.Store]
	scfg.Freed = func(photos []string) {
		// Not on the committer's goroutine: Remove asks the store, and the
		// disk may be slow. What is missed here, the sweep finds.
		go func() {
			s := opened.Load()
			if s == nil {
				return
			}
			_ = caught(log, "removal of photos", func() error {
				for _, name := range photos {
					_ = room.Remove(name, s.PhotoNeeded)
				}
				return nil
			})
		}()
	}
	s, err := store.OpenAnyway(filepath.Join(dataDir, store.FileName), scfg)
	if err != nil {
		_ = room.Close()
		return nil, err
	}
	opened.Store(s)
	return &Data{Store: s, Media: room}, nil
}

// Drop removes a photo unless a record needs it.
func (d *Data) Drop(photo string) error { return d.Media.Remove(photo, d.Store.PhotoNeeded) }

// Close closes both. Idempotent.
func (d *Data) Close() error { return errors.Join(d.Store.Close(), d.Media.Close()) }
