package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
)

// Bucket photos has one key for each record that refers to a file of room
// media: photo, owner (8), record (8). So the file goes with the last of them,
// and whether a user may see a photo is one look-up. The value is the size of
// the file in bytes.

// photoPrefix is a photo's name in little: 'h', hash, format; or spelled out.
func photoPrefix(name string) []byte {
	if rest, ok := strings.CutPrefix(name, "mango_images/"); ok {
		for i, ext := range []string{".jpg", ".png", ".webp"} {
			digits, ok := strings.CutSuffix(rest, ext)
			if digest, err := hex.DecodeString(digits); ok && err == nil && len(digest) == 32 && hex.EncodeToString(digest) == digits {
				return append(append([]byte{'h'}, digest...), byte(i))
			}
		}
	}
	return append([]byte("s"+strings.ReplaceAll(name, "\x00", "")), 0)
}

func photoKey(r *mango.Record) []byte {
	k := binary.BigEndian.AppendUint64(photoPrefix(r.Media), r.User)
	return binary.BigEndian.AppendUint64(k, r.ID)
}

func hasPrefix(b *bbolt.Bucket, prefix []byte) bool {
	k, _ := b.Cursor().Seek(prefix)
	return k != nil && bytes.HasPrefix(k, prefix)
}

// sizePhoto counts a photo that is new, and gives a record the size of one that
// is there already: a photo has one size.
func (w *write) sizePhoto(r *mango.Record) error {
	if r.Media == "" {
		r.MediaBytes = 0
		return nil
	}
	prefix := photoPrefix(r.Media)
	k, v := w.tx.Bucket(bucketPhotos).Cursor().Seek(prefix)
	if k == nil || !bytes.HasPrefix(k, prefix) {
		w.totals.Photos++
		w.totals.PhotoBytes += r.MediaBytes
		return nil
	}
	size, err := codec.DecodePhoto(k, v)
	if err == nil {
		r.MediaBytes = size
	}
	return err
}

// refer counts a record's photo in.
func (w *write) refer(r *mango.Record) error {
	if r.Media == "" {
		return nil
	}
	key := photoKey(r)
	return w.put(bucketPhotos, key, codec.EncodePhoto(key, r.MediaBytes))
}

// unrefer counts it out.
func (w *write) unrefer(r *mango.Record) error {
	if r.Media == "" {
		return nil
	}
	if err := w.delete(bucketPhotos, photoKey(r)); err != nil {
		return err
	}
	if !hasPrefix(w.tx.Bucket(bucketPhotos), photoPrefix(r.Media)) {
		w.totals.Photos--
		w.totals.PhotoBytes -= r.MediaBytes
		w.freed = append(w.freed, r.Media)
	}
	return nil
}

// PhotoNeeded reports whether a record refers to a photo of that name: what
// media.Sweep and media.Remove ask.
func (s *Store) PhotoNeeded(name string) (needed bool, err error) {
	err = s.read(func(tx *bbolt.Tx) error {
		needed = hasPrefix(tx.Bucket(bucketPhotos), photoPrefix(name))
		return nil
	})
	return needed, err
}

// MayPhoto implements mango.Records.
func (s *Store) MayPhoto(ctx context.Context, by mango.Actor, name string) error {
	if err := s.known(&by); err != nil {
		return err
	}
	var there, owned bool
	if err := s.read(func(tx *bbolt.Tx) error {
		b, prefix := tx.Bucket(bucketPhotos), photoPrefix(name)
		there = hasPrefix(b, prefix)
		owned = hasPrefix(b, binary.BigEndian.AppendUint64(prefix, by.User))
		return nil
	}); err != nil {
		return err
	}
	switch {
	case !there:
		return notFound("Photo")
	case owned || by.Rules():
		return nil
	}
	return mango.Errorf(mango.Forbidden, "This photo belongs to another account.")
}
