package store

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"mangosense/server/internal/disk"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
)

// edit runs a change of the vocabulary on the tables as the transaction sees
// them, and takes the result into memory after the commit. What does not grow
// them is done on a full disk too.
func (s *Store) edit(ctx context.Context, by mango.Actor, grows bool, change func(w *write, v *vocabulary) error) error {
	if err := s.rules(&by); err != nil {
		return err
	}
	store := s.protect
	if grows {
		if err := s.guard.Allow(recordRoom); err != nil {
			return disk.Fault(err)
		}
		store = s.update
	}
	return store(ctx, func(w *write) error {
		now, err := readVocabulary(w.tx)
		if err != nil {
			return err
		}
		if err := change(w, newVocabulary(now)); err != nil {
			return err
		}
		changed, err := readVocabulary(w.tx)
		if err != nil {
			return err
		}
		v := newVocabulary(changed)
		w.onCommit(func() {
			w.s.memory.mu.Lock()
			defer w.s.memory.mu.Unlock()
			w.s.memory.words = v
			w.s.memory.wordsNow++
		})
		return nil
	})
}

// faults gathers broken rules as "field: sentence".
type faults []string

func (f *faults) add(bad bool, field, sentence string) {
	if bad {
		*f = append(*f, field+": "+sentence)
	}
}

func (f faults) error() error {
	if len(f) == 0 {
		return nil
	}
	_, first, _ := strings.Cut(f[0], ": ")
	e := mango.Errorf(mango.Invalid, "%s", first)
	e.Fields = f
	return e
}

// fallbackStays: without its prompts a grower could tick nothing for a disease
// that the vocabulary does not know.
const fallbackStays = "This entry holds the questions for a disease that is not known. It stays, and keeps its name and plant part."

func taken(field, format string, args ...any) error {
	e := mango.Errorf(mango.Conflict, format, args...)
	e.Fields = []string{field + ": " + e.Public}
	return e
}

