package models

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Finding is what is known of one file of the models folder after a check.
type Finding struct {
	Model  string // the model's id
	Name   string // the file's name
	Bytes  int64
	Absent bool  // an optional file that is not there: a remark, not a fault
	Err    error // nil: the file is the one the manifest means
	Remedy string
}

// CheckFiles compares every file that the manifest names with its size and
// sum. The .keras files and memories may be absent: the server runs without.
func (m *Manifest) CheckFiles() []Finding {
	var out []Finding
	for i := range m.Models {
		x := &m.Models[i]
		if x.Files.Keras.Name != "" {
			out = append(out, x.checkFile(x.Files.Keras, true))
		}
		out = append(out, x.checkFile(x.Files.TFLite, false))
		if x.Files.Head.Name != "" {
			out = append(out, x.checkFile(x.Files.Head, false))
		}
		if x.Memory.Name != "" {
			out = append(out, x.checkFile(x.Memory, true))
		}
	}
	return out
}

// ReadFile is a small file of the model, compared with its digest.
func (x *Model) ReadFile(want File) ([]byte, error) {
	path := filepath.Join(x.dir, want.Name)
	if want.Bytes > MaxArraysBytes {
		return nil, fmt.Errorf("%s: %w: at most %d bytes", want.Name, ErrSize, MaxArraysBytes)
	}
	if _, err := verify(path, want); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", want.Name, err)
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != want.SHA256 {
		return nil, fmt.Errorf("%s: %w", want.Name, ErrSum) // changed meanwhile
	}
	return b, nil
}

func (x *Model) checkFile(want File, optional bool) Finding {
	found := Finding{Model: x.ID, Name: want.Name}
	size, err := verify(filepath.Join(x.dir, want.Name), want)
	found.Bytes = size
	switch {
	case err == nil:
	case optional && errors.Is(err, ErrMissing):
		found.Absent = true
	default:
		found.Err = err
		found.Remedy = remedy(err)
	}
	return found
}

// verify reads the file once: presence, kind, emptiness, pointer, size, sum.
func verify(path string, want File) (int64, error) {
	f, size, err := open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("%s: %w", want.Name, ErrMissing)
	}
	if err != nil {
		return 0, fmt.Errorf("cannot open %s: %w", want.Name, err)
	}
	defer f.Close()
	head := make([]byte, 200)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return 0, fmt.Errorf("cannot read %s: %w", want.Name, err)
	}
	if n == 0 {
		return 0, fmt.Errorf("%s: %w", want.Name, ErrEmpty)
	}
	if fault := pointerFault(head[:n]); fault != nil {
		return int64(n), fmt.Errorf("%s: %w", want.Name, fault)
	}
	if size != want.Bytes {
		return size, fmt.Errorf("%s: %w: it has %d bytes, not %d", want.Name, ErrSize, size, want.Bytes)
	}
	sum := sha256.New()
	sum.Write(head[:n])
	if _, err := io.Copy(sum, io.LimitReader(f, size)); err != nil { // it may be growing
		return size, fmt.Errorf("cannot read %s: %w", want.Name, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want.SHA256 {
		return size, fmt.Errorf("%s: %w: it is %s", want.Name, ErrSum, got)
	}
	return size, nil
}

// open opens a regular file. A pipe would hold a plain open for ever, a device
// would never end.
func open(path string) (f *os.File, size int64, err error) {
	f, err = os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, err
	}
	stat, err := f.Stat()
	if err == nil && !stat.Mode().IsRegular() {
		err = ErrNotRegular
	}
	if err != nil {
		_ = f.Close()
		return nil, 0, err
	}
	return f, stat.Size(), nil
}

// pointerFault recognises what git leaves in place of a file that LFS holds.
func pointerFault(head []byte) error {
	if bytes.HasPrefix(head, []byte("version https://git-lfs")) {
		return ErrPointer
	}
	return nil
}

func remedy(err error) string {
	switch {
	case errors.Is(err, ErrPointer):
		return "run `git lfs pull` where the file came from, or copy the real model into the models folder"
	case errors.Is(err, ErrMissing), errors.Is(err, ErrEmpty):
		return "restore it with `git checkout -- models`, or copy the model into the models folder"
	default:
		return "the file and manifest.json do not belong together: restore both with `git checkout -- models`, or run tools/convert, which writes both"
	}
}
