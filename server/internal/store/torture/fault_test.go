//go:build linux && amd64

package torture_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestEveryCallFailsOnce runs a script of everything that store and media do,
// and lets the first call of the system that changes a file fail, then the
// second, and so on: writes, syncs, renames, links, removals, truncations and
// creations, each with EIO, ENOSPC and EROFS. The program must not end, what it
// answered as stored must be there, and the file must be sound.
//
// The calls are made to fail by ptrace, so that also those of bbolt do: a Go
// program makes its calls without the C library, where a preloaded one could
// catch them.
func TestEveryCallFailsOnce(t *testing.T) {
	begun := time.Now()
	total, _, err := traced(t, t.TempDir(), 0, 0)
	if err != nil {
		t.Skipf("cannot trace a process here: %v", err)
	}
	if total < 40 {
		t.Fatalf("the script makes only %d calls", total)
	}
	// CI takes as many as go into 20 seconds, in a shuffled order.
	order := rand.New(rand.NewPCG(1, uint64(begun.YearDay()))).Perm(3 * total)
	runs, failed := 0, map[string]int{}
	for _, i := range order {
		if !full() && time.Since(begun) > 20*time.Second {
			break
		}
		n, errno := i/3+1, []syscall.Errno{syscall.EIO, syscall.ENOSPC, syscall.EROFS}[i%3]
		dir := t.TempDir()
		_, r, err := traced(t, dir, n, errno)
		if err != nil {
			t.Fatalf("call %d, %v: %v", n, errno, err)
		}
		runs++
		failed[r.call]++
		p := newPromises()
		if err := p.read(r.out); err != nil {
			t.Fatalf("call %d (%s), %v: %v", n, r.call, errno, err)
		}
		// A script that could not even open its files says so, and made no
		// promise; otherwise it must have come back.
		if r.status != 0 {
			t.Errorf("call %d (%s), %v: the victim ended with %d:\n%s", n, r.call, errno, r.status, r.out)
		}
		if err := p.verify(dir, true); err != nil {
			t.Errorf("call %d (%s), %v: %v\n%s", n, r.call, errno, err, r.out)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d calls a run, %d runs in %v: %v", total, runs, time.Since(begun).Round(time.Second), failed)
}

type result struct {
	call   string // that failed
	out    string
	status int
}

// changing are the calls that change files, with the argument that says which:
// a descriptor, or a path.
var changing = map[uint64]struct {
	name string
	fd   bool
	arg  int
}{
	unix.SYS_WRITE: {"write", true, 0}, unix.SYS_PWRITE64: {"pwrite", true, 0}, unix.SYS_FSYNC: {"fsync", true, 0},
	unix.SYS_FDATASYNC: {"fdatasync", true, 0}, unix.SYS_FTRUNCATE: {"ftruncate", true, 0}, unix.SYS_COPY_FILE_RANGE: {"copy_file_range", true, 2},
	unix.SYS_RENAMEAT: {"renameat", false, 3}, unix.SYS_RENAMEAT2: {"renameat", false, 3}, unix.SYS_LINKAT: {"linkat", false, 3},
	unix.SYS_MKDIRAT: {"mkdirat", false, 1}, unix.SYS_UNLINKAT: {"unlinkat", false, 1}, unix.SYS_OPENAT: {"create", false, 1},
	unix.SYS_TRUNCATE: {"truncate", false, 0},
}

// traced runs the script in dir and lets call number n of those that change
// files in dir fail (0: none). It returns how many there were.
func traced(t *testing.T, dir string, n int, errno syscall.Errno) (total int, r result, err error) {
	t.Helper()
	runtime.LockOSThread() // ptrace belongs to a thread
	defer runtime.UnlockOSThread()
	outPath := filepath.Join(t.TempDir(), "out")
	out, err := os.Create(outPath)
	if err != nil {
		return 0, r, err
	}
	defer out.Close()
	proc, err := os.StartProcess(os.Args[0], os.Args[:1], &os.ProcAttr{
		Env:   append(os.Environ(), "MANGOSENSE_VICTIM="+dir, "MANGOSENSE_SCRIPT=1", "GOMAXPROCS=1"),
		Files: []*os.File{nil, out, out},
		Sys:   &syscall.SysProcAttr{Ptrace: true},
	})
	if err != nil {
		return 0, r, err
	}
	pid := proc.Pid
	var ws syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &ws, syscall.WALL, nil); err != nil || !ws.Stopped() {
		return 0, r, fmt.Errorf("the victim did not stop: %v", err)
	}
	if err := syscall.PtraceSetOptions(pid, syscall.PTRACE_O_TRACECLONE|syscall.PTRACE_O_TRACESYSGOOD|0x100000 /* EXITKILL */); err != nil {
		_ = proc.Kill()
		return 0, r, err
	}
	inside := map[int]bool{}  // threads between entry and exit of a call
	failing := map[int]bool{} // threads whose call is to fail
	resume := func(tid int, sig syscall.Signal) { _ = syscall.PtraceSyscall(tid, int(sig)) }
	resume(pid, 0)
	for {
		tid, err := syscall.Wait4(-1, &ws, syscall.WALL, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return total, r, fmt.Errorf("lost the victim: %w", err)
		}
		switch {
		case ws.Exited() || ws.Signaled():
			if tid == pid {
				r.status = ws.ExitStatus()
				b, err := os.ReadFile(outPath)
				r.out = string(b)
				return total, r, err
			}
		case !ws.Stopped():
		case ws.StopSignal() == syscall.SIGTRAP|0x80:
			inside[tid] = !inside[tid]
			var regs syscall.PtraceRegs
			if syscall.PtraceGetRegs(tid, &regs) != nil {
				continue // it is gone
			}
			if inside[tid] {
				if name := target(tid, &regs, dir); name != "" {
					total++
					if total == n {
						r.call = name
						failing[tid] = true
						regs.Orig_rax = ^uint64(0) // no such call: nothing happens
						_ = syscall.PtraceSetRegs(tid, &regs)
					}
				}
			} else if failing[tid] {
				delete(failing, tid)
				regs.Rax = uint64(-int64(errno))
				_ = syscall.PtraceSetRegs(tid, &regs)
			}
			resume(tid, 0)
		case ws.StopSignal() == syscall.SIGTRAP, ws.StopSignal() == syscall.SIGSTOP:
			resume(tid, 0) // a new thread
		default:
			resume(tid, ws.StopSignal())
		}
	}
}

// target is the name of a call that changes a file in dir, else empty.
func target(tid int, regs *syscall.PtraceRegs, dir string) string {
	c, ok := changing[regs.Orig_rax]
	if !ok {
		return ""
	}
	if regs.Orig_rax == unix.SYS_OPENAT && regs.Rdx&unix.O_CREAT == 0 {
		return ""
	}
	arg := []uint64{regs.Rdi, regs.Rsi, regs.Rdx, regs.R10}[c.arg]
	path := ""
	if c.fd {
		path, _ = os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", tid, arg))
	} else {
		b := make([]byte, 512)
		k, _ := syscall.PtracePeekData(tid, uintptr(arg), b)
		path, _, _ = strings.Cut(string(b[:k]), "\x00")
	}
	if !strings.HasPrefix(path, dir) {
		return ""
	}
	return c.name
}
