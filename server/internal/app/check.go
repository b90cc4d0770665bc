package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"mangosense/models"
)

type checkCmd struct {
	places
}

// Run verifies every file the manifest names, loads every model, and checks
// the store where DATA_DIR holds one. It goes on after a fault, so that one
// run tells everything; the exit code is 1 when anything failed.
func (c *checkCmd) Run(r *run) error {
	manifest, err := models.Read(c.ModelsDir)
	if err != nil {
		remedy := "restore it with `git checkout -- models`"
		if errors.Is(err, fs.ErrNotExist) {
			remedy = "set MODELS_DIR to the folder that holds manifest.json and the models"
		}
		fmt.Fprintf(r.Out, "❌ %v\n   → %s\n", err, remedy)
		return silent(exitFault)
	}
	ok := c.checkModels(r, manifest)
	if ok {
		fmt.Fprintln(r.Out, "✅ All model files are present and valid")
	}
	if stored := c.checkStore(r); !ok || !stored {
		return silent(exitFault)
	}
	return nil
}

// checkModels prints a line a file, and of each model that has the right file
// whether it loads: shapes, types and class count must fit, and XNNPACK must
// take the graph.
func (c *checkCmd) checkModels(r *run, manifest *models.Manifest) bool {
	named := map[string]models.Model{}
	for _, m := range manifest.Models {
		named[m.Files.TFLite.Name] = m
	}
	ok := true
	for _, f := range manifest.CheckFiles() {
		m, loads := named[f.Name]
		if f.Err == nil && loads {
			if err := checkLoad(manifest, m); err != nil {
				f.Err, f.Remedy = err, "restore the file and manifest.json together, or run tools/convert again"
			}
		}
		switch {
		case f.Err != nil:
			ok = false
			fmt.Fprintf(r.Out, "❌ Model file faulty: %v\n   → %s\n", f.Err, f.Remedy)
		case f.Absent:
			fmt.Fprintf(r.Out, "ℹ️  Not here, not needed to serve: %s\n", f.Name)
		default:
			fmt.Fprintf(r.Out, "✅ Model file OK: %s (%.2f MB)\n", f.Name, float64(f.Bytes)/1e6)
		}
	}
	return ok
}

func checkLoad(manifest *models.Manifest, m models.Model) error {
	loaded, _, err := openModel(manifest, m, 1)
	if err != nil {
		return err
	}
	defer loaded.Close()
	if loaded.Info().Delegate == "" {
		return fmt.Errorf("%s: XNNPACK does not take its graph, so it would run several times slower", m.Files.TFLite.Name)
	}
	return nil
}

// checkStore is silent where there is no store yet.
func (c *checkCmd) checkStore(r *run) bool {
	if _, err := os.Stat(storePath(c.DataDir)); err != nil {
		return true
	}
	health, err := storePlace{DataDir: c.DataDir}.check(r)
	if err != nil {
		fmt.Fprintf(r.Out, "❌ Store faulty: %v\n   → run `mangosense repair`, or `mangosense restore` with BACKUP_DIR set\n", err)
		return false
	}
	fmt.Fprintf(r.Out, "✅ Store OK: %d records\n", health.Records)
	return true
}
