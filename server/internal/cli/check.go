package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"mangosense/models"
	"mangosense/server/internal/control"
	"mangosense/server/internal/modelset"
	"mangosense/server/internal/store"
)

type checkCmd struct {
	dataPlace
	modelsPlace
	JSON bool `name:"json" help:"Print one JSON object."`
}

// checked is what `mangosense check --json` prints.
type checked struct {
	OK     bool          `json:"ok"`
	Models checkedModels `json:"models"`
	Store  checkedStore  `json:"store"`
}

type checkedModels struct {
	Folder string        `json:"folder"`
	Error  string        `json:"error,omitempty"` // of the folder or its manifest
	Remedy string        `json:"remedy,omitempty"`
	Files  []checkedFile `json:"files"`
}

// The states of a file or of the store.
const (
	stateOK     = "ok"
	stateAbsent = "absent" // not there, and not needed
	stateFaulty = "faulty"
)

type checkedFile struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	Bytes  int64  `json:"bytes"`
	Error  string `json:"error,omitempty"`
	Remedy string `json:"remedy,omitempty"`
}

type checkedStore struct {
	Folder  string `json:"folder"`
	State   string `json:"state"`
	Records int    `json:"records"`
	Photos  int    `json:"photos"`         // that records refer to
	Missing int    `json:"missing_photos"` // of these, not there
	Error   string `json:"error,omitempty"`
	Remedy  string `json:"remedy,omitempty"`
}

// Run verifies every file the manifest names, loads every model, and checks
// the store where DATA_DIR holds one. It continues after a fault, so that one
// run reports all; the exit code is 1 when anything failed.
func (c *checkCmd) Run(r *run) error {
	report := checked{Models: c.checkModels()}
	if !c.JSON {
		printModels(r, report.Models)
	}
	report.Store = c.checkStore(r)
	if r.ctx.Err() != nil { // what it found says nothing of the store
		return r.ctx.Err()
	}
	report.OK = report.Models.ok() && report.Store.State != stateFaulty
	if c.JSON {
		if err := printJSON(r, report); err != nil {
			return err
		}
	} else {
		printStore(r, report.Store)
	}
	if !report.OK {
		return silent(exitFault)
	}
	return nil
}

func (m *checkedModels) ok() bool {
	for _, f := range m.Files {
		if f.State == stateFaulty {
			return false
		}
	}
	return m.Error == ""
}

// checkModels lists what package modelset finds, with what to do about it.
func (c *checkCmd) checkModels() (out checkedModels) {
	out.Files = []checkedFile{}
	dir, err := modelset.Folder(c.ModelsDir)
	if err != nil {
		out.Error, out.Remedy = err.Error(), remedyNoModels
		return out
	}
	out.Folder = dir
	manifest, err := models.Read(dir)
	if err != nil {
		out.Error, out.Remedy = err.Error(), "restore it with `git checkout -- models`"
		if errors.Is(err, fs.ErrNotExist) {
			out.Remedy = remedyNoModels
		}
		return out
	}
	for _, f := range modelset.Check(manifest) {
		file := checkedFile{Name: f.Name, State: stateOK, Bytes: f.Bytes}
		switch {
		case f.Err != nil:
			file.State, file.Error, file.Remedy = stateFaulty, f.Err.Error(), f.Remedy
		case f.Absent:
			file.State = stateAbsent
		}
		out.Files = append(out.Files, file)
	}
	return out
}

const remedyNoModels = "name the folder that holds manifest.json and the models by --models-dir or MODELS_DIR"

func (c *checkCmd) checkStore(r *run) checkedStore {
	out := checkedStore{Folder: c.DataDir, State: stateOK}
	if err := c.present(r.ctx); errors.Is(err, errNoDatabase) {
		out.State = stateAbsent
		return out
	}
	found, err := storePlace{dataPlace: c.dataPlace}.check(r)
	if err != nil {
		out.State, out.Error = stateFaulty, control.Reason(err)
		out.Remedy = storeRemedy(err)
		return out
	}
	out.Records, out.Photos, out.Missing = found.Records, found.Photos, found.Missing
	if found.Missing > 0 {
		out.State = stateFaulty
		out.Error = fmt.Sprintf("%d of %d photos are missing; the first are those of the records %s", found.Missing, found.Photos, strings.Join(found.Lacking, ", "))
		out.Remedy = "copy them from the folder media beside a backup (or from the disk where they were) into " + filepath.Join(c.DataDir, "media")
	}
	return out
}

// storeRemedy is what helps against an error of the store; empty where its text
// says so, or nothing is known.
func storeRemedy(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "run it as the user that the server runs as"
	case errors.Is(err, store.ErrNewer):
		return "install the newer program again, or `mangosense restore` an earlier backup"
	case errors.Is(err, store.ErrDamaged):
		return "run `mangosense repair`, or `mangosense restore` with --backup-dir (BACKUP_DIR) given"
	}
	return ""
}

// printModels prints a line a file.
func printModels(r *run, m checkedModels) {
	if m.Error != "" {
		fmt.Fprintf(r.Out, "❌ %s\n   → %s\n", m.Error, m.Remedy)
		return
	}
	for _, f := range m.Files {
		switch f.State {
		case stateFaulty:
			fmt.Fprintf(r.Out, "❌ Model file faulty: %s\n   → %s\n", f.Error, f.Remedy)
		case stateAbsent:
			fmt.Fprintf(r.Out, "ℹ️  Not here, not needed to serve: %s\n", f.Name)
		default:
			fmt.Fprintf(r.Out, "✅ Model file OK: %s (%.2f MB)\n", f.Name, float64(f.Bytes)/1e6)
		}
	}
	if m.ok() {
		fmt.Fprintln(r.Out, "✅ All model files are present and valid")
	}
}

// printStore is silent where there is no store yet.
func printStore(r *run, s checkedStore) {
	switch s.State {
	case stateFaulty:
		fmt.Fprintf(r.Out, "❌ Store faulty: %s\n", s.Error)
		if s.Remedy != "" {
			fmt.Fprintf(r.Out, "   → %s\n", s.Remedy)
		}
	case stateOK:
		fmt.Fprintf(r.Out, "✅ Store OK: %d records, %d photos\n", s.Records, s.Photos)
	}
}
