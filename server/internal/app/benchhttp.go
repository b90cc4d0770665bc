package app

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"mangosense/diseases"
	"mangosense/server/internal/auth"
	"mangosense/server/internal/bench/clients"
	"mangosense/server/internal/bench/growth"
	"mangosense/server/internal/config"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

type benchHTTPCmd struct {
	modelsPlace
	Dir     string `placeholder:"DIR" help:"A folder on the disk to measure; empty: the system's temporary one."`
	Records int    `default:"100000" help:"Number of records; a tenth of them are confirmed."`
	Reads   int    `default:"200" help:"How often each page is asked for."`
}

const (
	benchPassword = "Carabao2026"
	benchWriters  = 256
	// djangoRounds is what one check costs the predecessor.
	djangoRounds = 1_000_000
)

// Run fills a folder of its own, serves from it in this process, asks, and
// removes it.
func (c *benchHTTPCmd) Run(r *run) (err error) {
	dir, err := os.MkdirTemp(c.Dir, "mangosense-bench-")
	if err != nil {
		return fmt.Errorf("cannot make a folder to measure in: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := c.fill(r, dir); err != nil {
		return fmt.Errorf("cannot fill the store: %w", err)
	}
	o, err := quietOptions()
	if err != nil {
		return err
	}
	o.DataDir, o.ModelsDir = dir, c.ModelsDir
	a, err := New(o, r.Err)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(r.ctx)
	served := make(chan error, 1)
	go func() { served <- a.Run(ctx) }()
	defer func() {
		stop()
		err = errors.Join(err, <-served, a.Close())
	}()
	result, err := clients.Run(ctx, clients.Config{
		URL: "http://" + a.Address(), AdminName: "boss", GrowerMail: "g0@farm.example", Password: benchPassword,
		Records: c.Records, Reads: c.Reads, CPU: processorTime, Yardstick: djangoCheck,
	})
	if err != nil {
		return fmt.Errorf("cannot measure the server: %w", err)
	}
	return clients.Table(r.Out, result)
}

// quietOptions are the standard ones of a server that is alone.
func quietOptions() (config.Options, error) {
	var o config.Options
	parser, err := kong.New(&o, kong.TypeMapper(sizeType, sizeMapper))
	if err == nil {
		_, err = parser.Parse(nil)
	}
	if err != nil {
		return o, fmt.Errorf("cannot read the options: %w", err)
	}
	o.Address, o.Port, o.RateLimit, o.AccessLog, o.LogLevel, o.UpkeepEvery, o.BackupEvery = "127.0.0.1", 0, "off", false, "error", 0, 0
	return o, o.Validate()
}

// fill stores users, records and confirmations.
func (c *benchHTTPCmd) fill(r *run, dir string) error {
	hash, err := auth.HashPassword(r.ctx, benchPassword)
	if err != nil {
		return err
	}
	s, err := store.Open(storePath(dir), store.Config{FullCheck: -1})
	if err != nil {
		return err
	}
	shown := startProgress(r, "records")
	defer shown.end()
	err = growth.AddUsers(r.ctx, s)
	if err == nil {
		_, err = s.ChangeUser(r.ctx, mango.System, 1, mango.UserChange{Password: &hash})
	}
	if err == nil {
		_, err = s.AddUser(r.ctx, mango.System, &mango.User{Username: "boss", Email: "boss@farm.example", Password: hash, Admin: true})
	}
	if err == nil {
		err = growth.Fill(r.ctx, s, 0, c.Records, benchWriters, func(done int64) {
			shown.set(done, int64(c.Records))
		})
	}
	if err == nil {
		err = confirmTenth(r.ctx, s, c.Records)
	}
	return errors.Join(err, s.Close())
}

// confirmTenth confirms every tenth record, each third of them as wrong.
func confirmTenth(ctx context.Context, s *store.Store, records int) error {
	var work sync.WaitGroup
	var mu sync.Mutex
	var failed error
	ids := make(chan int)
	for range benchWriters {
		work.Go(func() {
			for id := range ids {
				right := id%30 != 0
				_, err := s.AddConfirmation(ctx, mango.System, &mango.Confirmation{
					Record: uint64(id), User: uint64(id%20) + 1, Correct: &right, Predicted: diseases.Known().Diseases[0].Name, Feedback: "as on the tree beside it",
				})
				if err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
				}
			}
		})
	}
	for id := 10; id <= records; id += 10 {
		ids <- id
	}
	close(ids)
	work.Wait()
	return failed
}

// processorTime is what this process has used of all cores.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// djangoCheck is the work of one password check of the predecessor.
func djangoCheck() {
	_, _ = pbkdf2.Key(sha256.New, benchPassword, []byte("a salt of 16 by"), djangoRounds, sha256.Size) // its errors are of lengths
}
