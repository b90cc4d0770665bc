package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"mangosense/server/internal/disk"
)

const pageSize = 4096 // also where the system's pages are larger: files move between machines

func (c Config) options(readOnly bool) *bbolt.Options {
	return &bbolt.Options{
		Timeout:         50 * time.Millisecond,
		FreelistType:    bbolt.FreelistMapType,
		PageSize:        pageSize,
		InitialMmapSize: c.MapBytes,
		ReadOnly:        readOnly,
		PreLoadFreelist: true,
		NoStatistics:    true,
	}
}

// openFile opens, migrates and checks the database; it makes one where the
// file is missing. On an error nothing stays open.
func (s *Store) openFile() (db *bbolt.DB, err error) {
	st, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := s.create(); err != nil {
			return nil, err
		}
		st, err = os.Stat(s.path)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot look at the database: %w", err)
	}
	cfg := s.cfg
	if twice := 2 * st.Size(); twice > int64(cfg.MapBytes) {
		cfg.MapBytes = int(twice)
	}
	db, err = openBolt(s.path, cfg.options(false))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = db.Close()
			db = nil
		}
	}()
	db.AllocSize = 2 << 20 // a small card should not lose 16 MB to an empty file
	if err := s.migrate(db, migrations); err != nil {
		return nil, err
	}
	if s.cfg.FullCheck >= 0 && st.Size() <= s.cfg.FullCheck {
		if err := checkPages(db); err != nil {
			return nil, err
		}
	}
	return db, nil
}

// openBolt opens a file and tells a damaged one from a locked one.
func openBolt(path string, o *bbolt.Options) (db *bbolt.DB, err error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("cannot look at the database: %w", err)
	}
	if st.Size() < 4*pageSize {
		// bbolt would take an empty file for a new one; ours never is.
		return nil, fmt.Errorf("cannot open %s: %w: the file has only %d bytes", path, ErrDamaged, st.Size())
	}
	err = guarded(func() (err error) {
		db, err = bbolt.Open(path, 0o600, o)
		return err
	})
	switch {
	case err == nil:
		return db, nil
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fmt.Errorf("cannot open %s: %w", path, ErrLocked)
	case errors.Is(err, ErrDamaged):
		return nil, fmt.Errorf("cannot open %s: %w", path, err)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return nil, fmt.Errorf("cannot open %s: %w: %w", path, ErrDamaged, err)
	default:
		return nil, fmt.Errorf("cannot open %s: %w", path, err)
	}
}

// create makes an empty database beside path and moves it into place whole: a
// power cut in bbolt's first writes can leave a file that it cannot open.
func (s *Store) create() error {
	return build(s.path, s.cfg, func(db *bbolt.DB) error {
		return db.Update(func(tx *bbolt.Tx) error {
			if err := makeBuckets(tx); err != nil {
				return err
			}
			if err := writeSchema(tx, schema); err != nil {
				return err
			}
			return seedVocabulary(tx, s.cfg.Now())
		})
	})
}

func makeBuckets(tx *bbolt.Tx) error {
	for _, name := range buckets {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return fmt.Errorf("cannot make bucket %s: %w", name, err)
		}
	}
	return nil
}

// build makes a database in a temporary file by fill, and puts it at path when
// it is whole and synced.
func build(path string, cfg Config, fill func(*bbolt.DB) error) (err error) {
	f, err := disk.Temp(path, 0o600)
	if err != nil {
		return err
	}
	name := f.Name()
	defer func() {
		if err != nil {
			_ = os.Remove(name)
		}
	}()
	if err := f.Close(); err != nil {
		return fmt.Errorf("cannot close new database: %w", err)
	}
	o := cfg.options(false)
	o.NoSync = true // synced once, below
	db, err := bbolt.Open(name, 0o600, o)
	if err != nil {
		return fmt.Errorf("cannot make database: %w", err)
	}
	db.AllocSize = 2 << 20
	err = guarded(func() error { return fill(db) })
	if err == nil {
		err = db.Sync()
	}
	if cerr := db.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("cannot make database: %w", err)
	}
	return disk.Rename(name, path)
}

// checkPages reads every page and compares the tree with the free list.
func checkPages(db *bbolt.DB) error {
	err := guarded(func() error {
		return db.View(func(tx *bbolt.Tx) error {
			var first error
			n := 0
			for err := range tx.Check() {
				if n++; first == nil {
					first = err
				}
			}
			if n > 0 {
				return fmt.Errorf("%w: %d faults, the first: %w", ErrDamaged, n, first)
			}
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("cannot pass the page check: %w", err)
	}
	return nil
}
