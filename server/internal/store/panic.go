package store

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/ordered"
	"mangosense/server/internal/store/repair"
)

// What reads pages through the memory map can panic for three reasons, which
// must not be mixed up: the file is put aside for one and must not be for another.
//
//   - The system cannot give a page, or a damaged one leads outside of the map:
//     a memory fault whose address lies in or right behind a mapped file, or
//     anywhere when bbolt follows the number of a page.
//   - bbolt finds a page that cannot be: it panics on its own account.
//   - A fault of this program: everything else.
//
// The first two are ErrDamaged, the third is errBug.

// panicked is a panic as an error.
type panicked struct {
	value any
	where string // function, file and line that panicked
	page  int64  // of the file, −1 where no memory fault says it
	cause error  // ErrDamaged or errBug
	stack []byte
}

func (p *panicked) Error() string {
	if p.page >= 0 {
		return fmt.Sprintf("%v: page %d cannot be read: %v (%s)", p.cause, p.page, p.value, p.where)
	}
	return fmt.Sprintf("%v: %v (%s)", p.cause, p.value, p.where)
}

func (p *panicked) Unwrap() error { return p.cause }

// guarded runs f, which may touch pages of a file, and turns a panic into an
// error. A fault on a page would end the program otherwise.
func guarded(f func() error) (err error) {
	ordered.Blocking("reading the database")
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil {
			err = blame(v)
		}
	}()
	return f()
}

// blame says whose panic it was. It must be called by the deferred function that
// recovered: the frames of the panic are still there.
func blame(value any) error {
	p := &panicked{value: value, page: -1, cause: errBug, stack: debug.Stack()}
	inBolt := false
	p.where, inBolt = culprit()
	if fault, ok := value.(interface{ Addr() uintptr }); ok {
		if page, ok := pageAt(fault.Addr()); ok {
			p.page, p.cause = page, ErrDamaged
		} else if inBolt {
			p.cause = ErrDamaged
		}
		return p
	}
	if inBolt && !misused(value) {
		p.cause = ErrDamaged
	}
	return p
}

// misused are panics of bbolt about its caller, not about the file.
func misused(value any) bool {
	text, _ := value.(string)
	for _, about := range []string{"managed tx ", "tx closed"} {
		if strings.HasPrefix(text, "assertion failed: "+about) {
			return true
		}
	}
	return false
}

// culprit is the function that panicked, past those of the standard library.
func culprit() (where string, inBolt bool) {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	panicking := false
	for {
		f, more := frames.Next()
		inBolt = strings.HasPrefix(f.Function, "go.etcd.io/bbolt")
		switch {
		case f.Function == "runtime.gopanic":
			panicking = true
		case panicking && (inBolt || strings.HasPrefix(f.Function, "mangosense/")):
			return fmt.Sprintf("%s, %s:%d", f.Function, f.File[strings.LastIndexByte(f.File, '/')+1:], f.Line), inBolt
		}
		if !more {
			return "unknown", false
		}
	}
}

// behind is how far past its map's end a damaged page can lead: positions and
// lengths in a page are numbers of 32 bits.
const behind = 2 << 32

// pageAt finds the page of a mapped file that an address lies in; of an address
// behind the map, the last one.
func pageAt(addr uintptr) (page int64, ok bool) {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return 0, true // nobody can say; our own code makes no addresses
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		// 7f12c0000000-7f13c0000000 r--s 00000000 fe:01 393 /data/mangosense.db
		// The name may have spaces; what is shared and has no name is no database.
		fields := strings.Fields(lines.Text())
		if len(fields) < 6 || !strings.HasSuffix(fields[1], "s") || strings.HasPrefix(fields[5], "/memfd:") {
			continue
		}
		low, high, _ := strings.Cut(fields[0], "-")
		from, err1 := strconv.ParseUint(low, 16, 64)
		to, err2 := strconv.ParseUint(high, 16, 64)
		offset, err3 := strconv.ParseInt(fields[2], 16, 64)
		if at := uint64(addr); errors.Join(err1, err2, err3) == nil && from <= at && at < to+behind {
			return (offset + int64(min(at, to-1)-from)) / repair.PageSize, true
		}
	}
	return 0, false
}

const somethingWrong = "Something went wrong on the server. Please try again."

// answer is the error of a call as its caller may see it. Damage is noted and
// repaired, a fault of the program is logged with its stack.
func (s *Store) answer(err error) error {
	switch {
	case errors.Is(err, ErrDamaged):
		s.suspect(err)
		return mango.Wrap(mango.StoreFailed, err, "What was asked for cannot be read from the disk.")
	case errors.Is(err, errBug):
		s.logBug(err)
		return mango.Wrap(mango.Internal, err, somethingWrong)
	}
	return err
}

// logBug logs the stack of a fault of the program; of other errors, and of none,
// it says nothing.
func (s *Store) logBug(err error) {
	var p *panicked
	if errors.As(err, &p) && p.cause == errBug {
		s.cfg.Log.Error("a fault of the program; the database is not to blame", "error", err, "stack", string(p.stack))
	}
}
