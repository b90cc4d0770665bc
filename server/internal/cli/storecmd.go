package cli

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"mangosense/server/internal/app"
	"mangosense/server/internal/config"
	"mangosense/server/internal/control"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/metrics"
	"mangosense/server/internal/store"
)

// storePlace is where the commands below work.
type storePlace struct {
	dataPlace
	BackupDir string `env:"BACKUP_DIR" placeholder:"DIR" help:"Where backups are."`
}

func (p storePlace) with(r *run, do func(*control.Session) error) error {
	return p.dataPlace.with(r, store.Config{BackupDir: p.BackupDir}, do)
}

type backupCmd struct {
	storePlace
	Keep   int  `env:"BACKUP_KEEP" default:"7" help:"Backups that stay; 0: all."`
	Photos bool `env:"BACKUP_PHOTOS" help:"Copy the photos too."`
	JSON   bool `name:"json" help:"Print one JSON object."`
}

// backedUp is what `mangosense backup --json` prints.
type backedUp struct {
	Path         string    `json:"path"`
	At           time.Time `json:"at"`
	Bytes        int64     `json:"bytes"`
	Records      int       `json:"records"`
	PhotosCopied *int      `json:"photos_copied"` // null: not asked for
	Milliseconds int64     `json:"milliseconds"`
}

// Run writes one backup, verified by opening it, while a server may be serving.
func (c *backupCmd) Run(r *run) error {
	dir, err := absolute(c.BackupDir)
	if err != nil {
		return err
	}
	p := startProgress(r, "backup")
	defer p.end()
	return c.with(r, func(s *control.Session) error {
		b, err := s.Backup(r.ctx, control.BackupRequest{Dir: dir, Keep: c.Keep, Photos: c.Photos}, p.set)
		if mango.CodeOf(err) == mango.Invalid && dir == "" {
			return usage(errors.New("say where the backup goes: --backup-dir DIR, or BACKUP_DIR"))
		}
		if err != nil {
			return err
		}
		p.end()
		return c.print(r, b)
	})
}

func (c *backupCmd) print(r *run, b control.BackupResult) error {
	if c.JSON {
		line := backedUp{Path: b.Path, At: b.At, Bytes: b.Bytes, Records: b.Records, Milliseconds: b.Took.Milliseconds()}
		if c.Photos {
			line.PhotosCopied = &b.Photos
		}
		return printJSON(r, line)
	}
	fmt.Fprintf(r.Out, "backed up %d records to %s (%s, %s)\n", b.Records, b.Path, config.Size(b.Bytes), b.Took.Round(time.Millisecond))
	if c.Photos {
		fmt.Fprintf(r.Out, "copied %d photos that were not there yet\n", b.Photos)
	}
	return nil
}

type restoreCmd struct {
	storePlace
	From string `arg:"" optional:"" help:"The backup file; without it the newest sound one in BACKUP_DIR."`
	Yes  bool   `short:"y" help:"Do not ask before records go."`
}

// Run says what would come and go, asks, and puts a backup in the database's
// place, also into an empty folder. The old file stays beside it.
func (c *restoreCmd) Run(r *run) error {
	looking := startProgress(r, "compare")
	defer looking.end()
	from, err := c.from(r)
	if err != nil {
		return err
	}
	cfg := store.Config{BackupDir: c.BackupDir, AnyVersion: true}
	return c.dataPlace.open(r, cfg, func(s *control.Session) error {
		d, err := s.Compare(r.ctx, from, looking.set)
		if mango.CodeOf(err) == mango.NotFound && from == "" {
			return usage(errors.New("say what to restore: the backup file, or the folder of the backups by --backup-dir or BACKUP_DIR"))
		}
		if err != nil {
			return err
		}
		looking.end()
		printDifference(r.Out, d)
		if !c.Yes && !d.Nothing() {
			if err := agreed(r); err != nil {
				return err
			}
		}
		p := startProgress(r, "restore")
		defer p.end()
		done, err := s.Restore(r.ctx, d.From, p.set)
		if err != nil {
			return err
		}
		p.end()
		fmt.Fprintf(r.Out, "restored %s; the former database is %s\n", done.From, done.PutAside)
		return nil
	})
}

