package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"mangosense/server/bench/records"
	"mangosense/server/internal/auth"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

const (
	password = "Carabao2026"
	writers  = 256
)

// fill stores users, records and confirmations.
func fill(ctx context.Context, dir string, count int) error {
	hash, err := auth.HashPassword(ctx, password)
	if err != nil {
		return err
	}
	s, err := store.Open(filepath.Join(dir, store.FileName), store.Config{FullCheck: -1})
	if err != nil {
		return err
	}
	err = records.AddUsers(ctx, s)
	if err == nil {
		_, err = s.ChangeUser(ctx, mango.System, 1, mango.UserChange{Password: &hash})
	}
	if err == nil {
		_, err = s.AddUser(ctx, mango.System, &mango.User{Username: "boss", Email: "boss@farm.example", Password: hash, Admin: true})
	}
	if err == nil {
		err = records.Fill(ctx, s, 0, count, writers, func(done int64) {
			if done%10_000 == 0 {
				fmt.Fprintf(os.Stderr, "%d of %d records\n", done, count)
			}
		})
	}
	if err == nil {
		err = confirmTenth(ctx, s, count)
	}
	return errors.Join(err, s.Close())
}

// confirmTenth confirms every tenth record, each third of them as wrong.
func confirmTenth(ctx context.Context, s *store.Store, count int) error {
	var work sync.WaitGroup
	var mu sync.Mutex
	var failed error
	ids := make(chan int)
	for range writers {
		work.Go(func() {
			for id := range ids {
				right := id%30 != 0
				_, err := s.AddConfirmation(ctx, mango.System, &mango.Confirmation{
					Record: uint64(id), User: uint64(id%20) + 1, Correct: &right, Predicted: records.Classes[0], Feedback: "as on the tree beside it",
				})
				if err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
				}
			}
		})
	}
	for id := 10; id <= count; id += 10 {
		ids <- id
	}
	close(ids)
	work.Wait()
	return failed
}
