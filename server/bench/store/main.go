// Command store measures how the store behaves as it grows: insert, point read,
// pages of the history, filtered and deep pages, statistics, file size and
// opening at several numbers of records, in one run on one disk.
//
// It is no test and asserts nothing; its table is in docs/store.md. It writes
// about 900 bytes a record into a folder of its own and removes it at the end.
//
// Usage: make bench-store, or go run ./server/bench/store -help
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
)

func main() {
	var c Config
	sizes, memory := "", 0
	flag.StringVar(&c.Dir, "dir", "", "a folder on the disk to measure; empty: the system's temporary one")
	flag.StringVar(&sizes, "sizes", "1000,100000,1000000", "numbers of records, ascending")
	flag.IntVar(&memory, "memory", 0, "measure inside a control group of this many MB, page cache counted; needs root")
	flag.BoolVar(&c.Keep, "keep", false, "leave the databases in -dir, and use those that are there")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, c, sizes, int64(memory)*1_000_000)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/store:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, c Config, sizes string, memory int64) error {
	if c.Keep && c.Dir == "" {
		return errors.New("-keep needs -dir")
	}
	for _, word := range strings.Split(sizes, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 {
			return fmt.Errorf("cannot read -sizes: %q is no number of records", word)
		}
		c.Sizes = append(c.Sizes, n)
	}
	if memory > 0 {
		group, err := Confine(memory)
		if err != nil {
			return err
		}
		defer func() {
			peak, kills, err := group.Leave()
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				return
			}
			fmt.Printf("\nin a control group of %d MB, page cache counted: peak %d MB, %d processes killed for lack of memory\n", memory/1_000_000, peak/1_000_000, kills)
		}()
	}
	c.Cold = memory > 0
	c.Progress = func(done, total int64) {
		if done%50_000 == 0 {
			fmt.Fprintf(os.Stderr, "%d of %d records\n", done, total)
		}
	}
	rows, err := Run(ctx, c)
	if err != nil {
		return fmt.Errorf("cannot measure the store: %w", err)
	}
	return Table(os.Stdout, rows)
}
