package store

import "go.etcd.io/bbolt"

// totals are numbers that no list counts.
type totals struct {
	photos, photoBytes   int64
	unread               int64
	readUpTo             uint64 // notifications up to this id are read
	located, consented   int64  // confirmations
	confirmers, nameless int64  // users with a confirmation; confirmations of nobody
}

const (
	typeTotals    = 'T'
	totalsVersion = 1
)

var keyTotals = []byte("totals")

func readTotals(tx *bbolt.Tx) (totals, error) {
	var t totals
	v := tx.Bucket(bucketMeta).Get(keyTotals)
	if v == nil {
		return t, nil
	}
	r, version, err := open(keyTotals, v, typeTotals)
	if err != nil {
		return t, err
	}
	if version > totalsVersion {
		return t, ErrNewer
	}
	t = totals{photos: r.int(), photoBytes: r.int(), unread: r.int(), readUpTo: r.uint(),
		located: r.int(), consented: r.int(), confirmers: r.int(), nameless: r.int()}
	return t, r.err
}

func (t *totals) encode() []byte {
	w := newWriter(typeTotals, totalsVersion)
	for _, n := range []int64{t.photos, t.photoBytes, t.unread} {
		w.int(n)
	}
	w.uint(t.readUpTo)
	for _, n := range []int64{t.located, t.consented, t.confirmers, t.nameless} {
		w.int(n)
	}
	return w.seal(keyTotals)
}
