package tflite

/*
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/mman.h>

// The library maps a file it loads and reads the map as long as the model
// lives: a file cut short by somebody's cp would then kill the process. So the
// bytes are copied into memory that has a file's name and a fixed length, and
// whose only writer is this fence.
static int frozen_new(void) {
	return memfd_create("mangosense-model", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}
static int frozen_seal(int fd) {
	return fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW);
}
static int frozen_empty(int fd, off_t at, off_t size) {
	return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, size);
}
*/
import "C"

import (
	"fmt"
	"io"
	"os"
	"syscall"
)

// frozen is a copy of a model file that nobody else can change. What is checked
// is therefore what the library will read.
type frozen struct {
	file  *os.File
	bytes []byte // a map of the copy, for the check; nil once closed
}

// freeze copies a regular file of at most max bytes.
func freeze(path string, max int64) (*frozen, error) {
	// Without O_NONBLOCK a named pipe would hold Open for ever.
	src, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	stat, err := src.Stat()
	if err != nil {
		return nil, err
	}
	switch {
	case stat.IsDir():
		return nil, fmt.Errorf("%w: it is a folder", ErrNotModel)
	case !stat.Mode().IsRegular():
		return nil, fmt.Errorf("%w: it is no regular file", ErrNotModel)
	case stat.Size() == 0:
		return nil, ErrEmpty
	case stat.Size() > max:
		return nil, fmt.Errorf("%w: it has %d bytes, and %d are allowed", ErrTooLarge, stat.Size(), max)
	}

	fd, err := C.frozen_new()
	if fd < 0 {
		return nil, fmt.Errorf("cannot set memory aside for the model: %w", err)
	}
	f := &frozen{file: os.NewFile(uintptr(fd), "model in memory")}
	if err := f.fill(src, max, int(fd)); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (f *frozen) fill(src io.Reader, max int64, fd int) error {
	// The file may grow while it is read.
	n, err := io.Copy(f.file, io.LimitReader(src, max+1))
	if err != nil {
		return err
	}
	if n > max {
		return fmt.Errorf("%w: %d bytes are allowed", ErrTooLarge, max)
	}
	if n == 0 {
		return ErrEmpty
	}
	if ok, err := C.frozen_seal(C.int(fd)); ok < 0 {
		return fmt.Errorf("cannot seal the model's memory: %w", err)
	}
	f.bytes, err = syscall.Mmap(fd, 0, int(n), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("cannot map the model's memory: %w", err)
	}
	return nil
}

// path names the copy for the library, as long as f is not closed.
func (f *frozen) path() string {
	return fmt.Sprintf("/proc/self/fd/%d", f.file.Fd())
}

// extent is a row of bytes in a model file.
type extent struct{ at, size int }

// empty gives back the memory of some bytes, which then read as 0, as far as it
// covers whole pages.
func (f *frozen) empty(what []extent) error {
	page := os.Getpagesize()
	for _, e := range what {
		from, to := (e.at+page-1)/page*page, (e.at+e.size)/page*page
		if from >= to {
			continue
		}
		if ok, err := C.frozen_empty(C.int(f.file.Fd()), C.off_t(from), C.off_t(to-from)); ok < 0 {
			return fmt.Errorf("cannot give back the model's memory: %w", err)
		}
	}
	return nil
}

// Close gives back the map and the descriptor. A map that the library made of
// the copy stays whole.
func (f *frozen) Close() {
	if f.bytes != nil {
		_ = syscall.Munmap(f.bytes)
		f.bytes = nil
	}
	_ = f.file.Close()
}
