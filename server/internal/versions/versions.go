package versions

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mangosense/models"
	"mangosense/server/internal/disk"
)

// ErrMany: the folder is full.
var ErrMany = errors.New("there are too many versions: remove some first")

// Draft is a version to be.
type Draft struct {
	Base    models.Model // the delivered model that it learnt from
	TFLite  string       // the path of its graph
	Head    *models.Head
	Classes []string
	Advice  map[string]string // by class
	Report  any               // what is known of it; goes into the manifest's metrics
}

// Folder is where versions lie below a data folder.
func Folder(dataDir string) string { return filepath.Join(dataDir, "models") }

// Add writes a version below folder and gives it as it was read back.
func Add(folder string, d Draft) (models.Model, error) {
	head, err := d.Head.Pack()
	if err != nil {
		return models.Model{}, err
	}
	sum := sha256.Sum256(head)
	name := hex.EncodeToString(sum[:])[:10]
	m := d.Base
	m.ID = fmt.Sprintf("%s-%s-learnt-%s", d.Base.Kind, d.Base.Version, name)
	m.Version = d.Base.Version + "-learnt." + name
	m.Base, m.Classes, m.Advice, m.Memory = d.Base.ID, d.Classes, d.Advice, models.File{}
	m.Files.Keras = models.File{}
	m.Files.Head = models.File{Name: m.ID + ".head", SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(head))}
	if m.Metrics, err = json.Marshal(d.Report); err != nil {
		return models.Model{}, fmt.Errorf("cannot describe the version: %w", err)
	}
	if _, err := models.ParseHead(head, m); err != nil {
		return models.Model{}, err
	}
	final := filepath.Join(folder, m.ID)
	if have, err := models.ReadVersion(final); err == nil {
		return have, nil
	}
	if err := prepare(folder); err != nil {
		return models.Model{}, err
	}
	manifest, err := json.MarshalIndent(models.Manifest{Schema: 1, Models: []models.Model{m}}, "", " ")
	if err != nil {
		return models.Model{}, fmt.Errorf("cannot describe the version: %w", err)
	}
	temp := filepath.Join(folder, "."+m.ID+".tmp")
	err = errors.Join(disk.Mkdir(temp),
		copyFile(filepath.Join(temp, m.Files.TFLite.Name), d.TFLite),
		disk.Write(filepath.Join(temp, m.Files.Head.Name), 0o600, writer(head)),
		disk.Write(filepath.Join(temp, models.ManifestName), 0o600, writer(manifest)))
	if err == nil {
		err = complete(temp)
	}
	if err == nil {
		_ = os.RemoveAll(final) // of the same id and not readable
		err = disk.Rename(temp, final)
	}
	if err != nil {
		return models.Model{}, errors.Join(fmt.Errorf("cannot write the version: %w", err), os.RemoveAll(temp))
	}
	return models.ReadVersion(final)
}

// prepare makes the folder and takes away what a power cut has left in it.
func prepare(folder string) error {
	if err := disk.Mkdir(folder); err != nil {
		return fmt.Errorf("cannot make the folder of versions: %w", err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("cannot look into the folder of versions: %w", err)
	}
	have := 0
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.Name(), ".") && strings.HasSuffix(e.Name(), ".tmp"):
			if err := os.RemoveAll(filepath.Join(folder, e.Name())); err != nil {
				return fmt.Errorf("cannot remove an unfinished version: %w", err)
			}
		case e.IsDir():
			have++
		}
	}
	if have >= models.MaxAddedModels {
		return ErrMany
	}
	return nil
}

// complete compares what was written with what the manifest says.
func complete(dir string) error {
	m, err := models.Read(dir)
	if err != nil {
		return err
	}
	for _, f := range m.CheckFiles() {
		if f.Err != nil {
			return f.Err
		}
	}
	return nil
}

// Remove takes a version away.
func Remove(folder, id string) error {
	if id != filepath.Base(id) || strings.HasPrefix(id, ".") {
		return fmt.Errorf("cannot remove %q: %w", id, fs.ErrNotExist)
	}
	path := filepath.Join(folder, id)
	if _, err := os.Stat(filepath.Join(path, models.ManifestName)); err != nil {
		return fmt.Errorf("cannot remove the version: %w", err)
	}
	// Renamed first: half of a version never answers.
	temp := filepath.Join(folder, "."+id+".tmp")
	if err := disk.Rename(path, temp); err != nil {
		return err
	}
	if err := os.RemoveAll(temp); err != nil {
		return fmt.Errorf("cannot remove the version: %w", err)
	}
	return nil
}

func writer(b []byte) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.Copy(w, bytes.NewReader(b)); return err }
}

func copyFile(to, from string) error {
	f, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("cannot open the graph: %w", err)
	}
	defer f.Close()
	return disk.Write(to, 0o600, func(w io.Writer) error { _, err := io.Copy(w, f); return err })
}
