package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/disk"
	"mangosense/server/internal/store/codec"
	"mangosense/server/internal/store/repair"
)

// Report says what a repair found.
type Report struct {
	Users, Records, Confirmations, Notifications int // that are there now
	LostPages                                    int // pages that could not be read
	LostValues                                   int // values with a wrong checksum
	Loose                                        int // rows found again in unused pages
	FromBackup                                   int // rows taken from the newest good backup
	Dropped                                      int // rows that led nowhere
	Faults                                       []string
	Backup                                       string   // the backup that was asked
	PutAside                                     string   // where the damaged file is now
	Sound                                        bool     // nothing was wrong, and nothing was changed
	Lost                                         []string // what is missing now, the first of it by name
	LostCount                                    int      // how much that is: rows, or ranges of them
	Took                                         time.Duration

	spans map[string][]repair.Span // keys that could not be read
}

// Whole reports whether nothing was lost.
func (r *Report) Whole() bool { return r.LostPages == 0 && r.LostValues == 0 && r.Dropped == 0 }

// Repair leaves a sound database alone. Of a damaged one it reads everything that is readable, page by page, into a new database
// with new indexes, fills gaps from the newest good backup in Config.BackupDir,
// and puts it in place. The old file is kept beside it, and the store is down
// meanwhile.
func (s *Store) Repair(ctx context.Context, progress Progress) (r Report, err error) {
	s.maintenance.Lock()
	defer s.maintenance.Unlock()
	found := s.Check(ctx, progress.part(0, 30)) // while it serves
	if found == nil && !s.suspected() {
		return s.countSound(ctx)
	}
	if err := ctx.Err(); err != nil {
		return r, err
	}
	err = s.swap(func() error {
		if !errors.Is(found, ErrDamaged) {
			// Nobody could say, or what was met before is not on the disk: the
			// closed file decides.
			switch err := s.examine(ctx); {
			case err == nil:
				r.Sound = true
				return nil
			case errors.Is(err, ErrNewer), ctx.Err() != nil:
				return err
			}
		}
		r, err = s.repairFile(ctx, progress.part(30, 100))
		return err
	})
	if err == nil && r.Sound {
		s.cfg.Log.Info("the database is sound; nothing was repaired", "file", s.path)
		return s.countSound(ctx)
	}
	return r, err
}

// examine checks the closed file: pages, values, indexes.
func (s *Store) examine(ctx context.Context) error {
	if err := repair.Verify(ctx, s.path, nil); err != nil {
		return err
	}
	db, err := openBolt(s.path, Config{}.withDefaults().options(true))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := db.View(func(tx *bbolt.Tx) error {
		if n, err := readSchema(tx); err != nil || n <= schema {
			return err
		}
		return ErrNewer
	}); err != nil {
		return err
	}
	return checkMeaning(ctx, db)
}

// countSound is the report on a database that needs no repair.
func (s *Store) countSound(ctx context.Context) (r Report, err error) {
	r.Sound = true
	err = s.longRead(ctx, func(_ context.Context, tx *bbolt.Tx) error {
		for bucket, n := range map[string]*int{
			string(bucketUsers): &r.Users, string(bucketRecords): &r.Records,
			string(bucketConfirmations): &r.Confirmations, string(bucketNotifications): &r.Notifications,
		} {
			*n = tx.Bucket([]byte(bucket)).Stats().KeyN
		}
		return nil
	})
	return r, err
}

func (s *Store) suspected() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.damaged
}

