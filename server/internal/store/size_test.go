package store_test

import (
	"os"
	"testing"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// A diagnosis with everything that the app sends takes 600 bytes at most,
// without its index.
func TestRecordIsSmall(t *testing.T) {
	s := openStore(t, store.Config{})
	for i := range 64 {
		if _, err := s.AddRecord(ctx, mango.System, realistic(i)); err != nil {
			t.Fatal(err)
		}
	}
	path := s.Path() + ".copy"
	b, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	most, sum, n := 0, 0, 0
	if err := db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("records")).ForEach(func(k, v []byte) error {
			most, sum, n = max(most, len(k)+len(v)), sum+len(k)+len(v), n+1
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes at most, %d on average", most, sum/n)
	if most > 600 {
		t.Errorf("a record takes %d bytes", most)
	}
}
