// Command bench measures the built program against the least that a photo can
// cost, the naive way to do the same and other servers, in one run on one
// machine, and writes the tables and plots of docs/benchmarks.md.
//
// This folder is the home of all benchmarks; it stands below server/ because Go
// lets nobody else import the rooms that bench/store and bench/http fill.
//
// It is not a test: nothing passes or fails by a time. Every figure is a median
// with its spread, or a ratio of two that were measured by turns in this run.
// A step that fails leaves its part of the page as it was, the others go on, and
// the command ends with 1.
//
// Usage: make bench, or, with parts only: make bench STEPS=photos,start
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"mangosense/server/bench/process"
)

func main() {
	b := bench{}
	only := ""
	flag.StringVar(&b.bin, "bin", "bin/mangosense", "the built program")
	flag.StringVar(&b.naive, "naive", "bin/naive", "the naive peer (tools/peers/naive)")
	flag.StringVar(&b.floor, "floor", "bin/floor", "the floor in C (tools/peers/floor)")
	flag.StringVar(&b.driver, "load", "bin/load", "the load driver (tools/load)")
	flag.StringVar(&b.models, "models", "models", "models folder")
	flag.StringVar(&b.page, "page", "docs/benchmarks.md", "the page to write into")
	flag.StringVar(&only, "only", "", "steps to take, with commas between; empty: all of "+strings.Join(names(), ","))
	flag.BoolVar(&b.short, "short", false, "a trial: fewer and shorter runs")
	flag.Parse()
	if err := b.all(only); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

// bench is one run of all measurements.
type bench struct {
	bin, naive, floor, driver, models, page string
	short                                   bool

	dir   string // scratch, gone at the end
	stamp string
	found findings
}

// step makes one part of the page: the text between its two markers.
type step struct {
	name string
	run  func(b *bench) (string, error)
}

var steps = []step{
	{"photos", (*bench).photos}, {"start", (*bench).start}, {"flood", (*bench).flood},
	{"scaling", (*bench).scaling}, {"health", (*bench).health}, {"peers", (*bench).peers},
}

func names() (all []string) {
	for _, s := range steps {
		all = append(all, s.name)
	}
	return all
}

func (b *bench) all(only string) error {
	wanted := names()
	if only != "" {
		wanted = strings.Split(only, ",")
	}
	for _, w := range wanted {
		if !slices.Contains(names(), w) {
			return fmt.Errorf("no step is called %q: there are %s", w, strings.Join(names(), ", "))
		}
	}
	dir, err := os.MkdirTemp("", "mangosense-bench-")
	if err != nil {
		return fmt.Errorf("cannot make a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	b.dir, b.stamp = dir, machine()
	var faults []error
	for _, s := range steps {
		if !slices.Contains(wanted, s.name) {
			continue
		}
		began := time.Now()
		b.say("%s …", s.name)
		text, err := s.run(b)
		if err == nil {
			err = b.write(s.name, b.stamp+"\n\n"+text)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", s.name, err))
			b.say("%s failed: %v", s.name, err)
			continue
		}
		fmt.Printf("\n## %s\n\n%s\n", s.name, text)
		b.say("%s took %s", s.name, time.Since(began).Round(time.Second))
	}
	// What was asked for is compared with one whole run, not with parts of many;
	// what a failed step would have shown is left out.
	if len(wanted) == len(steps) {
		text := b.found.table()
		fmt.Printf("\n%s\n", text)
		faults = append(faults, b.write("targets", b.stamp+"\n\n"+text))
	}
	return errors.Join(faults...)
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...)
}

// serve starts the program with a fresh data folder.
func (b *bench) serve(extra ...string) (*process.Server, error) {
	return b.serveBy(exec.Command(b.bin, "serve"), extra...)
}

// serveOn is serve, kept to the first cores.
func (b *bench) serveOn(cores int, extra ...string) (*process.Server, error) {
	return b.serveBy(exec.Command("taskset", "-c", fmt.Sprintf("0-%d", cores-1), b.bin, "serve"), extra...)
}

func (b *bench) serveBy(cmd *exec.Cmd, extra ...string) (*process.Server, error) {
	data, err := os.MkdirTemp(b.dir, "data-")
	if err != nil {
		return nil, fmt.Errorf("cannot make a data folder: %w", err)
	}
	return process.Start(cmd, data, b.models, extra...)
}

// pick is the first in a trial, the second in earnest.
func pick[T any](b *bench, trial, earnest T) T {
	if b.short {
		return trial
	}
	return earnest
}