func printDifference(out io.Writer, d store.Difference) {
	fmt.Fprintf(out, "%s is of %s and has %d records\n", d.From, d.At.Format(time.DateTime+" MST"), d.Records)
	if !d.Known {
		fmt.Fprintln(out, "this program cannot read the present database, so it cannot say which records go")
		return
	}
	fmt.Fprintf(out, "of the present %d records %d go and %d change; %d come back\n", d.Present, d.Go, d.Changed, d.Come)
}

// agreed asks for confirmation, which needs a terminal.
func agreed(r *run) error {
	if !app.OnTerminal(r.In) {
		return usage(errors.New("nothing was changed: say --yes to restore without being asked"))
	}
	fmt.Fprint(r.Out, "Put it in the place of the present database? The present one stays beside it. [y/N] ")
	answer, _ := bufio.NewReader(r.In).ReadString('\n')
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	fmt.Fprintln(r.Out, "nothing was changed")
	return silent(exitFault)
}

// from is the backup that is meant, as a path that a server in another folder
// understands too.
func (c *restoreCmd) from(r *run) (string, error) {
	if c.From != "" {
		f, err := os.OpenFile(c.From, os.O_RDONLY|syscall.O_NONBLOCK, 0) // before the data folder is touched; a pipe must not hold it
		if err != nil {
			return "", fmt.Errorf("cannot read the backup: %w", err)
		}
		_ = f.Close()
		return absolute(c.From)
	}
	if c.BackupDir == "" {
		if err := c.present(r.ctx); err != nil { // no server that could know where backups are
			return "", usage(errors.New("say what to restore: the backup file, or the folder of the backups by --backup-dir or BACKUP_DIR"))
		}
		return "", nil
	}
	log := metrics.NewLogger(r.Err, metrics.LogConfig{Level: "error"}) // names the backups that cannot be used
	newest, err := store.LatestBackup(c.BackupDir, store.Config{Log: log})
	if errors.Is(err, store.ErrNoBackup) {
		return "", fmt.Errorf("there is no backup that can be read in %s", c.BackupDir)
	}
	if err != nil {
		return "", err
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
	p := startProgress(r, "compact")
	defer p.end()
	return c.with(r, func(s *control.Session) error {
		done, err := s.Compact(r.ctx, p.set)
		if err != nil {
			return err
		}
		p.end()
		fmt.Fprintf(r.Out, "compacted %s to %s in %s; writes waited %s\n", config.Size(done.Before), config.Size(done.After),
			done.Took.Round(time.Millisecond), done.Paused.Round(time.Millisecond))
		return nil
	})
}

type repairCmd struct{ storePlace }

// Run reads everything that is readable of a damaged database into a new one and
// names what is lost, by exit code 3 too; the damaged file is kept. It leaves a
// sound one alone.
func (c *repairCmd) Run(r *run) error {
	p := startProgress(r, "repair")
	defer p.end()
	return c.with(r, func(s *control.Session) error {
		rep, err := s.Repair(r.ctx, p.set)
		if err != nil {
			return err
		}
		p.end()
		there := fmt.Sprintf("%d records, %d users, %d confirmations and %d notifications", rep.Records, rep.Users, rep.Confirmations, rep.Notifications)
		if rep.Sound {
			fmt.Fprintf(r.Out, "the database is sound and was left as it is: %s\n", there)
			return nil
		}
		fmt.Fprintf(r.Out, "there are %s\n", there)
		if !rep.Whole() {
			fmt.Fprintf(r.Out, "damaged: %d pages and %d values; %d rows were found in unused pages, %d came from the backup %s\n",
				rep.LostPages, rep.LostValues, rep.Loose, rep.FromBackup, cmp.Or(rep.Backup, "(there is none)"))
		}
		for _, f := range rep.Faults {
			fmt.Fprintf(r.Out, "  %s\n", f)
		}
		fmt.Fprintf(r.Out, "the former file is %s\n", rep.PutAside)
		if rep.LostCount == 0 {
			return nil
		}
		for _, what := range rep.Lost {
			fmt.Fprintf(r.Out, "lost: %s\n", what)
		}
		if more := rep.LostCount - len(rep.Lost); more > 0 {
			fmt.Fprintf(r.Out, "lost: %d more\n", more)
		}
		return silent(exitSome)
	})
}

// check reads the whole database and says what it holds.
func (p storePlace) check(r *run) (found control.Checked, err error) {
	shown := startProgress(r, "check")
	defer shown.end()
	err = p.with(r, func(s *control.Session) (err error) {
		found, err = s.Check(r.ctx, shown.set)
		return err
	})
	return found, err
}
