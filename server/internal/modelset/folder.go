package modelset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mangosense/models"
)

// Folder is the given models folder, or the first of the usual ones that has a
// manifest: so that the program finds its models from any folder.
func Folder(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	dirs := []string{"models"}
	if program, err := os.Executable(); err == nil {
		if target, err := filepath.EvalSymlinks(program); err == nil {
			program = target
		}
		beside := filepath.Dir(program)
		dirs = append(dirs, filepath.Join(beside, "models"), filepath.Join(filepath.Dir(beside), "models"))
	}
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, models.ManifestName)); err == nil {
			return dir, nil
		}
	}
	return "", fmt.Errorf("there is no %s in any of %s: name the models' folder by --models-dir or MODELS_DIR", models.ManifestName, strings.Join(dirs, ", "))
}

// Read reads what the given models folder, or one of the usual ones, says of
// itself.
func Read(given string) (*models.Manifest, error) {
	dir, err := Folder(given)
	if err != nil {
		return nil, err
	}
	manifest, err := models.Read(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: name the folder with manifest.json and the models by --models-dir or MODELS_DIR", err)
	}
	return manifest, err
}
