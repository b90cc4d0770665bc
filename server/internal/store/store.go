package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/disk"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/ordered"
	"mangosense/server/internal/store/commit"
)

// Store is an open database. All methods may be called by any number of
// goroutines.
type Store struct {
	cfg  Config
	path string

	mu      ordered.RWMutex[ordered.StoreState] // guards what follows up to ending; held for a look, never for a read
	db      *database                           // nil: down
	state   mango.StoreState
	why     error           // why it is down or needs repair
	damaged bool            // damage was met while open
	met     map[string]bool // what was logged of it

	displaced error // the file at the path is not the open one

	opened  int           // how often the file was opened
	longEnd chan struct{} // closed when long reads must end
	ending  bool          // Close was called: nothing starts in the background any more

	verified    chan struct{}                      // closed when nothing of the opening is left to the background; set before anybody has the store
	maintenance ordered.Mutex[ordered.Maintenance] // backup, compact, repair and check take turns
	lock        *disk.Lock
	writes      *commit.Queue[*write]
	stop        chan struct{} // closed by Close
	reopening   atomic.Bool   // somebody tries to open the file again
	closing     sync.Once
	closed      error
	background  sync.WaitGroup

	committing ordered.Mutex[ordered.Commit] // held while a batch is committed, or the file is swapped
	capture    atomic.Bool                   // commits are also written to captured
	captured   *journal                      // guarded by committing
	freed      []string                      // guarded by committing: photos without a record, not yet reported

	elsewhere elsewhere
	guard     disk.Guard
	committed atomic.Int64 // transactions
	written   atomic.Int64 // writes in them
	memory    *memory      // what is answered without disk
	calendar  *calendar
	room      *reserve
	usage     *usage
}

var _ interface {
	mango.Records
	mango.Users
	mango.Sessions
	mango.Confirmations
	mango.Notifications
	mango.Words
	mango.Choices
} = (*Store)(nil)

