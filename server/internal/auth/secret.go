package auth

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// LoadSecret reads the secret in a file, and makes one where there is none:
// 256 random bits, readable by this account alone. The file appears whole or
// not at all, and of several programs that start at once all get the same one.
func LoadSecret(path string) ([]byte, error) {
	secret, err := readSecret(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return secret, err
	}
	if err := makeSecret(path); err != nil {
		return nil, err
	}
	return readSecret(path)
}

func readSecret(path string) ([]byte, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the secret: %w", err)
	}
	if !st.Mode().IsRegular() { // a pipe would hold the start for ever
		return nil, fmt.Errorf("%w: %s is no regular file", ErrSecretFile, path)
	}
	if st.Mode().Perm()&0o077 != 0 {
		// A copy made by a careless tool; on a file system without modes this
		// changes nothing.
		if err := os.Chmod(path, 0o600); err != nil {
			return nil, fmt.Errorf("cannot close the secret to others: %w", err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the secret: %w", err)
	}
	secret := strings.TrimSpace(string(text))
	if len(secret) < minKey {
		return nil, fmt.Errorf("%w: %s holds less than %d bytes (delete it to get a new one; every login ends)", ErrSecretFile, path, minKey)
	}
	return []byte(secret), nil
}

// makeSecret writes a temporary file and links it into place: link, unlike
// rename, never replaces a secret that another program made meanwhile.
func makeSecret(path string) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("cannot make the secret's folder: %w", err)
	}
	f, err := os.CreateTemp(dir, ".secret.*.tmp") // mode 0600
	if err != nil {
		return fmt.Errorf("cannot make the secret: %w", err)
	}
	defer os.Remove(f.Name())
	random := make([]byte, minKey)
	rand.Read(random) // never fails: the program ends first
	_, err = f.WriteString(base64.RawURLEncoding.EncodeToString(random) + "\n")
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("cannot write the secret: %w", err)
	}
	err = os.Link(f.Name(), path)
	switch {
	case err == nil, errors.Is(err, fs.ErrExist):
	case os.Rename(f.Name(), path) == nil: // FAT knows no links
	default:
		return fmt.Errorf("cannot put the secret in place: %w", err)
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("cannot open the secret's folder: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("cannot sync the secret's folder: %w", err)
	}
	return nil
}
