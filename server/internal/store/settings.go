package store

import (
	"context"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
)

const (
	settingModel  = "model."        // + kind
	settingBefore = "model-before." // + kind
)

func readSettings(tx *bbolt.Tx) (mango.Settings, error) {
	out := mango.Settings{Models: map[mango.Kind]string{}, Before: map[mango.Kind]string{}}
	for _, k := range []mango.Kind{mango.Leaf, mango.Fruit} {
		for prefix, into := range map[string]map[mango.Kind]string{settingModel: out.Models, settingBefore: out.Before} {
			key := []byte(prefix + string(k))
			v := tx.Bucket(bucketSettings).Get(key)
			if v == nil {
				continue
			}
			file, err := codec.DecodeSetting(key, v)
			if err != nil {
				return out, err
			}
			into[k] = file
		}
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
		key, keyBefore := []byte(settingModel+string(k)), []byte(settingBefore+string(k))
		before := ""
		if v := w.get(bucketSettings, key); v != nil {
			var err error
			if before, err = codec.DecodeSetting(key, v); err != nil {
				before = "" // a damaged choice is none to go back to
			}
		}
		changed := before != file
		var err error
		if changed {
			err = w.put(bucketSettings, keyBefore, codec.EncodeSetting(keyBefore, before))
		}
		switch {
		case err != nil:
		case file == "":
			err = w.delete(bucketSettings, key)
		default:
			err = w.put(bucketSettings, key, codec.EncodeSetting(key, file))
		}
		w.onCommit(func() {
			m := w.s.memory
			m.mu.Lock()
			defer m.mu.Unlock()
			if changed {
				m.settings.Before[k] = before
			}
			if file == "" {
				delete(m.settings.Models, k)
			} else {
				m.settings.Models[k] = file
			}
		})
		return err
	})
}
