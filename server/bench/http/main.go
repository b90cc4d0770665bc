// Command http measures what a client waits for at a running server: the list
// pages of the web admin and of the mobile app, and the processor time of a login
// beside that of the predecessor's password check.
//
// It is no test and asserts nothing. It fills a store in a folder of its own,
// starts the built program on it, and removes it at the end.
//
// Caveats. It asks one request at a time over one connection: the figures are for
// a server that has nothing else to do. Times include the client's own part, which
// the line "nothing" shows; CPU is the server's alone and, unlike the times,
// hardly depends on what else the machine does.
//
// Usage: make bench-http, or go run ./server/bench/http -help
package main

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"mangosense/server/bench/process"
)

func main() {
	var c Config
	bin, models, dir := "", "", ""
	flag.StringVar(&bin, "bin", "bin/mangosense", "the built program")
	flag.StringVar(&models, "models", "models", "models folder")
	flag.StringVar(&dir, "dir", "", "a folder on the disk to measure; empty: the system's temporary one")
	flag.IntVar(&c.Records, "records", 100_000, "number of records; a tenth of them are confirmed")
	flag.IntVar(&c.Reads, "reads", 200, "how often each page is asked for")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, bin, models, dir, c)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/http:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, bin, models, dir string, c Config) (err error) {
	data, err := os.MkdirTemp(dir, "mangosense-bench-")
	if err != nil {
		return fmt.Errorf("cannot make a folder to measure in: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	if err := fill(ctx, data, c.Records); err != nil {
		return fmt.Errorf("cannot fill the store: %w", err)
	}
	s, err := process.Start(exec.CommandContext(ctx, bin, "serve"), data, models, "UPKEEP_EVERY=0", "BACKUP_EVERY=0")
	if err != nil {
		return err
	}
	defer s.Stop()
	c.URL, c.AdminName, c.GrowerMail, c.Password, c.CPU = s.URL, "boss", "g0@farm.example", password, s.CPU
	c.Yardstick = djangoCheck
	result, err := Run(ctx, c)
	if err != nil {
		return fmt.Errorf("cannot measure the server: %w", err)
	}
	return Table(os.Stdout, result)
}

// djangoCheck is the processor time of one password check of the predecessor:
// its algorithm with its number of rounds.
func djangoCheck() time.Duration {
	begun := processorTime()
	_, _ = pbkdf2.Key(sha256.New, password, []byte("a salt of 16 by"), 1_000_000, sha256.Size) // its errors are of lengths
	return processorTime() - begun
}

// processorTime is what this process has used of all cores.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
