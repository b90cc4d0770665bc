package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"mangosense/server/internal/disk"
	"mangosense/server/internal/store/repair"
)

func (c Config) options(readOnly bool) *bbolt.Options {
	return &bbolt.Options{
		Timeout:         50 * time.Millisecond,
		FreelistType:    bbolt.FreelistMapType,
		PageSize:        repair.PageSize,
		InitialMmapSize: c.MapBytes,
		ReadOnly:        readOnly,
		PreLoadFreelist: true,
		NoStatistics:    true,
	}
}

// openFile opens, migrates and checks the database; it makes one where the
// file is missing. On an error, a panic among them, nothing stays open.
func (s *Store) openFile() (db *database, err error) {
	var opened *database
	err = guarded(func() error {
		db, err = s.openChecked(&opened)
		return err
	})
	if err != nil && opened != nil {
		_ = opened.Close()
	}
	if err != nil {
		return nil, err
	}
	return db, nil
}

// openChecked is openFile; what it has opened is the caller's to close, also when
// it fails.
func (s *Store) openChecked(opened **database) (db *database, err error) {
	// What was put in place before a crash or a failed sync must stay there.
	readOnly := false
	if err := disk.SyncDir(filepath.Dir(s.path)); errors.Is(err, syscall.EROFS) {
		readOnly = true
	} else if err != nil {
		return nil, err
	}
	st, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		if s.generation() > 0 {
			return nil, errRemoved // an empty one would be served in its place
		}
		if err := s.create(); err != nil {
			return nil, err
		}
		st, err = os.Stat(s.path)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot look at the database: %w", err)
	}
	// Before bbolt touches it: bbolt trusts what it reads. Of a big file that was
	// closed in order the leaves are checked in the background instead.
	whole := s.cfg.FullCheck >= 0 && (s.lock.Unclean() || s.small(st.Size()))
	if whole {
		err = repair.Verify(context.Background(), s.path, nil)
	} else {
		err = repair.VerifyBranches(s.path)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot open %s: %w", s.path, err)
	}
	cfg := s.cfg
	if twice := 2 * st.Size(); twice > int64(cfg.MapBytes) {
		cfg.MapBytes = int(twice)
	}
	db, err = openBolt(s.path, cfg.options(readOnly))
	if errors.Is(err, syscall.EROFS) {
		// What was stored can be read; s.writableLater waits for the rest.
		db, err = openBolt(s.path, cfg.options(true))
	}
	if err != nil {
		return nil, err
	}
	*opened = db
	db.AllocSize = 2 << 20 // a small card should not lose 16 MB to an empty file
	if err := s.migrate(db, migrations); err != nil {
		if errors.Is(err, ErrForeign) && s.lock.Known() {
			// It was ours the last time: an old root page came back.
			err = fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		return nil, err
	}
	if !db.IsReadOnly() {
		if err := addLater(db); err != nil {
			return nil, err
		}
	}
	if s.lock.Unclean() && s.small(st.Size()) {
		// A disk that lied about its syncs may have left pages that are sound
		// by themselves and do not belong together.
		if err := checkMeaning(context.Background(), db); err != nil {
			return nil, err
		}
	}
	return db, nil
}

// small reports whether a file of that size is checked at every opening.
func (s *Store) small(size int64) bool { return s.cfg.FullCheck >= 0 && size <= s.cfg.FullCheck }

func (s *Store) smallFile() bool {
	st, err := os.Stat(s.path)
	return err != nil || s.small(st.Size())
}

// openBolt opens a file and tells a damaged one from a locked one.
func openBolt(path string, o *bbolt.Options) (db *database, err error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("cannot look at the database: %w", err)
	}
	if st.Size() < 4*repair.PageSize {
		// bbolt would take an empty file for a new one; ours never is.
		return nil, fmt.Errorf("cannot open %s: %w: the file has only %d bytes", path, ErrDamaged, st.Size())
	}
	if err := repair.VerifyLength(path); err != nil {
		return nil, fmt.Errorf("cannot open %s: %w", path, err)
	}
	db, err = openDatabase(path, o)
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

// checkMeaning compares indexes and counts with the records.
func checkMeaning(ctx context.Context, db *database) error {
	return db.View(func(tx *bbolt.Tx) error {
		if _, err := checkValues(ctx, tx, nil); err != nil {
			return err
		}
		f := &findings{}
		if err := checkIndexes(ctx, tx, f, nil); err != nil {
			return err
		}
		return f.error()
	})
}

// create makes an empty database beside path and moves it into place whole: a
// power cut in bbolt's first writes can leave a file that it cannot open.
func (s *Store) create() error {
	return build(s.path, s.cfg, func(db *database) error {
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

// addLater makes the buckets that a file of an older program lacks.
func addLater(db *database) error {
	missing := false
	err := db.View(func(tx *bbolt.Tx) error {
		for name := range later {
			missing = missing || tx.Bucket([]byte(name)) == nil
		}
		return nil
	})
	if err != nil || !missing {
		return err
	}
	return db.Update(makeBuckets)
}

// build makes a database in a temporary file by fill, and puts it at path when
// it is whole and synced.
func build(path string, cfg Config, fill func(*database) error) (err error) {
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
	db, err := openDatabase(name, o)
	if err != nil {
		return fmt.Errorf("cannot make database: %w", err)
	}
	db.AllocSize = 2 << 20
	err = fill(db)
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
