package disk

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
)

// ErrLocked: another program holds the lock.
var ErrLocked = errors.New("another program holds the lock")

// Lock is a lock file. The kernel frees it when the program ends, however it
// ends; the file itself stays, and says whether the last holder ended cleanly.
type Lock struct {
	f        *os.File
	known    bool
	unclean  bool
	readOnly bool // the disk is; the lock holds, but nothing can be noted
	once     sync.Once
	err      error
}

const (
	inUse = "in use\n"
	ended = "ended\n"
)

// Unclean reports whether the holder before ended without Clean.
func (l *Lock) Unclean() bool { return l.unclean }

// Known reports whether there was a holder before.
func (l *Lock) Known() bool { return l.known }

// Clean notes that this holder leaves everything in order. Call it last.
func (l *Lock) Clean() error { return l.mark(ended) }

func (l *Lock) mark(text string) error {
	if l.readOnly {
		// The lock was taken while nothing could be written.
		f, err := os.OpenFile(l.f.Name(), os.O_RDWR, 0)
		if err != nil {
			return fmt.Errorf("cannot mark lock file: %w", err)
		}
		defer f.Close()
		again := &Lock{f: f}
		return errors.Join(again.mark(text), f.Sync())
	}
	if err := l.f.Truncate(int64(len(text))); err != nil {
		return fmt.Errorf("cannot mark lock file: %w", err)
	}
	if _, err := l.f.WriteAt([]byte(text), 0); err != nil {
		return fmt.Errorf("cannot mark lock file: %w", err)
	}
	return nil
}

// Again notes anew that the lock is in use, where nothing could be written when
// it was taken.
func (l *Lock) Again() error { return l.mark(inUse) }

// begin notes that the lock is in use, durably, so that a power cut is seen.
func (l *Lock) begin() error {
	b := make([]byte, len(inUse))
	n, _ := l.f.ReadAt(b, 0)
	l.known = n > 0
	l.unclean = n > 0 && string(b[:n]) != ended
	if l.readOnly {
		return nil
	}
	if err := l.mark(inUse); err != nil {
		return err
	}
	if err := l.f.Sync(); err != nil {
		return fmt.Errorf("cannot sync lock file: %w", err)
	}
	return nil
}

// TakeLock takes the lock at path or fails at once with ErrLocked.
func TakeLock(path string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	readOnly := errors.Is(err, syscall.EROFS)
	if readOnly {
		f, err = os.Open(path)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot open lock file: %w", err)
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == syscall.EINTR {
			continue
		}
		if err == nil {
			l := &Lock{f: f, readOnly: readOnly}
			if err := l.begin(); err != nil && !Full(err) && !errors.Is(err, syscall.EROFS) {
				_ = f.Close()
				return nil, err
			}
			return l, nil
		}
		_ = f.Close()
		if err == syscall.EWOULDBLOCK {
			return nil, ErrLocked
		}
		return nil, fmt.Errorf("cannot take lock: %w", err)
	}
}

// Close gives the lock back. Idempotent.
func (l *Lock) Close() error {
	l.once.Do(func() { l.err = l.f.Close() })
	return l.err
}
