package store

import (
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/store/codec"
)

// schema is the number of the layout that this program writes (doc.go).
const schema = 1

var keySchema = []byte("schema")

// migration lifts a file from schema from to from+1, within one transaction.
type migration struct {
	from int
	what string // for the log
	run  func(tx *bbolt.Tx) error
}

// migrations, in order. Schema 1 is the first, so there is none yet.
var migrations []migration

func writeSchema(tx *bbolt.Tx, n int) error {
	return tx.Bucket(bucketMeta).Put(keySchema, codec.EncodeSchema(keySchema, n))
}

func readSchema(tx *bbolt.Tx) (int, error) {
	b := tx.Bucket(bucketMeta)
	if b == nil {
		return 0, fmt.Errorf("%w: it has no bucket %s", ErrForeign, bucketMeta)
	}
	v := b.Get(keySchema)
	if v == nil {
		return 0, fmt.Errorf("%w: it has no schema number", ErrForeign)
	}
	n, err := codec.DecodeSchema(keySchema, v)
	if err != nil {
		return 0, fmt.Errorf("cannot read the schema number: %w", err)
	}
	return n, nil
}

// migrate brings the file to the newest schema, one transaction for all steps:
// a power cut leaves the old file.
func (s *Store) migrate(db *database, steps []migration) error {
	newest := schema
	if n := len(steps); n > 0 {
		newest = steps[n-1].from + 1
	}
	var have int
	if err := db.View(func(tx *bbolt.Tx) (err error) { have, err = readSchema(tx); return err }); err != nil {
		return err
	}
	if have > newest {
		return fmt.Errorf("cannot open schema %d with a program that knows %d: %w", have, newest, ErrNewer)
	}
	if have == newest {
		return nil
	}
	type done struct {
		migration
		took time.Duration
	}
	var ran []done
	err := db.Update(func(tx *bbolt.Tx) error {
		for _, m := range steps {
			if m.from < have {
				continue
			}
			if m.from != have {
				return fmt.Errorf("cannot migrate from schema %d: there is no step", have)
			}
			begun := time.Now()
			if err := m.run(tx); err != nil {
				return fmt.Errorf("cannot migrate from schema %d (%s): %w", m.from, m.what, err)
			}
			ran = append(ran, done{m, time.Since(begun)})
			have++
		}
		return writeSchema(tx, have)
	})
	if err != nil {
		return err
	}
	for _, m := range ran { // now that it is durable
		s.cfg.Log.Info("database migrated", "from", m.from, "to", m.from+1, "what", m.what, "milliseconds", m.took.Milliseconds())
	}
	return nil
}
