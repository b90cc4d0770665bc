package store

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

// Difference is what a restore would change.
type Difference struct {
	From    string
	At      time.Time // of the backup
	Present int       // records of the database
	Records int       // records of the backup
	Come    int       // of these, that the database has not
	Go      int       // of the database's, that the backup has not
	Changed int       // in both, and not the same
	// Known is false where the database cannot be read: then nobody can say
	// what goes.
	Known bool
}

// Nothing reports whether there is nothing to lose.
func (d Difference) Nothing() bool { return d.Known && d.Present == 0 }

// Compare checks a backup and counts what would come and go if it were restored.
// It reads both record by record and changes nothing.
func (s *Store) Compare(ctx context.Context, from string, progress Progress) (Difference, error) {
	d := Difference{From: from}
	n, err := verify(ctx, from, s.cfg, progress.part(0, 60))
	if err != nil {
		return d, fmt.Errorf("cannot use backup %s: %w", from, err)
	}
	d.Records = n
	if d.At, err = backupDate(from); err != nil {
		return d, err
	}
	cfg := s.cfg
	cfg.MapBytes = 0
	backup, err := openBolt(from, cfg.options(true))
	if err != nil {
		return d, err
	}
	defer func() { _ = backup.Close() }()
	if _, down := s.current(); down != nil {
		return d, nil
	}
	err = backup.View(func(theirs *bbolt.Tx) error {
		return s.longRead(ctx, func(ctx context.Context, ours *bbolt.Tx) error {
			return d.walk(ctx, theirs.Bucket(bucketRecords).Cursor(), ours.Bucket(bucketRecords).Cursor(), progress.part(60, 100))
		})
	})
	if ctx.Err() != nil {
		return d, ctx.Err()
	}
	d.Known = err == nil // else the database, for the backup was read through
	return d, nil
}

// walk goes through both in the order of their keys.
func (d *Difference) walk(ctx context.Context, theirs, ours *bbolt.Cursor, progress Progress) error {
	tk, tv := theirs.First()
	ok, ov := ours.First()
	for n := 0; tk != nil || ok != nil; n++ {
		if n%checkPortion == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			progress.at(int64(d.Come+d.Present), int64(d.Records))
		}
		order := bytes.Compare(tk, ok)
		switch {
		case ok == nil, tk != nil && order < 0:
			d.Come++
			tk, tv = theirs.Next()
		case tk == nil, order > 0:
			d.Go++
			d.Present++
			ok, ov = ours.Next()
		default:
			if !bytes.Equal(tv, ov) {
				d.Changed++
			}
			d.Present++
			tk, tv = theirs.Next()
			ok, ov = ours.Next()
		}
	}
	return nil
}
