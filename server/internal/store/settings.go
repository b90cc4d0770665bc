package store

import (
	"context"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
)

const settingModel = "model." // + kind

func readSettings(tx *bbolt.Tx) (mango.Settings, error) {
	out := mango.Settings{Models: map[mango.Kind]string{}}
	for _, k := range []mango.Kind{mango.Leaf, mango.Fruit} {
		key := []byte(settingModel + string(k))
		v := tx.Bucket(bucketSettings).Get(key)
		if v == nil {
			continue
		}
		file, err := codec.DecodeSetting(key, v)
		if err != nil {
			return out, err
		}
		out.Models[k] = file
	}
	return out, nil
}

// SetModel implements mango.Choices.
func (s *Store) SetModel(ctx context.Context, by mango.Actor, k mango.Kind, file string) error {
	if err := s.rules(&by); err != nil {
		return err
	}
	if !k.Valid() || len(file) > 255 {
		return mango.Errorf(mango.Invalid, "There is no such kind of model.")
	}
	return s.update(ctx, func(w *write) error {
		key := []byte(settingModel + string(k))
		var err error
		if file == "" {
			err = w.delete(bucketSettings, key)
		} else {
			err = w.put(bucketSettings, key, codec.EncodeSetting(key, file))
		}
		w.onCommit(func() {
			m := w.s.memory
			m.mu.Lock()
			defer m.mu.Unlock()
			if file == "" {
				delete(m.settings.Models, k)
			} else {
				m.settings.Models[k] = file
			}
		})
		return err
	})
}
