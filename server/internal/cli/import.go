package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"mangosense/preprocess"
	"mangosense/server/internal/charset"
	"mangosense/server/internal/django"
	"mangosense/server/internal/media"
	"mangosense/server/internal/store"
)

// importCmd brings over what another program kept.
type importCmd struct {
	Django importDjangoCmd `cmd:"" help:"Bring over users, records, photos and vocabulary of the Django predecessor."`
}

type importDjangoCmd struct {
	dataPlace
	ModelsDir string `hidden:"" help:"Not needed any more."`
	Dump      string `type:"path" xor:"source" required:"" placeholder:"FILE" help:"JSON file of its dumpdata."`
	Database  string `type:"path" xor:"source" required:"" placeholder:"FILE" help:"Its SQLite file."`
	Encoding  string `placeholder:"NAME" help:"Encoding of a dump that is neither UTF-8 nor UTF-16 with its mark, or of a database's texts that are not UTF-8: windows-1252, iso-8859-1, iso-8859-15, cp437, cp850, utf-16le or utf-16be."`
	Media     string `type:"path" placeholder:"DIR" help:"Its media folder, which holds mango_images; without it the photos are left out."`
}

// Run imports, shows how far it is, and reports. It may be run again.
func (c *importDjangoCmd) Run(r *run) (err error) {
	shown := startProgress(r, "import")
	defer shown.end()
	defer func() { err = c.advised(err) }()
	source, err := c.open() // before anything is made
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	photos, err := preprocess.New(preprocess.Config{MaxBytes: 64 << 20, MaxPixels: 200_000_000})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, photos.Close()) }()
	db, err := store.Open(storePath(c.DataDir), store.Config{Log: quiet()})
	if errors.Is(err, store.ErrLocked) {
		return fmt.Errorf("a server runs on %s: stop it for the import", c.DataDir)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	room, err := media.Open(media.Config{Dir: filepath.Join(c.DataDir, "media"), Log: quiet()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, room.Close()) }()
	report, err := django.Run(r.ctx, django.Config{
		Source: source, Media: c.Media, Store: db, Photos: room, Probe: photos.Probe,
		Progress: func(what string, done, total int) {
			shown.part("import: " + what)
			shown.set(int64(done), int64(total))
		},
	})
	shown.end()
	printReport(r, report, c.Media != "")
	return err
}

func (c *importDjangoCmd) open() (django.Source, error) {
	if !charset.Known(c.Encoding) {
		return nil, usage(fmt.Errorf("--encoding: there is no encoding %q here; there are %s", c.Encoding, strings.Join(charset.Names, ", ")))
	}
	if c.Media != "" {
		if _, err := os.ReadDir(c.Media); err != nil {
			return nil, fmt.Errorf("cannot read the media folder: %w", err)
		}
	}
	if c.Dump != "" {
		return django.OpenDump(c.Dump, c.Encoding)
	}
	return django.OpenDatabase(c.Database, c.Encoding)
}

// advised adds what to do about text in another encoding.
func (c *importDjangoCmd) advised(err error) error {
	if !errors.Is(err, charset.ErrText) {
		return err
	}
	if c.Encoding != "" {
		return fmt.Errorf("%w. --encoding %s is not what it was written in", err, c.Encoding)
	}
	return fmt.Errorf("%w. Name the encoding it was written in, such as --encoding windows-1252 for Windows in Western Europe and the Americas, or write the dump anew with PYTHONUTF8=1", err)
}

// printReport says what came, what was there, and what was left out and why.
func printReport(r *run, report django.Report, withPhotos bool) {
	fmt.Fprintf(r.Out, "%-18s %8s %8s %8s %8s\n", "", "found", "added", "known", "left out")
	for _, kind := range django.Kinds {
		c := report.Counts[kind]
		fmt.Fprintf(r.Out, "%-18s %8d %8d %8d %8d\n", kind, c.Found, c.Added, c.Known, c.Left)
	}
	printLeft(r, "Left out:", report.Left)
	printLeft(r, "Not whole:", report.Notes)
	if !withPhotos {
		fmt.Fprintln(r.Out, "\nThe photos were left out: no --media folder was given.")
	}
}

func printLeft(r *run, head string, list []django.Left) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(r.Out, "\n%s\n", head)
	for _, l := range list {
		ids := strings.Trim(fmt.Sprint(l.IDs), "[]")
		if l.Count > len(l.IDs) {
			ids += " …"
		}
		fmt.Fprintf(r.Out, "  %d %s: %s (old ids %s)\n", l.Count, l.What, l.Why, ids)
	}
}
