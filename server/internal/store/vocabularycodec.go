package store

import (
	"cmp"
	"slices"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
)

const (
	typeSymptom       = 'y'
	typeAlias         = 'a'
	typeDisease       = 'd'
	typeLink          = 'l'
	vocabularyVersion = 1
)

// Rows of the vocabulary: the body without its seal, see putRow.

func encodeSymptom(s *mango.SymptomEntry) *writer {
	w := newWriter(typeSymptom, vocabularyVersion)
	w.flags(s.Vocabulary, s.Vector != nil)
	w.string(s.Key)
	w.word(string(s.Part))
	if s.Vector != nil {
		w.int(int64(*s.Vector))
	}
	w.time(s.CreatedAt)
	return w
}

func encodeAlias(a *mango.Alias) *writer {
	w := newWriter(typeAlias, vocabularyVersion)
	w.string(a.Alias)
	w.uint(a.Canonical)
	w.word(a.Source)
	return w
}

func encodeDisease(d *mango.DiseaseEntry) *writer {
	w := newWriter(typeDisease, vocabularyVersion)
	w.flags(d.Classifier)
	w.word(d.Name)
	w.word(string(d.Part))
	w.string(d.Description)
	w.string(d.Treatment)
	return w
}

func encodeLink(l *mango.DiseaseSymptom) *writer {
	w := newWriter(typeLink, vocabularyVersion)
	w.uint(l.Disease)
	w.uint(l.Symptom)
	w.string(l.Label)
	w.int(int64(l.Order))
	return w
}

// putRow writes a row and keeps the bucket's sequence above its id.
func putRow(tx *bbolt.Tx, bucket []byte, id uint64, w *writer) error {
	b := tx.Bucket(bucket)
	if b.Sequence() < id {
		if err := b.SetSequence(id); err != nil {
			return err
		}
	}
	key := key64(id)
	return b.Put(key, w.seal(key))
}

// rows visits the rows of a vocabulary bucket.
func rows(tx *bbolt.Tx, bucket []byte, typ byte, rotten func(error) bool, visit func(id uint64, r *reader)) error {
	c := tx.Bucket(bucket).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		r, version, err := open(k, v, typ)
		if err != nil && rotten(err) {
			continue
		}
		if err != nil {
			return err
		}
		if version > vocabularyVersion {
			return ErrNewer
		}
		visit(id64(k), r)
		if r.err != nil {
			return r.err
		}
	}
	return nil
}

// readVocabulary fails at a rotten row.
func readVocabulary(tx *bbolt.Tx) (mango.Vocabulary, error) {
	return readRows(tx, func(error) bool { return false })
}

// vocabulary leaves rotten rows out.
func (m *memory) vocabulary(tx *bbolt.Tx) (mango.Vocabulary, error) { return readRows(tx, m.passOver) }

func readRows(tx *bbolt.Tx, rotten func(error) bool) (v mango.Vocabulary, err error) {
	err = cmp.Or(
		rows(tx, bucketSymptoms, typeSymptom, rotten, func(id uint64, r *reader) {
			on := r.flags()
			s := mango.SymptomEntry{ID: id, Vocabulary: on(0), Key: r.string(), Part: mango.Kind(r.word())}
			if on(1) {
				at := int(r.int())
				s.Vector = &at
			}
			s.CreatedAt = r.time()
			v.Symptoms = append(v.Symptoms, s)
		}),
		rows(tx, bucketAliases, typeAlias, rotten, func(id uint64, r *reader) {
			v.Aliases = append(v.Aliases, mango.Alias{ID: id, Alias: r.string(), Canonical: r.uint(), Source: r.word()})
		}),
		rows(tx, bucketDiseases, typeDisease, rotten, func(id uint64, r *reader) {
			on := r.flags()
			v.Diseases = append(v.Diseases, mango.DiseaseEntry{ID: id, Classifier: on(0), Name: r.word(),
				Part: mango.Kind(r.word()), Description: r.string(), Treatment: r.string()})
		}),
		rows(tx, bucketLinks, typeLink, rotten, func(id uint64, r *reader) {
			v.Links = append(v.Links, mango.DiseaseSymptom{ID: id, Disease: r.uint(), Symptom: r.uint(),
				Label: r.string(), Order: int(r.int())})
		}))
	slices.SortFunc(v.Links, func(a, b mango.DiseaseSymptom) int {
		return cmp.Or(cmp.Compare(a.Disease, b.Disease), cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID))
	})
	return v, err
}