// repairFile makes a sound file of what can be read of the closed one, and puts
// it in place.
func (s *Store) repairFile(ctx context.Context, progress Progress) (Report, error) {
	begun := time.Now()
	r := Report{}
	st, err := os.Stat(s.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("cannot look at the database: %w", err)
	}
	if err == nil {
		if err := s.guard.Allow(st.Size()); err != nil {
			return r, err
		}
	}
	next, name, err := s.newFile()
	if err != nil {
		return r, disk.Fault(err)
	}
	err = guarded(func() error { return s.fillRepaired(ctx, next, &r, progress) })
	if err == nil {
		err = next.Sync()
	}
	if cerr := next.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		r.PutAside, err = replace(name, s.path, "damaged", s.cfg.Now())
	}
	if err != nil {
		_ = os.Remove(name)
		return r, fmt.Errorf("cannot repair the database: %w", disk.Fault(err))
	}
	r.Took = time.Since(begun)
	s.cfg.Log.Warn("database repaired", "records", r.Records, "users", r.Users, "lost_pages", r.LostPages, "lost_values", r.LostValues,
		"loose", r.Loose, "from_backup", r.FromBackup, "dropped", r.Dropped, "put_aside", r.PutAside, "milliseconds", r.Took.Milliseconds())
	return r, nil
}

func (s *Store) fillRepaired(ctx context.Context, next *database, r *Report, progress Progress) error {
	if err := next.Update(func(tx *bbolt.Tx) error {
		if err := makeBuckets(tx); err != nil {
			return err
		}
		return writeSchema(tx, schema)
	}); err != nil {
		return err
	}
	b := &filler{s: s, db: next, report: r, sequences: map[string]uint64{}}
	defer b.drop()
	p, err := repair.Open(s.path)
	if err == nil {
		defer p.Close()
		err = s.readRows(ctx, p, b, r, progress.part(0, 50))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(r.spans) > 0 && s.cfg.BackupDir != "" {
		if err := s.fillFromBackup(b, r); err != nil {
			return err
		}
	}
	if err := b.index(ctx, progress.part(50, 100)); err != nil {
		return err
	}
	return r.nameLost(next)
}

// readRows takes over what can be read of the damaged file.
func (s *Store) readRows(ctx context.Context, p *repair.File, b *filler, r *Report, progress Progress) error {
	rows := 0
	loss, err := p.Rows(repair.Source{Buckets: namesOf(buckets), Kept: namesOf(kept), Optional: later, Sound: sealed, Last: b.last,
		Row: func(bucket string, key, value []byte) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			if rows++; rows%checkPortion == 0 && bucket == string(bucketRecords) { // most of what there is
				progress.at(int64(codec.ID(key)), int64(b.sequences[bucket]))
			}
			return b.take(bucket, key, value)
		}})
	r.LostPages, r.LostValues, r.Loose, r.Faults, r.spans = loss.Pages, loss.Values, loss.Loose, loss.Faults, loss.Spans
	return err
}

// kept are the buckets whose rows are taken over; everything else is made from
// them again.
var kept = [][]byte{
	bucketUsers, bucketRecords, bucketConfirmations, bucketNotifications, bucketSessions,
	bucketSymptoms, bucketAliases, bucketDiseases, bucketLinks, bucketSettings, bucketReplies, bucketMeta,
}

func namesOf(buckets [][]byte) (all []string) {
	for _, name := range buckets {
		all = append(all, string(name))
	}
	return all
}

// fillFromBackup takes rows whose keys were lost and that no loose page gave.
func (s *Store) fillFromBackup(b *filler, r *Report) error {
	backup, err := LatestBackup(s.cfg.BackupDir, s.cfg)
	if errors.Is(err, ErrNoBackup) {
		return nil
	}
	if err != nil {
		return err
	}
	r.Backup = filepath.Base(backup.Path)
	db, err := openBolt(backup.Path, Config{}.withDefaults().options(true))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return db.View(func(tx *bbolt.Tx) error {
		for name, spans := range r.spans {
			from := tx.Bucket([]byte(name))
			if from == nil {
				continue
			}
			for _, span := range spans {
				c := from.Cursor()
				for k, v := c.Seek(span.From); k != nil && span.Holds(k); k, v = c.Next() {
					if err := b.step(); err != nil {
						return err
					}
					if b.tx.Bucket([]byte(name)).Get(k) != nil {
						continue
					}
					if err := b.take(name, k, v); err != nil {
						return err
					}
					r.FromBackup++
				}
			}
		}
		return nil
	})
}
