package app

import (
	"errors"
	"fmt"

	"mangosense/models"
	"mangosense/server/internal/diagnose"
	"mangosense/tflite"
)

// openModel is the only way to open a model: serve, predict, check, a reload
// and a switch pass here (a test holds them to it). What the library gets must
// have the digest that the manifest says, and fit what the manifest says of it:
// damaged weights answer as surely as sound ones, and wrongly.
func openModel(manifest *models.Manifest, m models.Model, interpreters int) (*tflite.Model, []diagnose.Quant, error) {
	name := m.Files.TFLite.Name
	loaded, err := tflite.Open(manifest.TFLitePath(m), tflite.Config{Interpreters: interpreters, SHA256: m.Files.TFLite.SHA256})
	if errors.Is(err, tflite.ErrDigest) || errors.Is(err, tflite.ErrDamaged) {
		return nil, nil, fmt.Errorf("%w (restore the file and manifest.json together; `mangosense check` examines all of them)", err)
	}
	if err != nil {
		return nil, nil, err
	}
	outputs, err := fit(m, loaded.Info())
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("cannot use %s: %w", name, err), loaded.Close())
	}
	return loaded, outputs, nil
}
