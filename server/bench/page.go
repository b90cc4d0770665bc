package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// write puts text between the markers of a part of the page.
func (b *bench) write(part, text string) error {
	page, err := os.ReadFile(b.page)
	if err != nil {
		return fmt.Errorf("cannot read the page: %w", err)
	}
	open, shut := "<!-- bench:"+part+" -->", "<!-- /bench:"+part+" -->"
	before, rest, ok := strings.Cut(string(page), open)
	_, after, whole := strings.Cut(rest, shut)
	if !ok || !whole {
		return fmt.Errorf("cannot write into %s: it has no %s … %s", b.page, open, shut)
	}
	return b.replace(b.page, before+open+"\n"+strings.TrimSpace(text)+"\n"+shut+after)
}

// plot writes a picture beside the page.
func (b *bench) plot(name, svg string) error {
	folder := b.plots()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("cannot make the plots' folder: %w", err)
	}
	return b.replace(filepath.Join(folder, name), svg)
}

func (b *bench) plots() string { return strings.TrimSuffix(b.page, ".md") }

// replace leaves the old file or the new one, never half of it.
func (b *bench) replace(path, text string) error {
	part := path + ".tmp"
	if err := os.WriteFile(part, []byte(text), 0o644); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	return nil
}

// machine says where and of what a figure is: it stands over every table.
func machine() string {
	load := "unknown"
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		load, _, _ = strings.Cut(string(text), " ")
	}
	return fmt.Sprintf("*%s, %d cores, %s; %s; commit %s; %s; load before the run %s.*", cpu(), runtime.NumCPU(), runtime.GOARCH,
		runtime.Version(), commit(), time.Now().UTC().Format("2006-01-02"), load)
}

func cpu() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range strings.Lines(string(data)) {
		if name, value, ok := strings.Cut(line, ":"); ok && (strings.HasPrefix(name, "model name") || strings.HasPrefix(name, "Model")) {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

func commit() string {
	out, err := exec.Command("git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}
