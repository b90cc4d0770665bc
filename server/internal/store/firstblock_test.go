package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// A card loses whole erase blocks. With the first one both roots of the file are
// gone, and no backup is there: records and accounts are found all the same.
func TestFirstBlockLost(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.FileName)
	s, err := store.Open(path, store.Config{Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if _, err := s.AddUser(ctx, mango.System, &mango.User{Username: fmt.Sprint("grower", i)}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 120 {
		if _, err := s.AddRecord(ctx, mango.System, realistic(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(make([]byte, 16<<10), 0); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStoreAt(t, path, store.Config{SelfRepair: true})
	records, err := s.CountRecords(ctx)
	if err != nil || records < 100 { // two of the pages were of records
		t.Errorf("%d records of 120, %v", records, err)
	}
	users, err := s.PageUsers(ctx, mango.System, mango.UserFilter{}, mango.Page{Size: 100})
	if err != nil || users.Total != 3 {
		t.Errorf("%d accounts of 3, %v", users.Total, err)
	}
}
