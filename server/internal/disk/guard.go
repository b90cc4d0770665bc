package disk

import (
	"fmt"
	"syscall"

	"mangosense/server/internal/mango"
)

// Guard refuses writes before the disk is full, which leaves space to delete,
// compact and log. The zero Guard lets everything pass. It is
// safe for concurrent use.
type Guard struct {
	Dir     string
	Reserve int64 // bytes to keep free
}

// Free is the space in bytes that an ordinary process has on the disk of dir.
func Free(dir string) (int64, error) {
	var st syscall.Statfs_t
	for {
		err := syscall.Statfs(dir, &st)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("cannot ask for free space: %w", err)
		}
		return int64(st.Bavail) * int64(st.Bsize), nil
	}
}

// Allow returns nil when n more bytes leave the reserve untouched, else an
// error with code StoreFull. It asks the disk each time (about a microsecond),
// so saves resume as soon as space is free.
func (g Guard) Allow(n int64) error {
	if g.Reserve <= 0 {
		return nil
	}
	free, err := Free(g.Dir)
	if err != nil {
		return Fault(err)
	}
	if free-n >= g.Reserve {
		return nil
	}
	return mango.Wrap(mango.StoreFull,
		fmt.Errorf("%d bytes free, %d wanted, %d kept in reserve", free, n, g.Reserve),
		"The disk is nearly full, so nothing more is stored until there is room again. Diagnoses without storing still work.")
}
