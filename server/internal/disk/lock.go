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
// ends; the file itself stays.
type Lock struct {
	f    *os.File
	once sync.Once
	err  error
}

// TakeLock takes the lock at path or fails at once with ErrLocked.
func TakeLock(path string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot open lock file: %w", err)
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == syscall.EINTR {
			continue
		}
		if err == nil {
			return &Lock{f: f}, nil
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
