package store

import (
	"errors"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
)

// A file that older code made is lifted step by step, in one transaction; a
// failing step leaves it as it was.
func TestMigrationsRunInOrderOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	s, err := Open(path, Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := openDatabase(path, Config{}.withDefaults().options(false))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var ran []int
	step := func(from int, fail error) migration {
		return migration{from: from, what: "test", run: func(tx *bbolt.Tx) error {
			ran = append(ran, from)
			if fail != nil {
				return fail
			}
			return tx.Bucket(bucketSettings).Put([]byte("step"), []byte{byte(from)})
		}}
	}
	have := func() (n int) {
		if err := db.View(func(tx *bbolt.Tx) (err error) { n, err = readSchema(tx); return err }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	broken := errors.New("broken")
	if err := s.migrate(db, []migration{step(1, nil), step(2, broken)}); !errors.Is(err, broken) || have() != 1 {
		t.Errorf("failing step: %v, schema %d", err, have())
	}
	if err := db.View(func(tx *bbolt.Tx) error {
		if tx.Bucket(bucketSettings).Get([]byte("step")) != nil {
			return errors.New("half a migration is stored")
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	ran = nil
	if err := s.migrate(db, []migration{step(0, broken), step(1, nil), step(2, nil)}); err != nil || have() != 3 || len(ran) != 2 {
		t.Errorf("migrate: %v, schema %d, ran %v", err, have(), ran)
	}
	if err := s.migrate(db, []migration{step(1, nil), step(3, nil)}); err != nil || have() != 4 {
		t.Errorf("migrate on: %v, schema %d", err, have())
	}
	if err := s.migrate(db, migrations); !errors.Is(err, ErrNewer) {
		t.Errorf("newer file: %v", err)
	}
	if err := s.migrate(db, []migration{step(1, nil), step(5, nil)}); err == nil {
		t.Error("a missing step goes unnoticed")
	}
}

func TestNewerFileIsRefusedWithASentence(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	s, err := Open(path, Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.db.Update(func(tx *bbolt.Tx) error { return writeSchema(tx, schema+1) }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, open := range []func(string, Config) (*Store, error){Open, OpenAnyway} {
		if _, err := open(path, Config{SelfRepair: true}); !errors.Is(err, ErrNewer) {
			t.Errorf("open: %v", err)
		}
	}
}
