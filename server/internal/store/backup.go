package store

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"mangosense/server/internal/clock"
	"mangosense/server/internal/disk"
	"mangosense/server/internal/store/repair"
)

// Backup is one backup file.
type Backup struct {
	Path    string
	At      time.Time
	Bytes   int64
	Records int
	Took    time.Duration
	// Doubtful: its date lies ahead, so that nobody knows when it was made.
	Doubtful bool
}

const (
	backupPrefix = "mangosense-"
	backupTime   = "20060102T150405.000Z"
	backupSync   = 256 << 10 // bytes handed to the disk at a time: more would hold up commits on the same disk
	backupRate   = 48 << 20  // bytes a second
)

// Backup writes a consistent copy of the database into dir while the store
// serves, opens and checks it, and only then gives it its name. Of older
// backups the newest keep stay (0: all), files that are not backups are left
// alone.
func (s *Store) Backup(ctx context.Context, dir string, keep int, progress Progress) (Backup, error) {
	s.maintenance.Lock()
	defer s.maintenance.Unlock()
	begun := time.Now()
	b := Backup{At: s.cfg.Now().UTC()}
	if err := disk.Mkdir(dir); err != nil {
		return b, disk.Fault(err)
	}
	b.Path, b.At = unusedName(filepath.Join(dir, backupPrefix), ".db", b.At)
	var temp string
	err := s.longRead(ctx, func(ctx context.Context, tx *bbolt.Tx) error {
		guard := disk.Guard{Dir: dir, Reserve: s.cfg.Reserve}
		if err := guard.Allow(tx.Size()); err != nil {
			return err
		}
		f, err := disk.Temp(b.Path, 0o600)
		if err != nil {
			return err
		}
		temp = f.Name()
		p := &pacer{ctx: ctx, f: f, total: tx.Size(), progress: progress.part(0, 60), begun: time.Now()}
		_, err = tx.WriteTo(p)
		if err == nil {
			err = f.Sync()
		}
		_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) // it will be read once; others need the memory
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		b.Bytes = p.done
		return err
	})
	if err == nil {
		b.Records, err = verify(ctx, temp, s.cfg, progress.part(60, 100))
		dropCache(temp) // it was read from the disk, once
	}
	if err == nil {
		err = disk.Rename(temp, b.Path)
	}
	if err != nil {
		if temp != "" {
			_ = os.Remove(temp)
		}
		return b, fmt.Errorf("cannot back up the database: %w", disk.Fault(err))
	}
	b.Took = time.Since(begun)
	s.cfg.Log.Info("database backed up", "file", b.Path, "bytes", b.Bytes, "records", b.Records, "milliseconds", b.Took.Milliseconds())
	return b, s.rotate(dir, keep, b.Path)
}

// pacer writes at a bounded rate with small syncs.
type pacer struct {
	ctx         context.Context
	f           *os.File
	done, total int64
	unsynced    int64
	progress    Progress
	begun       time.Time
}

func (p *pacer) Write(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := p.f.Write(b)
	p.done += int64(n)
	p.unsynced += int64(n)
	if err != nil || p.unsynced < backupSync {
		return n, err
	}
	// Start this portion on its way to the disk and wait for the one before, so
	// that little is ever dirty. It is no sync: that would commit the file
	// system's journal each time; the one at the end counts.
	const wait = unix.SYNC_FILE_RANGE_WAIT_BEFORE | unix.SYNC_FILE_RANGE_WRITE | unix.SYNC_FILE_RANGE_WAIT_AFTER
	at := p.done - p.unsynced
	_ = unix.SyncFileRange(int(p.f.Fd()), at, p.unsynced, unix.SYNC_FILE_RANGE_WRITE)
	if before := at - backupSync; before >= 0 {
		_ = unix.SyncFileRange(int(p.f.Fd()), before, backupSync, wait)
	}
	p.unsynced = 0
	p.progress.at(p.done, p.total)
	if wait := time.Duration(p.done)*time.Second/backupRate - time.Since(p.begun); wait > 0 {
		time.Sleep(wait)
	}
	return n, nil
}

// verify opens a backup, reads all of its pages and values, and counts records.
func verify(ctx context.Context, path string, cfg Config, progress Progress) (records int, err error) {
	if err := repair.Verify(ctx, path, repair.Progress(progress.part(0, 50))); err != nil {
		return 0, err
	}
	cfg.MapBytes = 0
	db, err := openBolt(path, cfg.options(true))
	if err != nil {
		return 0, err
	}
	defer func() { _ = db.Close() }()
	err = db.View(func(tx *bbolt.Tx) error {
		n, err := readSchema(tx)
		if err != nil {
			return err
		}
		if n > schema {
			return ErrNewer
		}
		records, err = checkValues(ctx, tx, progress.part(50, 100))
		return err
	})
	return records, err
}

// unusedName is a file's name with the time in it. Where the clock was there
// before, the next free millisecond is taken: no file replaces another.
func unusedName(before, after string, at time.Time) (string, time.Time) {
	for at = at.Truncate(time.Millisecond); ; at = at.Add(time.Millisecond) {
		path := before + at.UTC().Format(backupTime) + after
		if _, err := os.Lstat(path); err != nil {
			return path, at
		}
	}
}

