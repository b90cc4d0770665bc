package modelset

import (
	"errors"
	"fmt"

	"mangosense/models"
)

// Check compares each file of a models folder with the manifest, and of each
// model that has the right file whether it opens: shapes, types and class count
// must fit, and XNNPACK must take the graph. It lets nothing answer.
func Check(manifest *models.Manifest) []models.Finding {
	type file struct{ model, name string }
	named := map[file]models.Model{}
	for _, m := range manifest.Models {
		named[file{m.ID, m.Files.TFLite.Name}] = m
	}
	found := manifest.CheckFiles()
	for i := range found {
		f := &found[i]
		m, opens := named[file{f.Model, f.Name}]
		if f.Err != nil || !opens {
			continue
		}
		if f.Err = checkOpen(manifest, m); f.Err != nil {
			f.Remedy = "restore the file and manifest.json together, or run tools/convert again"
		}
	}
	return found
}

func checkOpen(manifest *models.Manifest, m models.Model) error {
	x, err := open(manifest, m, 1)
	if err != nil {
		return err
	}
	if x.engine.Info().Delegate == "" {
		err = fmt.Errorf("%s: %w", m.Files.TFLite.Name, ErrSlow)
	}
	return errors.Join(err, x.engine.Close())
}
