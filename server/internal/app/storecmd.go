package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"mangosense/server/internal/config"
	"mangosense/server/internal/control"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// storePlace is where the commands below work: beside a running server by its
// socket, else on the files.
type storePlace struct {
	DataDir   string `env:"DATA_DIR" default:"./data" placeholder:"DIR" help:"Database and photos."`
	BackupDir string `env:"BACKUP_DIR" placeholder:"DIR" help:"Where backups are."`
}

// with opens the data folder for one command. It makes none.
func (p storePlace) with(r *run, do func(*control.Session) error) error {
	if _, err := os.Stat(storePath(p.DataDir)); err != nil {
		return fmt.Errorf("there is no database in %s: set DATA_DIR to the server's data folder", p.DataDir)
	}
	return p.open(r, do)
}

// open is with for a command that may begin with an empty folder.
func (p storePlace) open(r *run, do func(*control.Session) error) (err error) {
	s, err := control.Open(r.ctx, p.DataDir, store.Config{BackupDir: p.BackupDir})
	if err != nil {
		return fmt.Errorf("cannot open the database: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return public(do(s))
}

// bar shows how far a command is, on a terminal.
func bar(r *run, what string) func(done, total int64) {
	f, ok := r.Err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	var drawn *progressbar.ProgressBar
	return func(done, total int64) {
		if drawn == nil {
			drawn = progressbar.NewOptions64(total, progressbar.OptionSetWriter(f), progressbar.OptionSetPredictTime(true),
				progressbar.OptionClearOnFinish(), progressbar.OptionSetDescription(what), progressbar.OptionThrottle(100*time.Millisecond))
		}
		drawn.Set64(done) // a bar that cannot be drawn stops nobody
	}
}

type backupCmd struct {
	storePlace
	Keep   int  `env:"BACKUP_KEEP" default:"7" help:"Backups that stay; 0: all."`
	Photos bool `env:"BACKUP_PHOTOS" help:"Copy the photos too."`
}

// Run writes one backup, verified by opening it, while a server may be serving.
func (c *backupCmd) Run(r *run) error {
	dir, err := absolute(c.BackupDir)
	if err != nil {
		return err
	}
	return c.with(r, func(s *control.Session) error {
		b, err := s.Backup(r.ctx, control.BackupRequest{Dir: dir, Keep: c.Keep, Photos: c.Photos}, bar(r, "backup"))
		if err != nil {
			return err
		}
		fmt.Fprintf(r.Out, "backed up %d records to %s (%s, %s)\n", b.Records, b.Path, config.Size(b.Bytes), b.Took.Round(time.Millisecond))
		if c.Photos {
			fmt.Fprintf(r.Out, "copied %d photos that were not there yet\n", b.Photos)
		}
		return nil
	})
}

type restoreCmd struct {
	storePlace
	From string `arg:"" optional:"" help:"The backup file; without it the newest sound one in BACKUP_DIR."`
}

// Run puts a backup in the database's place, also into an empty folder, and
// keeps the old file beside it.
func (c *restoreCmd) Run(r *run) error {
	from, err := c.from()
	if err != nil {
		return err
	}
	return c.open(r, func(s *control.Session) error {
		done, err := s.Restore(r.ctx, from, bar(r, "restore"))
		if err != nil {
			return err
		}
		fmt.Fprintf(r.Out, "restored %s; the former database is %s\n", done.From, done.PutAside)
		return nil
	})
}

// from is the backup that is meant, as a path that a server in another folder
// understands too.
func (c *restoreCmd) from() (string, error) {
	if c.From != "" || c.BackupDir == "" {
		return absolute(c.From)
	}
	newest, err := store.LatestBackup(c.BackupDir, store.Config{})
	if err != nil {
		return "", fmt.Errorf("there is no backup that can be read in %s: %w", c.BackupDir, err)
	}
	return absolute(newest.Path)
}

// absolute is path for a process in another working folder; empty stays empty.
func absolute(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	return filepath.Abs(path)
}

type compactCmd struct{ storePlace }

// Run gives the database's free space back to the disk.
func (c *compactCmd) Run(r *run) error {
	return c.with(r, func(s *control.Session) error {
		done, err := s.Compact(r.ctx, bar(r, "compact"))
		if err != nil {
			return err
		}
		fmt.Fprintf(r.Out, "compacted %s to %s in %s; writes waited %s\n", config.Size(done.Before), config.Size(done.After),
			done.Took.Round(time.Millisecond), done.Paused.Round(time.Millisecond))
		return nil
	})
}

type repairCmd struct{ storePlace }

// Run reads everything that is readable into a new database and says what was
// lost; the damaged file is kept.
func (c *repairCmd) Run(r *run) error {
	return c.with(r, func(s *control.Session) error {
		rep, err := s.Repair(r.ctx, bar(r, "repair"))
		if err != nil {
			return err
		}
		fmt.Fprintf(r.Out, "there are %d records, %d users, %d confirmations and %d notifications\n", rep.Records, rep.Users, rep.Confirmations, rep.Notifications)
		if !rep.Whole() {
			fmt.Fprintf(r.Out, "lost: %d unreadable pages, %d damaged values, %d rows that led nowhere; %d rows came from the backup %s\n",
				rep.LostPages, rep.LostValues, rep.Dropped, rep.FromBackup, rep.Backup)
		}
		for _, f := range rep.Faults {
			fmt.Fprintf(r.Out, "  %s\n", f)
		}
		fmt.Fprintf(r.Out, "the former file is %s\n", rep.PutAside)
		return nil
	})
}

// check reads the whole database and says what it holds.
func (p storePlace) check(r *run) (health mango.StoreHealth, err error) {
	err = p.with(r, func(s *control.Session) (err error) {
		health, err = s.Check(r.ctx, bar(r, "check"))
		return err
	})
	return health, err
}