// Open opens the database at path, and makes it where there is none. It fails
// with ErrLocked, ErrNewer or, unless Config.SelfRepair repairs it, ErrDamaged:
// then nothing of the file was changed.
func Open(path string, cfg Config) (*Store, error) {
	s, err := prepare(path, cfg)
	if err != nil {
		return nil, err
	}
	if err := s.start(); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// OpenAnyway is Open for a server that must go on without its records: when
// the database is damaged it returns a Store that is down (every call fails
// with StoreDown) or, with Config.SelfRepair, one that repairs the database in the
// background and then works. ErrLocked and, without Config.AnyVersion, ErrNewer
// are still errors.
func OpenAnyway(path string, cfg Config) (*Store, error) {
	s, err := prepare(path, cfg)
	if err != nil {
		return nil, err
	}
	if s.lock.Unclean() && !s.smallFile() {
		// Reading a big file through takes a while: diagnoses begin now.
		s.cfg.Log.Warn("the last run did not end in order; the database is checked before it is used", "file", path)
		s.setDown(mango.StoreRecovering, errRepairing)
		s.writes.Start()
		verified := make(chan struct{})
		s.verified = verified
		s.inBackground(func(context.Context) {
			defer close(verified)
			if err := s.alone(s.serve); err != nil {
				s.setDown(mango.StoreIsDown, err)
				s.reopenLater(err)
			}
		})
		return s, nil
	}
	itself := s.cfg.SelfRepair
	s.cfg.SelfRepair = false
	err = s.start()
	s.cfg.SelfRepair = itself
	switch {
	case err == nil:
		return s, nil
	case errors.Is(err, ErrNewer) && !s.cfg.AnyVersion:
		_ = s.Close()
		return nil, err
	}
	s.logBug(err)
	s.cfg.Log.Error("the database cannot be opened; diagnoses go on, nothing is stored", "file", path, "error", err)
	s.setDown(mango.StoreIsDown, err)
	s.writes.Start()
	s.reopenLater(err)
	return s, nil
}

// Verified waits for the check that OpenAnyway leaves to the background. waiting,
// which may be nil, is called where there is one.
func (s *Store) Verified(ctx context.Context, waiting func()) error {
	select {
	case <-s.verified:
		return nil
	default:
	}
	if waiting != nil {
		waiting()
	}
	select {
	case <-s.verified:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// alone runs f while no maintenance does.
func (s *Store) alone(f func() error) error {
	s.maintenance.Lock()
	defer s.maintenance.Unlock()
	return f()
}

// prepare takes the lock and builds a Store without a database.
func prepare(path string, cfg Config) (*Store, error) {
	cfg = cfg.withDefaults()
	if err := disk.Mkdir(filepath.Dir(path)); err != nil {
		return nil, err
	}
	lock, err := disk.TakeLock(path + ".lock")
	if errors.Is(err, disk.ErrLocked) {
		return nil, fmt.Errorf("cannot open %s: %w", path, ErrLocked)
	}
	if err != nil {
		return nil, err
	}
	s := &Store{
		cfg: cfg, path: path, lock: lock,
		stop:     make(chan struct{}),
		guard:    disk.Guard{Dir: filepath.Dir(path), Reserve: cfg.Reserve},
		memory:   newMemory(),
		calendar: &calendar{now: cfg.Now, elapsed: cfg.Elapsed},
		room:     &reserve{path: path + ".reserve", guard: disk.Guard{Dir: filepath.Dir(path), Reserve: cfg.Reserve}},
		usage:    &usage{of: map[uint64]int64{}},
		longEnd:  make(chan struct{}),
		verified: make(chan struct{}),
		state:    mango.StoreIsDown,
		why:      ErrClosed,
	}
	s.writes = s.newQueue()
	close(s.verified)
	s.removeLeftovers()
	s.patrolLater()
	return s, nil
}

// removeLeftovers deletes what a crash left of our own temporary files.
func (s *Store) removeLeftovers() {
	old, _ := filepath.Glob(filepath.Join(filepath.Dir(s.path), "."+filepath.Base(s.path)+".*.tmp"))
	for _, name := range old {
		_ = os.Remove(name)
	}
}

// start opens the database file and begins to work.
func (s *Store) start() error {
	if err := s.serve(); err != nil {
		return err
	}
	s.writes.Start()
	return nil
}

func (s *Store) serve() error {
	db, err := s.openFile()
	if errors.Is(err, ErrDamaged) && s.cfg.SelfRepair {
		s.cfg.Log.Error("the database is damaged and will be repaired", "file", s.path, "error", err)
		if _, err := s.repairFile(context.Background(), nil); err != nil {
			return err
		}
		db, err = s.openFile()
	}
	if err != nil {
		return err
	}
	if err := s.use(db); err != nil {
		_ = db.Close()
		return err
	}
	if !db.IsReadOnly() {
		s.refillReserve()
	}
	s.resume()
	if s.cfg.FullCheck >= 0 {
		s.scrubLater()
	}
	return nil
}

// use makes db the one that serves; on an error it is the caller's.
func (s *Store) use(db *database) error {
	return guarded(func() error { return s.load(db) })
}

func (s *Store) load(db *database) error {
	m := newMemory()
	if err := db.View(func(tx *bbolt.Tx) error { return errors.Join(m.load(tx), s.calendar.read(tx, m.passOver)) }); err != nil {
		return fmt.Errorf("cannot load the small tables: %w", err)
	}
	s.memory.replace(m)
	s.usage.forget()
	s.mu.Lock()
	s.db, s.state, s.why, s.damaged, s.met, s.displaced = db, mango.StoreReady, nil, false, nil, nil
	s.opened++
	s.mu.Unlock()
	if m.damage != nil {
		s.suspect(m.damage) // the rest is served
	}
	if db.IsReadOnly() {
		s.writableLater()
	}
	return nil
}

// setDown takes the database away and returns it for the caller to close.
func (s *Store) setDown(state mango.StoreState, why error) *database {
	s.mu.Lock()
	defer s.mu.Unlock()
	db := s.db
	s.db, s.state, s.why = nil, state, why
	return db
}

// Close finishes the writes under way, then closes the file. Idempotent.
func (s *Store) Close() error {
	s.closing.Do(func() {
		close(s.stop)
		s.writes.Close()
		s.mu.Lock()
		s.ending = true
		s.mu.Unlock()
		s.background.Wait()
		if db := s.setDown(mango.StoreIsDown, ErrClosed); db != nil {
			s.closed = db.Close()
			if s.closed == nil && !db.IsReadOnly() {
				s.closed = s.lock.Clean()
			}
		}
		if err := s.lock.Close(); s.closed == nil {
			s.closed = err
		}
	})
	return s.closed
}

// Path is the database file.
func (s *Store) Path() string { return s.path }

// Health implements mango.Store.
func (s *Store) Health() mango.StoreHealth {
	if s.committing.TryLock() { // else a commit looks
		_ = s.inPlace()
		s.committing.Unlock()
	}
	s.mu.RLock()
	h := mango.StoreHealth{State: s.state}
	why, damaged, displaced := s.why, s.damaged, s.displaced
	db := s.db
	s.mu.RUnlock()
	readOnly := db != nil && db.IsReadOnly()
	h.Commits, h.Writes = s.committed.Load(), s.written.Load()
	if st, err := os.Stat(s.path); err == nil {
		h.FileBytes = st.Size()
	}
	h.FreeBytes, _ = disk.Free(filepath.Dir(s.path))
	if n, err := s.CountRecords(context.Background()); err == nil {
		h.Records = n
	}
	switch {
	case h.State == mango.StoreRecovering:
		h.Sentence = "The database is being checked or repaired; nothing is stored until that is done."
	case h.State == mango.StoreIsDown:
		h.Sentence = "The database cannot be used; nothing is stored. Run: mangosense repair"
		if errors.Is(why, ErrClosed) {
			h.Sentence = "The server is stopping."
		}
	case displaced != nil:
		h.State = mango.StoreIsDisplaced
		h.Sentence = displacedSentence(displaced)
	case readOnly:
		h.State = mango.StoreIsReadOnly
		h.Sentence = "The disk cannot be written; nothing is stored, what is stored can be read."
	case s.guard.Allow(photoRoom) != nil:
		h.State = mango.StoreIsFull
		h.Sentence = "The disk is nearly full; nothing more is stored until there is room again."
	case damaged:
		h.State = mango.StoreIsDamaged
		h.Sentence = "A part of the database cannot be read. Run: mangosense repair"
	}
	return h
}
