package control

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strconv"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/media"
	"mangosense/server/internal/store"
)

// BackupRequest says where a backup goes; zero values mean as configured.
type BackupRequest struct {
	Dir    string `json:"dir"`
	Keep   int    `json:"keep"`
	Photos bool   `json:"photos"` // also copy photos that the folder lacks
}

// BackupResult says what was written.
type BackupResult struct {
	store.Backup
	Photos int // copied now
}

func (o *Ops) backup(ctx context.Context, args json.RawMessage, sink Sink) error {
	q, err := read[BackupRequest](args)
	if err != nil {
		return err
	}
	r, err := o.Backup(ctx, q, sink.progress)
	if err != nil {
		return err
	}
	return sink.line(r)
}

// Backup writes a backup, and with Photos mirrors the photos into the folder
// media beside it.
func (o *Ops) Backup(ctx context.Context, q BackupRequest, progress func(done, total int64)) (BackupResult, error) {
	if q.Dir == "" {
		q.Dir = o.BackupDir
	}
	if q.Keep == 0 {
		q.Keep = o.Keep
	}
	if q.Dir == "" {
		return BackupResult{}, mango.Errorf(mango.Invalid, "Say where the backup should go.")
	}
	b, err := o.Store.Backup(ctx, q.Dir, q.Keep, progress)
	r := BackupResult{Backup: b}
	if err != nil || !q.Photos || o.Media == nil {
		return r, err
	}
	to, err := media.Open(media.Config{Dir: filepath.Join(q.Dir, "media")})
	if err != nil {
		return r, err
	}
	defer to.Close()
	r.Photos, err = o.Media.Mirror(ctx, to, o.Store.PhotosOf)
	return r, err
}

func (o *Ops) restore(ctx context.Context, args json.RawMessage, sink Sink) error {
	from, err := o.backupFor(args)
	if err != nil {
		return err
	}
	aside, err := o.Store.Restore(ctx, from, sink.progress)
	if err != nil {
		return err
	}
	if o.Media != nil {
		if back, err := media.Open(media.Config{Dir: filepath.Join(filepath.Dir(from), "media")}); err == nil {
			defer back.Close()
			if _, err := back.Mirror(ctx, o.Media, o.Store.PhotosOf); err != nil {
				return err
			}
		}
	}
	return sink.line(RestoreResult{From: from, PutAside: aside})
}

// backupFor is the backup that a restoreRequest means: the named one, or the newest
// that is whole.
func (o *Ops) backupFor(args json.RawMessage) (string, error) {
	q, err := read[restoreRequest](args)
	if err != nil || q.From != "" {
		return q.From, err
	}
	if q.Dir == "" {
		q.Dir = o.BackupDir
	}
	b, err := store.LatestBackup(q.Dir, store.Config{})
	if err != nil {
		return "", mango.Wrap(mango.NotFound, err, "There is no backup that can be read.")
	}
	return b.Path, nil
}

// compare says what a restore would change.
func (o *Ops) compare(ctx context.Context, args json.RawMessage, sink Sink) error {
	from, err := o.backupFor(args)
	if err != nil {
		return err
	}
	d, err := o.Store.Compare(ctx, from, sink.progress)
	if err != nil {
		return err
	}
	return sink.line(d)
}

type restoreRequest struct{ From, Dir string }

// RestoreResult says which backup is in use and where the old file is.
type RestoreResult struct{ From, PutAside string }

func (o *Ops) compact(ctx context.Context, _ json.RawMessage, sink Sink) error {
	c, err := o.Store.Compact(ctx, sink.progress)
	if err != nil {
		return err
	}
	return sink.line(c)
}

// Checked is what a check found in a sound database.
type Checked struct {
	mango.StoreHealth
	Photos  int      // files that records refer to
	Missing int      // of these, not there
	Lacking []string // the first records whose photo is missing
}

const mostLacking = 10

func (o *Ops) check(ctx context.Context, _ json.RawMessage, sink Sink) error {
	progress := store.Progress(sink.progress)
	if err := o.Store.Check(ctx, progress.Part(0, 80)); err != nil {
		return err
	}
	c := Checked{StoreHealth: o.Store.Health()}
	if o.Media != nil {
		if err := o.findPhotos(ctx, &c, progress.Part(80, 100)); err != nil {
			return err
		}
	}
	return sink.line(c)
}

// findPhotos looks for the file of each record.
func (o *Ops) findPhotos(ctx context.Context, c *Checked, progress store.Progress) error {
	done := int64(0)
	return o.Store.EachRecord(ctx, mango.System, mango.RecordFilter{}, func(r *mango.Record) error {
		done++
		progress(done, int64(c.Records))
		if r.Media == "" {
			return nil
		}
		c.Photos++
		if there, err := o.Media.Has(r.Media); there || err != nil {
			return err
		}
		switch now, err := o.Store.Record(ctx, mango.System, r.ID); {
		case mango.CodeOf(err) == mango.NotFound && err != nil, err == nil && now.Media != r.Media:
			c.Photos--
			return nil // it went meanwhile, and the photo with it
		case err != nil:
			return err
		}
		if c.Missing++; len(c.Lacking) < mostLacking {
			c.Lacking = append(c.Lacking, strconv.FormatUint(r.ID, 10))
		}
		return nil
	})
}

func (o *Ops) repair(ctx context.Context, _ json.RawMessage, sink Sink) error {
	r, err := o.Store.Repair(ctx, sink.progress)
	if err != nil {
		return err
	}
	return sink.line(r)
}

func (o *Ops) sweep(ctx context.Context, _ json.RawMessage, sink Sink) error {
	if o.Media == nil {
		return mango.Errorf(mango.NotProvided, "There is no photo folder to sweep.")
	}
	s, err := o.Sweep(ctx, func(done float64) { sink.progress(int64(done*256), 256) })
	if err != nil {
		return err
	}
	return sink.line(s)
}

// Sweep removes photos that no record needs, no file that was put aside, and no
// backup that is younger than one that was restored.
func (o *Ops) Sweep(ctx context.Context, progress func(done float64)) (media.Swept, error) {
	return o.Media.Sweep(ctx, media.Sweeping{Needed: o.Store.PhotoNeeded, Elsewhere: o.Store.NamedElsewhere, Progress: progress})
}

func (o *Ops) retain(ctx context.Context, args json.RawMessage, sink Sink) error {
	q, err := read[store.Retention](args)
	if err != nil {
		return err
	}
	r, err := o.Store.Retain(ctx, q)
	if err != nil {
		return err
	}
	return sink.line(r)
}
