package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"mangosense/models"
	"mangosense/preprocess"
	"mangosense/server/internal/config"
	"mangosense/server/internal/control"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/media"
	"mangosense/server/internal/store"
)

// records keeps photos and their records: the photo first, so that no record
// ever points at nothing.
type records struct {
	store  mango.Store
	media  mango.Photos
	clean  func(w io.Writer, photo []byte) error
	closes []func() error
}

// Keep makes photo and record durable; see api.Keeper.
func (k *records) Keep(ctx context.Context, by mango.Actor, photo []byte, r mango.Record) (uint64, error) {
	if err := by.NeedKnown(); err != nil {
		return 0, err // before a photo of nobody's lies on the disk
	}
	r.User = by.User
	hold, err := k.media.PutPhoto(ctx, r.Photo.SHA256, r.Photo.Format, func(w io.Writer) error { return k.clean(w, photo) })
	if err != nil {
		return 0, fmt.Errorf("cannot keep the photo: %w", err)
	}
	defer hold.Close()
	r.Media, r.MediaBytes = hold.Name(), hold.Size()
	id, err := k.store.AddRecord(ctx, by, &r)
	if err != nil {
		return 0, fmt.Errorf("cannot keep the record: %w", err)
	}
	return id, nil
}

// Healthy is nil while saves work.
func (k *records) Healthy() error {
	return usable(k.store.Health())
}

// Count is the number of records.
func (k *records) Count() int { return k.store.Health().Records }

// Close closes store and media; it may be called again.
func (k *records) Close() error {
	var errs []error
	for _, c := range k.closes {
		errs = append(errs, c())
	}
	k.closes = nil
	return errors.Join(errs...)
}

// cleaner strips a photo's metadata on its way to the disk. Probe wants an
// input to foretell costs for; any of the loaded models will do.
func cleaner(photos *preprocess.Preprocessor, in models.Input) func(io.Writer, []byte) error {
	return func(w io.Writer, photo []byte) error {
		header, err := photos.Probe(photo, in)
		if err != nil {
			return err
		}
		return photos.WriteClean(w, photo, header)
	}
}

// openRecords opens photos and database of DATA_DIR.
func openRecords(o config.Options, clean func(io.Writer, []byte) error, log *slog.Logger) (*records, error) {
	k := &records{clean: clean}
	photos, err := media.Open(media.Config{Dir: filepath.Join(o.DataDir, "media"), Log: log})
	if err != nil {
		return nil, fmt.Errorf("cannot use DATA_DIR: %w", err)
	}
	k.media = photos
	k.closes = append(k.closes, photos.Close)
	db, err := store.OpenAnyway(storePath(o.DataDir), store.Config{Log: log})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot use DATA_DIR: %w", err), k.Close())
	}
	k.store = db
	k.closes = append([]func() error{db.Close}, k.closes...)
	beside, err := control.Serve(o.DataDir, &control.Ops{Store: db, Media: photos}, log)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot let commands work beside the server: %w", err), k.Close())
	}
	k.closes = append([]func() error{beside.Close}, k.closes...)
	commands, err := control.Serve(o.DataDir, &control.Ops{Store: db, Media: photos}, log)
	if err != nil {
		return nil, errors.Join(err, k.Close())
	}
	k.closes = append([]func() error{commands.Close}, k.closes...)
	return k, nil
}

// storePath is the database file of a data folder.
func storePath(dataDir string) string { return filepath.Join(dataDir, store.FileName) }
