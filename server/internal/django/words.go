package django

import (
	"cmp"
	"slices"
	"strings"

	"mangosense/server/internal/mango"
)

// importWords adds what the vocabulary lacks. Existing entries stay as they are;
// only empty texts of a disease are filled.
func (m *importer) importWords() error {
	symptoms := map[uint64]uint64{} // old id to ours
	if err := m.rows(kindSymptoms, tableSymptoms, func(r row) (bool, error) { return m.addSymptom(r, symptoms) }); err != nil {
		return err
	}
	diseases, filled := map[uint64]uint64{}, map[uint64]bool{} // filled: it had prompts before this run
	for _, l := range m.cfg.Store.Vocabulary().Links {
		filled[l.Disease] = true
	}
	if err := m.rows(kindDiseases, tableDiseases, func(r row) (bool, error) { return m.addDisease(r, diseases) }); err != nil {
		return err
	}
	if err := m.rows(kindAliases, tableAliases, func(r row) (bool, error) { return m.addAlias(r, symptoms) }); err != nil {
		return err
	}
	return m.rows(kindLinks, tableLinks, func(r row) (bool, error) {
		l := &mango.DiseaseSymptom{Disease: diseases[r.ref("disease")], Symptom: symptoms[r.ref("symptom")], Label: r.text("display_label")}
		if order, ok := r.number("display_order"); ok {
			l.Order = int(order)
		}
		switch {
		case l.Disease == 0 || l.Symptom == 0:
			return false, &leftOut{"its disease or symptom was left out"}
		case filled[l.Disease]:
			return false, nil
		}
		return true, m.cfg.Store.PutLink(m.ctx, mango.System, l)
	})
}

func partOf(r row) mango.Kind { return mango.Kind(strings.ToLower(r.text("plant_part"))) }

func (m *importer) addSymptom(r row, ids map[uint64]uint64) (bool, error) {
	e := &mango.SymptomEntry{Key: r.text("key"), Part: partOf(r), Vocabulary: r.truth("is_in_vocabulary"), CreatedAt: r.time("created_at")}
	for _, have := range m.cfg.Store.Vocabulary().Symptoms {
		if have.Key == e.Key && have.Part == e.Part {
			ids[r.id] = have.ID
			return false, nil
		}
	}
	if v, ok := r.number("vector_index"); ok {
		e.Vector = new(int(v))
	}
	if err := m.cfg.Store.PutSymptom(m.ctx, mango.System, e); err != nil {
		return false, err
	}
	ids[r.id] = e.ID
	return true, nil
}

func (m *importer) addDisease(r row, ids map[uint64]uint64) (bool, error) {
	name := r.text("name")
	if name != mango.FallbackDisease {
		name = mango.Canonical(name)
	}
	e := mango.DiseaseEntry{
		Name: name, Part: partOf(r), Classifier: r.truth("is_in_classifier"),
		Description: r.text("description"), Treatment: r.text("treatment"),
	}
	all := m.cfg.Store.Vocabulary().Diseases
	at := slices.IndexFunc(all, func(d mango.DiseaseEntry) bool {
		return d.Part == e.Part && strings.EqualFold(mango.Canonical(d.Name), mango.Canonical(name))
	})
	if at < 0 {
		if err := m.cfg.Store.PutDisease(m.ctx, mango.System, &e); err != nil {
			return false, err
		}
		ids[r.id] = e.ID
		return true, nil
	}
	have := all[at]
	ids[r.id] = have.ID
	changed := have
	if mango.AdviceFor(have.Name).Information == "" { // else what the program says of it stays
		changed.Description = cmp.Or(have.Description, e.Description)
		changed.Treatment = cmp.Or(have.Treatment, e.Treatment)
	}
	if changed == have {
		return false, nil
	}
	return true, m.cfg.Store.PutDisease(m.ctx, mango.System, &changed)
}

func (m *importer) addAlias(r row, symptoms map[uint64]uint64) (bool, error) {
	a := &mango.Alias{Alias: r.text("alias"), Canonical: symptoms[r.ref("canonical")], Source: r.text("source")}
	if a.Canonical == 0 {
		return false, &leftOut{"its symptom was left out"}
	}
	for _, have := range m.cfg.Store.Vocabulary().Aliases {
		if have.Alias == a.Alias {
			return false, nil
		}
	}
	a.Source = string([]rune(a.Source)[:min(len([]rune(a.Source)), 100)])
	return true, m.cfg.Store.PutAlias(m.ctx, mango.System, a)
}
