package store

import (
	"bytes"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/store/codec"
)

// Every value in a file of an older program is read and written again byte for
// byte: a file that went back and forth between two programs stays as it is.
func TestValuesOfOldFilesKeepTheirBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	unpack(t, "testdata/5ed3632.db.gz", path)
	db, err := openDatabase(path, Config{}.withDefaults().options(true))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	again := map[string]func(k, v []byte) ([]byte, error){
		"records": func(k, v []byte) ([]byte, error) {
			r, err := codec.DecodeRecord(k, v)
			if err != nil {
				return nil, err
			}
			return codec.EncodeRecord(k, r, codec.PackAnswers(&r.Answers)), nil
		},
		"users":         rewrite(codec.DecodeUser, codec.EncodeUser),
		"confirmations": rewrite(codec.DecodeConfirmation, codec.EncodeConfirmation),
		"notifications": rewrite(codec.DecodeNotification, codec.EncodeNotification),
		"symptoms":      rewrite(pointer(codec.DecodeSymptom), codec.EncodeSymptom),
		"aliases":       rewrite(pointer(codec.DecodeAlias), codec.EncodeAlias),
		"diseases":      rewrite(pointer(codec.DecodeDisease), codec.EncodeDisease),
		"links":         rewrite(pointer(codec.DecodeLink), codec.EncodeLink),
		"settings":      rewrite(codec.DecodeSetting, codec.EncodeSetting),
		"photos":        rewrite(codec.DecodePhoto, codec.EncodePhoto),
	}
	if err := db.View(func(tx *bbolt.Tx) error {
		for bucket, rewritten := range again {
			n := 0
			c := tx.Bucket([]byte(bucket)).Cursor()
			for k, v := c.First(); k != nil; k, v = c.Next() {
				now, err := rewritten(k, v)
				if err != nil {
					return err
				}
				if n++; !bytes.Equal(now, v) {
					t.Errorf("%s %x:\n was %x\n  is %x", bucket, k, v, now)
				}
			}
			if n == 0 {
				t.Errorf("the file has no %s to compare", bucket)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func rewrite[T any](decode func(k, v []byte) (T, error), encode func(k []byte, v T) []byte) func(k, v []byte) ([]byte, error) {
	return func(k, v []byte) ([]byte, error) {
		x, err := decode(k, v)
		if err != nil {
			return nil, err
		}
		return encode(k, x), nil
	}
}

func pointer[T any](decode func(k, v []byte) (T, error)) func(k, v []byte) (*T, error) {
	return func(k, v []byte) (*T, error) { x, err := decode(k, v); return &x, err }
}
