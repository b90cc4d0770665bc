package disk

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"mangosense/server/internal/ordered"
)

// Write writes a whole file durably: when it returns nil, the file has exactly
// what write produced and a power cut cannot undo it. On an error the old file,
// or its absence, is untouched and nothing is left behind.
func Write(path string, mode fs.FileMode, write func(io.Writer) error) (err error) {
	f, err := Temp(path, mode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("cannot sync %s: %w", filepath.Base(path), err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("cannot close %s: %w", filepath.Base(path), err)
	}
	return Rename(f.Name(), path)
}

// Temp creates the temporary file that stands beside path until it is renamed.
func Temp(path string, mode fs.FileMode) (*os.File, error) {
	ordered.Blocking("making a file")
	for range 100 {
		var r [6]byte
		_, _ = rand.Read(r[:])
		name := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+hex.EncodeToString(r[:])+".tmp")
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("cannot create a file beside %s: %w", filepath.Base(path), err)
		}
		return f, nil
	}
	return nil, fmt.Errorf("cannot create a file beside %s: every name is taken", filepath.Base(path))
}

// IsTemp reports whether a file name is one that Temp gives.
func IsTemp(name string) bool {
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, ".tmp")
}

// Rename moves a synced file to its place and syncs the folder. Both must be
// in one folder.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("cannot put %s in place: %w", filepath.Base(to), err)
	}
	return SyncDir(filepath.Dir(to))
}

// SyncDir makes the names in a folder durable.
func SyncDir(dir string) error {
	ordered.Blocking("syncing a folder")
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("cannot open folder: %w", err)
	}
	err = d.Sync()
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("cannot sync folder %s: %w", filepath.Base(dir), err)
	}
	return nil
}

// Writable is nil when a file can be made in a folder and its name made
// durable; a disk that the kernel has turned read-only fails one of the two.
func Writable(dir string) error {
	f, err := Temp(filepath.Join(dir, "writable"), 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return fmt.Errorf("cannot write to the disk: %w", err)
	}
	return SyncDir(dir)
}

// Mkdir makes a folder with its parents, private, durably.
func Mkdir(dir string) error {
	if st, err := os.Stat(dir); err == nil {
		if !st.IsDir() {
			return fmt.Errorf("cannot use %s as a folder: it is a file", dir)
		}
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := Mkdir(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("cannot make folder: %w", err)
	}
	return SyncDir(parent)
}

// ErrNotRegular: under the name of a file lies a folder, a pipe or a device.
var ErrNotRegular = errors.New("it is a folder, a pipe or a device, not a file")

// Open opens a regular file for reading. A pipe would hold a plain open for ever, a
// device would never end.
func Open(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: ErrNotRegular}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}
