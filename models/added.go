package models

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// MaxAddedModels is how many versions a folder of added ones may hold.
const MaxAddedModels = 32

// With is the manifest with the versions that lie in a folder, each in one of its
// own that bears its id. What it had from such a folder before is left out. A
// version that cannot be read is no fault of the others: it is in the errors and
// not in the manifest. A folder that is not there has none.
func (m *Manifest) With(folder string) (*Manifest, []error) {
	out := &Manifest{Schema: m.Schema, dir: m.dir}
	for _, x := range m.Models {
		if x.dir == m.dir {
			out.Models = append(out.Models, x)
		}
	}
	if folder == "" {
		return out, nil
	}
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return out, []error{fmt.Errorf("cannot look for versions of models: %w", err)}
	}
	var faults []error
	for _, e := range entries { // sorted
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if len(out.Models)-len(m.Models) >= MaxAddedModels {
			faults = append(faults, fmt.Errorf("cannot use more than %d versions in %s", MaxAddedModels, folder))
			break
		}
		x, err := ReadVersion(filepath.Join(folder, e.Name()))
		switch {
		case err != nil:
			faults = append(faults, err)
		case slices.ContainsFunc(out.Models, func(o Model) bool { return o.ID == x.ID || o.File() == x.File() }):
			faults = append(faults, fmt.Errorf("cannot use the version %s: a model has its name already", x.ID))
		default:
			out.Models = append(out.Models, x)
		}
	}
	return out, faults
}

// ReadVersion reads the folder of one version, named by its id.
func ReadVersion(dir string) (Model, error) {
	one, err := Read(dir)
	if err != nil {
		return Model{}, fmt.Errorf("cannot use the version in %s: %w", filepath.Base(dir), err)
	}
	if len(one.Models) != 1 || one.Models[0].ID != filepath.Base(dir) || one.Models[0].Files.Head.Name == "" {
		return Model{}, fmt.Errorf("cannot use the version in %s: %w: it must describe one model, of that id, with a head", filepath.Base(dir), ErrManifest)
	}
	return one.Models[0], nil
}

// Delivered reports whether a model is one of the manifest's own folder.
func (m *Manifest) Delivered(x Model) bool { return x.dir == m.dir }
