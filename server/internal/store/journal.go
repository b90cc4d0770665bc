package store

import "go.etcd.io/bbolt"

// journal remembers the last value of every key that was written while the
// database is copied to a smaller file. A nil journal takes nothing.
type journal struct {
	changes map[string]map[string][]byte // bucket → key → value, nil: deleted
	bytes   int64
}

const mostJournal = 96 << 20 // bytes; a server that writes more should not be compacted now

func newJournal() *journal { return &journal{changes: map[string]map[string][]byte{}} }

// note takes over value, which must not change any more.
func (j *journal) note(bucket, key, value []byte) {
	if j == nil {
		return
	}
	b := j.changes[string(bucket)]
	if b == nil {
		b = map[string][]byte{}
		j.changes[string(bucket)] = b
	}
	j.bytes += int64(len(key)+len(value)) - int64(len(b[string(key)]))
	b[string(key)] = value
}

// add takes over what another noted later.
func (j *journal) add(other *journal) {
	if j == nil || other == nil {
		return
	}
	for bucket, changes := range other.changes {
		for key, value := range changes {
			j.note([]byte(bucket), []byte(key), value)
		}
	}
}

// apply writes the changes into another database.
func (j *journal) apply(tx *bbolt.Tx) error {
	for bucket, changes := range j.changes {
		b := tx.Bucket([]byte(bucket))
		for key, value := range changes {
			var err error
			if value == nil {
				err = b.Delete([]byte(key))
			} else {
				err = b.Put([]byte(key), value)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}
