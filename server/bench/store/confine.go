package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Group is a control group with a memory bound that holds this program: what
// the kernel counts in it is Go's heap, C's and the page cache of the files read.
type Group struct{ dir, peak, events string }

// Confine moves the program into a group of its own, of version 2 or 1. It
// needs root.
func Confine(bytes int64) (*Group, error) {
	var failed error
	for _, v := range []struct{ root, bound, peak, events string }{
		{"/sys/fs/cgroup", "memory.max", "memory.peak", "memory.events"},
		{"/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.max_usage_in_bytes", "memory.oom_control"},
	} {
		g := &Group{dir: filepath.Join(v.root, fmt.Sprintf("mangosense-bench-%d", os.Getpid())), peak: v.peak, events: v.events}
		_ = put(filepath.Join(v.root, "cgroup.subtree_control"), "+memory") // version 2; on already, mostly
		err := os.Mkdir(g.dir, 0o755)
		if err == nil {
			err = g.write(v.bound, strconv.FormatInt(bytes, 10))
		}
		if err == nil {
			err = g.write("cgroup.procs", strconv.Itoa(os.Getpid()))
		}
		if err == nil {
			return g, nil
		}
		_ = os.Remove(g.dir)
		failed = errors.Join(failed, err)
	}
	return nil, fmt.Errorf("cannot make a control group: %w", failed)
}

func (g *Group) write(file, text string) error { return put(filepath.Join(g.dir, file), text) }

// put writes to a file that is there: where no control groups are mounted a
// new one would only look like one.
func put(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// Leave moves the program back and removes the group. It returns the most that
// was ever in use, and how many programs the kernel killed for the bound.
func (g *Group) Leave() (peak, kills int64, err error) {
	peak, err = number(filepath.Join(g.dir, g.peak), "")
	if err != nil {
		return 0, 0, err
	}
	kills, err = number(filepath.Join(g.dir, g.events), "oom_kill ")
	if err != nil {
		return peak, 0, err
	}
	if err := put(filepath.Join(filepath.Dir(g.dir), "cgroup.procs"), strconv.Itoa(os.Getpid())); err != nil {
		return peak, kills, fmt.Errorf("cannot leave the control group: %w", err)
	}
	if err := os.Remove(g.dir); err != nil {
		return peak, kills, fmt.Errorf("cannot remove the control group: %w", err)
	}
	return peak, kills, nil
}

// number reads the number behind a word of a file.
func number(path, word string) (int64, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, fmt.Errorf("cannot ask the control group: %w", err)
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, word); ok {
			return strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
		}
	}
	return 0, fmt.Errorf("cannot ask the control group: %s has no %q", filepath.Base(path), word)
}

// forget takes a file out of the page cache: what is cached counts for the
// group that read it first.
func forget(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("cannot open the database: %w", err)
	}
	defer f.Close()
	const dontNeed = 4
	if _, _, errno := syscall.Syscall6(syscall.SYS_FADVISE64, f.Fd(), 0, 0, dontNeed, 0, 0); errno != 0 {
		return fmt.Errorf("cannot empty the page cache: %w", errno)
	}
	return nil
}
