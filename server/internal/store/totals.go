package store

import (
	"go.etcd.io/bbolt"

	"mangosense/server/internal/store/codec"
)

var keyTotals = []byte("totals")

func readTotals(tx *bbolt.Tx) (codec.Totals, error) {
	v := tx.Bucket(bucketMeta).Get(keyTotals)
	if v == nil {
		return codec.Totals{}, nil
	}
	return codec.DecodeTotals(keyTotals, v)
}
