package store

import (
	"cmp"
	"slices"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
)

// rows reads a vocabulary bucket. A row that damaged accepts is left out.
func rows[T any](tx *bbolt.Tx, bucket []byte, decode func(key, v []byte) (T, error), damaged func(error) bool, all *[]T) error {
	c := tx.Bucket(bucket).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		row, err := decode(k, v)
		if err != nil && damaged(err) {
			continue
		}
		if err != nil {
			return err
		}
		*all = append(*all, row)
	}
	return nil
}

// readVocabulary fails at a damaged row.
func readVocabulary(tx *bbolt.Tx) (mango.Vocabulary, error) {
	return readRows(tx, func(error) bool { return false })
}

// vocabulary leaves damaged rows out.
func (m *memory) vocabulary(tx *bbolt.Tx) (mango.Vocabulary, error) { return readRows(tx, m.passOver) }

func readRows(tx *bbolt.Tx, damaged func(error) bool) (v mango.Vocabulary, err error) {
	err = cmp.Or(
		rows(tx, bucketSymptoms, codec.DecodeSymptom, damaged, &v.Symptoms),
		rows(tx, bucketAliases, codec.DecodeAlias, damaged, &v.Aliases),
		rows(tx, bucketDiseases, codec.DecodeDisease, damaged, &v.Diseases),
		rows(tx, bucketLinks, codec.DecodeLink, damaged, &v.Links))
	slices.SortFunc(v.Links, func(a, b mango.DiseaseSymptom) int {
		return cmp.Or(cmp.Compare(a.Disease, b.Disease), cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID))
	})
	return v, err
}
