package store

import (
	"errors"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
)

// The words of schema 1: a changed place would rename stored diseases.
func TestWordsKeepTheirPlaces(t *testing.T) {
	for at, word := range map[int]string{1: "Anthracnose", 8: "Sooty Mold", 12: "Unknown", 14: "fruit", 18: "not_mango", 25: "fruit-mobilenetv2.tflite", 32: "1.0.0", 34: "admin"} {
		if words[at] != word {
			t.Errorf("word %d is %q, was %q", at, words[at], word)
		}
	}
	if len(answersDictionary) != 1581 {
		t.Errorf("the dictionary of record version 1 changed: %d bytes", len(answersDictionary))
	}
}

func TestSealNoticesEveryBit(t *testing.T) {
	key := key64(7)
	w := newWriter('X', 1)
	w.string("hello")
	w.float(1.5)
	v := w.seal(key)
	for i := range len(v) * 8 {
		bad := append([]byte(nil), v...)
		bad[i/8] ^= 1 << (i % 8)
		if _, _, err := open(key, bad, 'X'); err == nil {
			t.Errorf("flipped bit %d goes unnoticed", i)
		}
	}
	if _, _, err := open(key64(8), v, 'X'); err == nil {
		t.Error("another key goes unnoticed")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("R\x01abc"))
	f.Fuzz(func(t *testing.T, b []byte) {
		key := key64(1)
		for _, typ := range []byte{typeRecord, typeUser, typeConfirmation, typeNotification, typeRoot, typeNode, typeDay} {
			body := append([]byte{typ, 1}, b...)
			v := seal(key, body)
			_, _ = decodeRecord(key, v)
			_, _ = decodeUser(key, v)
			_, _ = decodeConfirmation(key, v)
			_, _ = decodeNotification(key, v)
			_, _ = decodeNode(key, v, true, nil)
			_, _ = decodeNode(key, v, false, nil)
			_, _ = decodeDay(key, v)
		}
	})
}

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
		if _, err := open(path, Config{SelfHeal: true}); !errors.Is(err, ErrNewer) {
			t.Errorf("open: %v", err)
		}
	}
}
