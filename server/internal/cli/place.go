package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"mangosense/server/internal/control"
	"mangosense/server/internal/store"
)

// dataPlace is the data folder that a command works on: beside a running server
// by its socket, else on the files.
type dataPlace struct {
	DataDir string `env:"DATA_DIR" default:"./data" placeholder:"DIR" help:"Database and photos."`
}

var errNoDatabase = errors.New("there is no database")

// with opens the data folder for one command. It makes none: a command in a
// strange folder leaves nothing behind.
func (p dataPlace) with(r *run, cfg store.Config, do func(*control.Session) error) error {
	if err := p.present(r.ctx); err != nil {
		return err
	}
	return p.open(r, cfg, do)
}

// present is nil where there is a database, or a server that may have one.
func (p dataPlace) present(ctx context.Context) error {
	_, err := os.Stat(storePath(p.DataDir))
	if err != nil && control.Running(ctx, p.DataDir) {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w in %s: name the server's data folder by --data-dir or DATA_DIR", errNoDatabase, p.DataDir)
	}
	if err != nil {
		return fmt.Errorf("cannot look for the database: %w", err)
	}
	return nil
}

// open is with for a command that may begin with an empty folder.
func (p dataPlace) open(r *run, cfg store.Config, do func(*control.Session) error) (err error) {
	cfg.Log = quiet()
	s, err := control.Open(r.ctx, p.DataDir, cfg)
	if err != nil {
		return fmt.Errorf("cannot open the database: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Verified(r.ctx, func() {
		fmt.Fprintln(r.Err, "mangosense: the last run did not end in order; the database is verified first")
	}); err != nil {
		return err
	}
	return do(s)
}

// quiet takes what a server would log: a command returns its errors and prints
// what it did.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// modelsPlace is where the models are.
type modelsPlace struct {
	ModelsDir string `env:"MODELS_DIR" placeholder:"DIR" help:"Folder with manifest.json and the .tflite models; empty: ./models, else models beside the program, else models beside the program's folder."`
}

// storePath is the database file of a data folder.
func storePath(dataDir string) string { return filepath.Join(dataDir, store.FileName) }
