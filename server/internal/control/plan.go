package control

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"mangosense/server/internal/clock"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// Plan is the maintenance that a server does by itself. A zero value disables a
// task.
type Plan struct {
	BackupEvery time.Duration // into Ops.BackupDir, keeping Ops.Keep
	WithPhotos  bool          // backups mirror the photos too
	SweepEvery  time.Duration // photos without a record
	RetainEvery time.Duration
	Retention   store.Retention
	Log         *slog.Logger
}

// KeepUp runs the plan until ctx ends. Each task first runs soon after the start, so
// that a server that restarts often runs them too.
func (o *Ops) KeepUp(ctx context.Context, p Plan) {
	if p.Log == nil {
		p.Log = slog.Default()
	}
	if o.BackupDir == "" {
		p.BackupEvery = 0
	}
	done := make(chan struct{})
	tasks := 0
	start := func(name string, every time.Duration, first time.Duration, task func() error) {
		if every <= 0 {
			return
		}
		tasks++
		go func() {
			defer func() { done <- struct{}{} }()
			for wait := first; ; wait = every {
				select {
				case <-ctx.Done():
					return
				case <-time.After(wait):
				}
				if err := caught(p.Log, name, task); err != nil && ctx.Err() == nil && mango.CodeOf(err) != mango.StoreDown {
					p.Log.Error("scheduled task failed", "task", name, "error", err)
				}
			}
		}()
	}
	start("backup", p.BackupEvery, o.nextBackup(p.BackupEvery, clock.Now()), func() error {
		_, err := o.Backup(ctx, BackupRequest{Photos: p.WithPhotos}, nil)
		return err
	})
	if o.Media != nil {
		start("sweep", p.SweepEvery, time.Minute, func() error {
			_, err := o.Sweep(ctx, nil)
			return err
		})
	}
	start("retention", p.RetainEvery, 2*time.Minute, func() error {
		_, err := o.Store.Retain(ctx, p.Retention)
		return err
	})
	for range tasks {
		<-done
	}
}

// nextBackup is the time until the newest backup is old enough, at least half
// a minute and at most every: a backup dated in the future does not delay the next.
func (o *Ops) nextBackup(every time.Duration, now time.Time) time.Duration {
	soon := 30*time.Second + rand.N(10*time.Second)
	all, err := store.BackupsAt(o.BackupDir, now)
	if err != nil || len(all) == 0 || all[0].Doubtful {
		return soon
	}
	return max(soon, min(all[0].At.Add(every).Sub(now), every))
}
