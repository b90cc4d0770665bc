package store

import (
	"cmp"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/diseases"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
)

// seedVocabulary fills a new database.
func seedVocabulary(tx *bbolt.Tx, now time.Time) error {
	v, err := seed(now)
	if err != nil {
		return err
	}
	return cmp.Or(
		seedRows(tx, bucketSymptoms, v.Symptoms, codec.EncodeSymptom, func(e *mango.SymptomEntry) uint64 { return e.ID }),
		seedRows(tx, bucketAliases, v.Aliases, codec.EncodeAlias, func(e *mango.Alias) uint64 { return e.ID }),
		seedRows(tx, bucketDiseases, v.Diseases, codec.EncodeDisease, func(e *mango.DiseaseEntry) uint64 { return e.ID }),
		seedRows(tx, bucketLinks, v.Links, codec.EncodeLink, func(e *mango.DiseaseSymptom) uint64 { return e.ID }))
}

// seedRows writes rows and moves the bucket's sequence past their ids.
func seedRows[T any](tx *bbolt.Tx, bucket []byte, rows []T, encode func(key []byte, row *T) []byte, id func(*T) uint64) error {
	b := tx.Bucket(bucket)
	for i := range rows {
		key := codec.Key(id(&rows[i]))
		if err := b.Put(key, encode(key, &rows[i])); err != nil {
			return err
		}
		if err := b.SetSequence(max(b.Sequence(), id(&rows[i]))); err != nil {
			return err
		}
	}
	return nil
}

func seed(now time.Time) (mango.Vocabulary, error) {
	var v mango.Vocabulary
	known, parts := diseases.Known(), []mango.Kind{mango.Leaf, mango.Fruit}
	ids := map[string]uint64{} // part + key
	symptom := func(key string, part mango.Kind, vector *int) uint64 {
		at := string(part) + " " + key
		if ids[at] == 0 {
			id := uint64(len(v.Symptoms) + 1)
			ids[at] = id
			v.Symptoms = append(v.Symptoms, mango.SymptomEntry{ID: id, Key: key, Part: part, Vector: vector,
				Vocabulary: vector != nil, CreatedAt: now.UTC().Truncate(time.Microsecond)})
		}
		return ids[at]
	}
	for _, part := range parts {
		for i, key := range known.Features[string(part)] {
			symptom(key, part, &i)
		}
	}
	for _, a := range known.Aliases {
		to := ids[string(mango.Leaf)+" "+a.Key]
		if to == 0 {
			to = ids[string(mango.Fruit)+" "+a.Key]
		}
		if to == 0 {
			return v, fmt.Errorf("cannot seed aliases: no symptom %s", a.Key)
		}
		for _, word := range a.Words {
			v.Aliases = append(v.Aliases, mango.Alias{ID: uint64(len(v.Aliases) + 1), Alias: word, Canonical: to, Source: "seed"})
		}
	}
	prompts := func(d mango.DiseaseEntry, asked []diseases.Prompt) {
		if len(asked) == 0 {
			return // this part cannot have it
		}
		d.ID = uint64(len(v.Diseases) + 1)
		v.Diseases = append(v.Diseases, d)
		for i, p := range asked {
			v.Links = append(v.Links, mango.DiseaseSymptom{ID: uint64(len(v.Links) + 1), Disease: d.ID,
				Symptom: symptom(p.Key, d.Part, nil), Label: p.Label, Order: i + 1})
		}
	}
	for _, d := range known.Diseases {
		for _, part := range parts {
			prompts(mango.DiseaseEntry{Name: d.Name, Part: part}, d.Prompts[string(part)])
		}
	}
	for _, part := range parts {
		prompts(mango.DiseaseEntry{Name: mango.FallbackDisease, Part: part}, known.Fallback[string(part)])
	}
	return v, nil
}
