//go:build linux && amd64

package torture_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// call is one call of the victim to the system that changes files.
type call struct {
	name     string
	path, to string // to: of a rename or a link
	existed  bool   // path, before a creation
}

// tracer is told of each call. before may give an error: then the call does
// nothing and fails with it. after is told of the calls that succeeded. Either
// may be nil; the victim stands still meanwhile.
type tracer struct {
	before func(*call) syscall.Errno
	after  func(*call)
	out    string // file that takes what the victim says; empty: one of its own
}

type result struct {
	failed string // name of the call that was made to fail
	out    string
	status int
}

// changing are the calls that change files, with the arguments that say which:
// a descriptor, or a path; of renames and links the second path too.
var changing = map[uint64]struct {
	name    string
	fd      bool
	arg, to int
}{
	unix.SYS_WRITE: {"write", true, 0, 0}, unix.SYS_PWRITE64: {"pwrite", true, 0, 0}, unix.SYS_FSYNC: {"fsync", true, 0, 0},
	unix.SYS_FDATASYNC: {"fdatasync", true, 0, 0}, unix.SYS_FTRUNCATE: {"ftruncate", true, 0, 0},
	unix.SYS_COPY_FILE_RANGE: {"copy_file_range", true, 2, 0}, unix.SYS_RENAMEAT: {"renameat", false, 1, 3},
	unix.SYS_RENAMEAT2: {"renameat", false, 1, 3}, unix.SYS_LINKAT: {"linkat", false, 1, 3}, unix.SYS_MKDIRAT: {"mkdirat", false, 1, 0},
	unix.SYS_UNLINKAT: {"unlinkat", false, 1, 0}, unix.SYS_OPENAT: {"create", false, 1, 0}, unix.SYS_TRUNCATE: {"truncate", false, 0, 0},
}

// traced runs the script in dir under ptrace.
func traced(t *testing.T, dir string, on tracer) (r result, err error) {
	t.Helper()
	runtime.LockOSThread() // ptrace belongs to a thread
	defer runtime.UnlockOSThread()
	if on.out == "" {
		on.out = filepath.Join(t.TempDir(), "out")
	}
	out, err := os.Create(on.out)
	if err != nil {
		return r, err
	}
	defer out.Close()
	proc, err := os.StartProcess(os.Args[0], os.Args[:1], &os.ProcAttr{
		Env:   append(os.Environ(), "MANGOSENSE_VICTIM="+dir, "MANGOSENSE_SCRIPT=1", "GOMAXPROCS=1"),
		Files: []*os.File{nil, out, out},
		Sys:   &syscall.SysProcAttr{Ptrace: true},
	})
	if err != nil {
		return r, err
	}
	pid := proc.Pid
	var ws syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &ws, syscall.WALL, nil); err != nil || !ws.Stopped() {
		return r, fmt.Errorf("the victim did not stop: %v", err)
	}
	if err := syscall.PtraceSetOptions(pid, syscall.PTRACE_O_TRACECLONE|syscall.PTRACE_O_TRACESYSGOOD|0x100000 /* EXITKILL */); err != nil {
		_ = proc.Kill()
		return r, err
	}
	inside := map[int]bool{} // threads between entry and exit of a call
	calls := map[int]*call{} // of those, the ones that change files
	errors := map[int]syscall.Errno{}
	resume := func(tid int, sig syscall.Signal) { _ = syscall.PtraceSyscall(tid, int(sig)) }
	resume(pid, 0)
	for {
		tid, err := syscall.Wait4(-1, &ws, syscall.WALL, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return r, fmt.Errorf("lost the victim: %w", err)
		}
		switch {
		case ws.Exited() || ws.Signaled():
			if tid == pid {
				r.status = ws.ExitStatus()
				b, err := os.ReadFile(on.out)
				r.out = string(b)
				return r, err
			}
		case !ws.Stopped():
		case ws.StopSignal() == syscall.SIGTRAP|0x80:
			inside[tid] = !inside[tid]
			var regs syscall.PtraceRegs
			if syscall.PtraceGetRegs(tid, &regs) != nil {
				continue // it is gone
			}
			if inside[tid] {
				if c := target(tid, &regs, dir); c != nil {
					calls[tid] = c
					if on.before != nil {
						if errno := on.before(c); errno != 0 {
							errors[tid] = errno
							regs.Orig_rax = ^uint64(0) // no such call: nothing happens
							_ = syscall.PtraceSetRegs(tid, &regs)
						}
					}
				}
			} else if c := calls[tid]; c != nil {
				delete(calls, tid)
				if errno := errors[tid]; errno != 0 {
					delete(errors, tid)
					regs.Rax = uint64(-int64(errno))
					_ = syscall.PtraceSetRegs(tid, &regs)
				} else if on.after != nil && int64(regs.Rax) >= 0 {
					on.after(c)
				}
			}
			resume(tid, 0)
		case ws.StopSignal() == syscall.SIGTRAP, ws.StopSignal() == syscall.SIGSTOP:
			resume(tid, 0) // a new thread
		default:
			resume(tid, ws.StopSignal())
		}
	}
}

// target is a call that changes a file in dir, else nil.
func target(tid int, regs *syscall.PtraceRegs, dir string) *call {
	what, ok := changing[regs.Orig_rax]
	if !ok || (regs.Orig_rax == unix.SYS_OPENAT && regs.Rdx&unix.O_CREAT == 0) {
		return nil
	}
	args := []uint64{regs.Rdi, regs.Rsi, regs.Rdx, regs.R10}
	text := func(arg int) string {
		b := make([]byte, 512)
		k, _ := syscall.PtracePeekData(tid, uintptr(args[arg]), b)
		path, _, _ := strings.Cut(string(b[:k]), "\x00")
		return path
	}
	c := &call{name: what.name}
	if what.fd {
		c.path, _ = os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", tid, args[what.arg]))
	} else {
		c.path = text(what.arg)
	}
	if what.to > 0 {
		c.to = text(what.to)
	}
	if !strings.HasPrefix(c.path, dir) {
		return nil
	}
	_, err := os.Lstat(c.path)
	c.existed = err == nil
	return c
}
