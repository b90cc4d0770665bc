package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Denied says of an error of permission which user may not do what, and what
// can be done about it; it is empty for any other error. The kernel's own words
// are "permission denied" and nothing more.
func Denied(err error) string {
	if !errors.Is(err, fs.ErrPermission) {
		return ""
	}
	who := userName(uint32(os.Geteuid()))
	path := pathOf(err)
	if path == "" {
		return fmt.Sprintf("user %s may not", who)
	}
	verb, at := barrier(path)
	owner := ""
	if st, err := os.Stat(at); err == nil {
		if sys, ok := st.Sys().(*syscall.Stat_t); ok {
			owner = ", which belongs to user " + userName(sys.Uid)
		}
	}
	return fmt.Sprintf("user %s may not %s %s%s: change its owner or mode, use a place that %s may use, or run this as another user",
		who, verb, at, owner, who)
}

// pathOf is the path in an error, absolute.
func pathOf(err error) string {
	path := ""
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		path = p.Path
	} else if l := (*os.LinkError)(nil); errors.As(err, &l) {
		path = l.New
	}
	if path == "" {
		return ""
	}
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}

// barrier is what stops the process on its way to path, and what it may not do
// there.
func barrier(path string) (verb, at string) {
	parts := strings.Split(filepath.Dir(path), "/")
	folder := "/"
	for _, part := range parts {
		next := filepath.Join(folder, part)
		if !may(folder, unix.X_OK) {
			return "enter", folder
		}
		if _, err := os.Lstat(next); errors.Is(err, fs.ErrNotExist) {
			return "write to", folder // it was to be made
		}
		folder = next
	}
	switch _, err := os.Lstat(path); {
	case !may(folder, unix.X_OK):
		return "enter", folder
	case errors.Is(err, fs.ErrNotExist):
		return "write to", folder
	case !may(path, unix.R_OK):
		return "read", path
	case !may(path, unix.W_OK):
		return "write to", path
	default:
		return "write to", folder
	}
}

func may(path string, mode uint32) bool {
	return unix.Faccessat(unix.AT_FDCWD, path, mode, unix.AT_EACCESS) == nil
}

// userName is a user's name with its number, or the number alone.
func userName(uid uint32) string {
	id := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return u.Username + " (" + id + ")"
	}
	return id
}