// aheadBy is how far ahead of the clock a backup's date may lie without doubt:
// the clock may have been set back a little since. What lies further ahead was
// written while the clock was wrong.
const aheadBy = 24 * time.Hour

// Backups lists the backups in a folder, the one to use first: newest first, and
// after those the ones that the clock says cannot be yet.
func Backups(dir string) ([]Backup, error) { return BackupsAt(dir, clock.Now()) }

// BackupsAt is Backups with another clock.
func BackupsAt(dir string, now time.Time) ([]Backup, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		if os.IsNotExist(err) {
			return nil, nil
		}
		return nil, fmt.Errorf("cannot read backup folder: %w", err)
	}
	var found []Backup
	for _, e := range entries {
		at, ok := backupStamp(e.Name())
		if !ok || !e.Type().IsRegular() {
			continue
		}
		b := Backup{Path: filepath.Join(dir, e.Name()), At: at}
		if st, err := e.Info(); err == nil {
			b.Bytes = st.Size()
		}
		found = append(found, b)
	}
	for i := range found {
		found[i].Doubtful = found[i].At.After(now.Add(aheadBy))
	}
	slices.SortFunc(found, func(a, b Backup) int {
		if a.Doubtful != b.Doubtful {
			if a.Doubtful {
				return 1
			}
			return -1
		}
		return b.At.Compare(a.At)
	})
	return found, nil
}

// backupStamp is the date in the name of a backup.
func backupStamp(name string) (time.Time, bool) {
	stamp, ok := strings.CutPrefix(name, backupPrefix)
	if !ok {
		return time.Time{}, false
	}
	stamp, ok = strings.CutSuffix(stamp, ".db")
	at, err := time.Parse(backupTime, stamp)
	return at, ok && err == nil
}

// backupDate is when a backup was made: by its name, or else by the file.
func backupDate(path string) (time.Time, error) {
	if at, ok := backupStamp(filepath.Base(path)); ok {
		return at, nil
	}
	st, err := os.Stat(path)
	if err != nil {
		return time.Time{}, fmt.Errorf("cannot look at backup: %w", err)
	}
	return st.ModTime().UTC(), nil
}

// rotate removes what is more than keep. The backup that was just made stays,
// wherever its date puts it.
func (s *Store) rotate(dir string, keep int, made string) error {
	all, err := BackupsAt(dir, s.cfg.Now())
	if err != nil || keep <= 0 || len(all) <= keep {
		return err
	}
	all = slices.DeleteFunc(all, func(b Backup) bool { return b.Path == made })
	for _, old := range all[keep-1:] {
		if err := os.Remove(old.Path); err != nil {
			return fmt.Errorf("cannot remove an old backup: %w", err)
		}
		s.cfg.Log.Info("old backup removed", "file", old.Path, "bytes", old.Bytes)
	}
	return disk.SyncDir(dir)
}

// LatestBackup is the newest backup in dir that passes its checks.
func LatestBackup(dir string, cfg Config) (Backup, error) {
	all, err := BackupsAt(dir, cfg.withDefaults().Now())
	if err != nil {
		return Backup{}, err
	}
	for _, b := range all {
		n, err := verify(context.Background(), b.Path, cfg.withDefaults(), nil)
		if err == nil {
			b.Records = n
			return b, nil
		}
		cfg.withDefaults().Log.Error("a backup cannot be used", "file", b.Path, "error", err)
	}
	return Backup{}, ErrNoBackup
}

// Restore checks a backup and puts it in the place of the database, which is
// kept beside it. The store is down meanwhile; what was stored after the
// backup is only in the file put aside. The result is that file's name.
func (s *Store) Restore(ctx context.Context, from string, progress Progress) (aside string, err error) {
	s.maintenance.Lock()
	defer s.maintenance.Unlock()
	if _, err := verify(ctx, from, s.cfg, progress.part(0, 40)); err != nil {
		return "", fmt.Errorf("cannot use backup %s: %w", from, err)
	}
	if err := s.noteRestore(from); err != nil {
		return "", fmt.Errorf("cannot restore: %w", err)
	}
	err = s.swap(func() error {
		temp, err := copyFile(ctx, from, s.path, progress.part(40, 80))
		if err != nil {
			return err
		}
		aside, err = replace(temp, s.path, "replaced", s.cfg.Now())
		return err
	})
	if err == nil {
		s.cfg.Log.Info("database restored", "from", from, "put_aside", aside)
	}
	return aside, err
}

// copyFile copies from beside to and syncs it.
func copyFile(ctx context.Context, from, to string, progress Progress) (temp string, err error) {
	in, err := disk.Open(from)
	if err != nil {
		return "", fmt.Errorf("cannot open backup: %w", err)
	}
	defer in.Close()
	st, err := in.Stat()
	if err != nil {
		return "", fmt.Errorf("cannot look at backup: %w", err)
	}
	out, err := disk.Temp(to, 0o600)
	if err != nil {
		return "", err
	}
	p := &pacer{ctx: ctx, f: out, total: st.Size(), progress: progress, begun: time.Now()}
	_, err = io.CopyBuffer(struct{ io.Writer }{p}, struct{ io.Reader }{in}, make([]byte, 128<<10))
	if err == nil {
		err = out.Sync()
	}
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		_ = os.Remove(out.Name())
		return "", fmt.Errorf("cannot copy backup: %w", err)
	}
	return out.Name(), nil
}
