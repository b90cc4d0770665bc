package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"mangosense/server/internal/config"
	"mangosense/server/internal/control"
	"mangosense/server/internal/media"
	"mangosense/server/internal/store"
)

// records is the data folder while it is open.
type records struct {
	*control.Data
	ops    *control.Ops
	closes []func() error
}

// Close closes store and media; it may be called again.
func (k *records) Close() error {
	var errs []error
	for _, c := range k.closes {
		errs = append(errs, c())
	}
	k.closes = nil
	return errors.Join(errs...)
}

// openRecords opens photos and database of DATA_DIR, lets commands work beside
// the server, and starts what it does by itself: backups, sweeps, retention.
func openRecords(o config.Options, log *slog.Logger) (*records, error) {
	warnOpenData(o.DataDir, log)
	data, err := control.OpenData(o.DataDir,
		store.Config{Log: log, Reserve: int64(o.DiskReserve), UserQuota: int64(o.UserQuota), UserLimit: o.UserLimit, SelfRepair: o.SelfRepair, BackupDir: o.BackupDir},
		media.Config{Log: log, Reserve: int64(o.DiskReserve)})
	if err != nil {
		return nil, fmt.Errorf("cannot use the data folder (--data-dir, DATA_DIR): %w", err)
	}
	k := &records{Data: data}
	k.closeFirst(data.Close)
	ops := &control.Ops{Store: data.Store, Media: data.Media, BackupDir: o.BackupDir, Keep: o.BackupKeep}
	k.ops = ops
	k.closeFirst(control.Serve(o.DataDir, ops, log).Close)
	k.alongside(func(life context.Context) {
		ops.KeepUp(life, control.Plan{
			BackupEvery: o.BackupEvery, WithPhotos: o.BackupPhotos, SweepEvery: o.UpkeepEvery, RetainEvery: o.UpkeepEvery, Log: log,
			Retention: store.Retention{PhotoBytes: int64(o.PhotoQuota), PhotoAge: o.PhotoAge, ExpertAge: o.ExpertAge, RecordAge: o.RecordAge},
		})
	})
	return k, nil
}

// alongside runs do until the records are closed; the store is open for as long.
func (k *records) alongside(do func(life context.Context)) {
	life, end := context.WithCancel(context.Background())
	idle := make(chan struct{})
	go func() {
		defer close(idle)
		do(life)
	}()
	k.closeFirst(func() error { end(); <-idle; return nil })
}

// closeFirst puts a step before those that are there: last opened, first
// closed.
func (k *records) closeFirst(step func() error) {
	k.closes = append([]func() error{step}, k.closes...)
}