func slug(text string, most int) bool {
	if text == "" || len(text) > most {
		return false
	}
	for _, c := range text {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// row gives a new id or checks that an old one exists.
func (w *write) row(bucket []byte, id *uint64, what string) error {
	if *id == 0 {
		n, err := w.next(bucket)
		*id = n
		return err
	}
	if w.get(bucket, codec.Key(*id)) == nil {
		return notFound(what)
	}
	return nil
}

func putRow[T any](w *write, bucket []byte, id uint64, encode func(key []byte, row *T) []byte, row *T) error {
	key := codec.Key(id)
	return w.put(bucket, key, encode(key, row))
}

// PutSymptom implements mango.Words.
func (s *Store) PutSymptom(ctx context.Context, by mango.Actor, in *mango.SymptomEntry) error {
	var f faults
	f.add(!slug(in.Key, 80), "key", "The key must have 1 to 80 letters, digits, '_' or '-'.")
	f.add(!in.Part.Valid(), "plant_part", "The plant part must be leaf or fruit.")
	f.add(in.Vector != nil && (*in.Vector < 0 || *in.Vector > 1<<15), "vector_index", "The vector index must be a small number or empty.")
	if err := f.error(); err != nil {
		return s.orRules(by, err)
	}
	e := *in
	if e.CreatedAt.IsZero() {
		e.CreatedAt = s.cfg.Now()
	}
	e.CreatedAt = e.CreatedAt.UTC().Truncate(time.Microsecond)
	err := s.edit(ctx, by, true, func(w *write, v *vocabulary) error {
		e.ID = in.ID
		for _, o := range v.all.Symptoms {
			if o.ID != e.ID && o.Key == e.Key && o.Part == e.Part {
				return taken("key", "A %s symptom with the key %s exists already.", e.Part, e.Key)
			}
			if o.ID == e.ID && in.CreatedAt.IsZero() {
				e.CreatedAt = o.CreatedAt
			}
		}
		if err := w.row(bucketSymptoms, &e.ID, "Symptom"); err != nil {
			return err
		}
		return putRow(w, bucketSymptoms, e.ID, codec.EncodeSymptom, &e)
	})
	if err == nil {
		*in = e
	}
	return err
}

// orRules lets a missing right speak before a broken rule.
func (s *Store) orRules(by mango.Actor, err error) error {
	if denied := s.rules(&by); denied != nil {
		return denied
	}
	return err
}

// PutAlias implements mango.Words.
func (s *Store) PutAlias(ctx context.Context, by mango.Actor, in *mango.Alias) error {
	var f faults
	f.add(!slug(in.Alias, 120), "alias", "The alias must have 1 to 120 letters, digits, '_' or '-'.")
	f.add(!mango.CleanLine(in.Source), "source", "The source contains characters that are not allowed.")
	f.add(len(in.Source) > 100, "source", "The source must have at most 100 characters.")
	if err := f.error(); err != nil {
		return s.orRules(by, err)
	}
	e := *in
	err := s.edit(ctx, by, true, func(w *write, v *vocabulary) error {
		e.ID, e.Key = in.ID, ""
		for _, o := range v.all.Symptoms {
			if o.ID == e.Canonical {
				e.Key = o.Key
			}
		}
		if e.Key == "" {
			return faults{fmt.Sprintf("canonical: There is no symptom %d.", e.Canonical)}.error()
		}
		for _, o := range v.all.Aliases {
			if o.ID != e.ID && o.Alias == e.Alias {
				return taken("alias", "The alias %s exists already.", e.Alias)
			}
		}
		if err := w.row(bucketAliases, &e.ID, "Alias"); err != nil {
			return err
		}
		return putRow(w, bucketAliases, e.ID, codec.EncodeAlias, &e)
	})
	if err == nil {
		*in = e
	}
	return err
}

// PutDisease implements mango.Words.
func (s *Store) PutDisease(ctx context.Context, by mango.Actor, in *mango.DiseaseEntry) error {
	var f faults
	name := mango.Canonical(in.Name)
	if mango.SameClass(in.Name, mango.FallbackDisease) {
		name = mango.FallbackDisease
	}
	f.add(name == "" || utf8.RuneCountInString(name) > 100, "name", "The name must have 1 to 100 characters.")
	f.add(!mango.CleanLine(name), "name", "The name contains characters that are not allowed.")
	f.add(!in.Part.Valid(), "plant_part", "The plant part must be leaf or fruit.")
	f.add(len(in.Description) > 10000, "description", "The description is too long.")
	f.add(len(in.Treatment) > 10000, "treatment", "The treatment is too long.")
	if err := f.error(); err != nil {
		return s.orRules(by, err)
	}
	e := *in
	clean(&e.Description, &e.Treatment)
	e.Name = name
	// Sent back as it was shown: nobody's edit, so that a later one of the advice
	// shows.
	shown := s.adviceInShort(name)
	for _, text := range []*string{&e.Description, &e.Treatment} {
		if mango.Delivered(name, *text) || *text == shown.Information || *text == shown.Treatment {
			*text = ""
		}
	}
	err := s.edit(ctx, by, true, func(w *write, v *vocabulary) error {
		e.ID = in.ID
		for _, o := range v.all.Diseases {
			if o.ID == e.ID && o.Name == mango.FallbackDisease && (e.Name != o.Name || e.Part != o.Part) {
				return faults{"name: " + fallbackStays}.error()
			}
			if o.ID != e.ID && diseaseKey(o.Name, o.Part) == diseaseKey(e.Name, e.Part) {
				return taken("name", "A %s disease with the name %s exists already.", e.Part, o.Name)
			}
		}
		if err := w.row(bucketDiseases, &e.ID, "Disease"); err != nil {
			return err
		}
		return putRow(w, bucketDiseases, e.ID, codec.EncodeDisease, &e)
	})
	if err == nil {
		*in = e
	}
	return err
}

// PutLink implements mango.Words.
func (s *Store) PutLink(ctx context.Context, by mango.Actor, in *mango.DiseaseSymptom) error {
	var f faults
	f.add(utf8.RuneCountInString(in.Label) > 300, "display_label", "The label must have at most 300 characters.")
	f.add(strings.TrimSpace(in.Label) == "", "display_label", "The label must not be empty.")
	f.add(!mango.CleanLine(strings.TrimSpace(in.Label)), "display_label", "The label contains characters that are not allowed.")
	f.add(in.Order < 0 || in.Order > 1<<20, "display_order", "The order must be a small number.")
	if err := f.error(); err != nil {
		return s.orRules(by, err)
	}
	e := *in
	err := s.edit(ctx, by, true, func(w *write, v *vocabulary) error {
		e.ID, e.DiseaseName, e.SymptomKey = in.ID, "", ""
		for _, o := range v.all.Diseases {
			if o.ID == e.Disease {
				e.DiseaseName = o.Name
			}
		}
		for _, o := range v.all.Symptoms {
			if o.ID == e.Symptom {
				e.SymptomKey = o.Key
			}
		}
		var f faults
		f.add(e.DiseaseName == "", "disease", fmt.Sprintf("There is no disease %d.", e.Disease))
		f.add(e.SymptomKey == "", "symptom", fmt.Sprintf("There is no symptom %d.", e.Symptom))
		if err := f.error(); err != nil {
			return err
		}
		for _, o := range v.all.Links {
			if o.ID != e.ID && o.Disease == e.Disease && o.Order == e.Order {
				return taken("display_order", "The order %d is already taken for %s.", e.Order, e.DiseaseName)
			}
		}
		if err := w.row(bucketLinks, &e.ID, "Disease symptom"); err != nil {
			return err
		}
		return putRow(w, bucketLinks, e.ID, codec.EncodeLink, &e)
	})
	if err == nil {
		*in = e
	}
	return err
}

// DeleteSymptom implements mango.Words.
func (s *Store) DeleteSymptom(ctx context.Context, by mango.Actor, id uint64) error {
	return s.edit(ctx, by, false, func(w *write, v *vocabulary) error {
		for _, l := range v.all.Links {
			if l.Symptom == id {
				return mango.Errorf(mango.Invalid, "This symptom is shown for %s; remove it there first.", l.DiseaseName)
			}
		}
		if err := w.dropRow(bucketSymptoms, id, "Symptom"); err != nil {
			return err
		}
		for _, a := range v.all.Aliases {
			if a.Canonical == id {
				if err := w.delete(bucketAliases, codec.Key(a.ID)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (w *write) dropRow(bucket []byte, id uint64, what string) error {
	if w.get(bucket, codec.Key(id)) == nil {
		return notFound(what)
	}
	return w.delete(bucket, codec.Key(id))
}

// DeleteAlias implements mango.Words.
func (s *Store) DeleteAlias(ctx context.Context, by mango.Actor, id uint64) error {
	return s.edit(ctx, by, false, func(w *write, _ *vocabulary) error { return w.dropRow(bucketAliases, id, "Alias") })
}

// DeleteLink implements mango.Words.
func (s *Store) DeleteLink(ctx context.Context, by mango.Actor, id uint64) error {
	return s.edit(ctx, by, false, func(w *write, _ *vocabulary) error { return w.dropRow(bucketLinks, id, "Disease symptom") })
}

// DeleteDisease implements mango.Words.
func (s *Store) DeleteDisease(ctx context.Context, by mango.Actor, id uint64) error {
	return s.edit(ctx, by, false, func(w *write, v *vocabulary) error {
		for _, d := range v.all.Diseases {
			if d.ID == id && d.Name == mango.FallbackDisease {
				return faults{"name: " + fallbackStays}.error()
			}
		}
		if err := w.dropRow(bucketDiseases, id, "Disease"); err != nil {
			return err
		}
		for _, l := range v.all.Links {
			if l.Disease == id {
				if err := w.delete(bucketLinks, codec.Key(l.ID)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
