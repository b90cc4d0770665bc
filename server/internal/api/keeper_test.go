package api_test

import (
	"context"
	"io"

	"mangosense/server/internal/api"
	"mangosense/server/internal/mango"
)

// keeper stores photo and record as app does, without cleaning the photo.
type keeper struct {
	store  mango.Store
	photos mango.Photos
}

func (k keeper) Keep(ctx context.Context, by mango.Actor, all []api.Keepsake, once *mango.Once) (api.Kept, error) {
	if err := by.NeedKnown(); err != nil {
		return api.Kept{}, err
	}
	var stored []*mango.Record
	for _, one := range all {
		r := one.Record
		hold, err := k.photos.PutPhoto(ctx, r.Photo.SHA256, r.Photo.Format, func(w io.Writer) error { _, err := w.Write(one.Photo); return err })
		if err != nil {
			return api.Kept{}, err
		}
		defer hold.Close()
		r.User, r.Media, r.MediaBytes = by.User, hold.Name(), hold.Size()
		stored = append(stored, &r)
	}
	saved, first, err := k.store.AddRecords(ctx, by, stored, once)
	return api.Kept{Saved: saved, First: first}, err
}
