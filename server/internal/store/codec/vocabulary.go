package codec

import "mangosense/server/internal/mango"

const vocabularyVersion = 1

func EncodeSymptom(key []byte, s *mango.SymptomEntry) []byte {
	w := NewWriter(TypeSymptom, vocabularyVersion)
	w.Flags(s.Vocabulary, s.Vector != nil)
	w.String(s.Key)
	w.Word(string(s.Part))
	if s.Vector != nil {
		w.Int(int64(*s.Vector))
	}
	w.Time(s.CreatedAt)
	return w.Seal(key)
}

func DecodeSymptom(key, v []byte) (s mango.SymptomEntry, err error) {
	r, err := Open(key, v, TypeSymptom, vocabularyVersion)
	if err != nil {
		return s, err
	}
	on := r.Flags()
	s = mango.SymptomEntry{ID: ID(key), Vocabulary: on(0), Key: r.String(), Part: mango.Kind(r.Word())}
	if on(1) {
		at := int(r.Int())
		s.Vector = &at
	}
	s.CreatedAt = r.Time()
	return s, r.err
}

func EncodeAlias(key []byte, a *mango.Alias) []byte {
	w := NewWriter(TypeAlias, vocabularyVersion)
	w.String(a.Alias)
	w.Uint(a.Canonical)
	w.Word(a.Source)
	return w.Seal(key)
}

func DecodeAlias(key, v []byte) (a mango.Alias, err error) {
	r, err := Open(key, v, TypeAlias, vocabularyVersion)
	if err != nil {
		return a, err
	}
	a = mango.Alias{ID: ID(key), Alias: r.String(), Canonical: r.Uint(), Source: r.Word()}
	return a, r.err
}

func EncodeDisease(key []byte, d *mango.DiseaseEntry) []byte {
	w := NewWriter(TypeDisease, vocabularyVersion)
	w.Flags(d.Classifier)
	w.Word(d.Name)
	w.Word(string(d.Part))
	w.String(d.Description)
	w.String(d.Treatment)
	return w.Seal(key)
}

func DecodeDisease(key, v []byte) (d mango.DiseaseEntry, err error) {
	r, err := Open(key, v, TypeDisease, vocabularyVersion)
	if err != nil {
		return d, err
	}
	on := r.Flags()
	d = mango.DiseaseEntry{ID: ID(key), Classifier: on(0), Name: r.Word(), Part: mango.Kind(r.Word()),
		Description: r.String(), Treatment: r.String()}
	return d, r.err
}

func EncodeLink(key []byte, l *mango.DiseaseSymptom) []byte {
	w := NewWriter(TypeLink, vocabularyVersion)
	w.Uint(l.Disease)
	w.Uint(l.Symptom)
	w.String(l.Label)
	w.Int(int64(l.Order))
	return w.Seal(key)
}

func DecodeLink(key, v []byte) (l mango.DiseaseSymptom, err error) {
	r, err := Open(key, v, TypeLink, vocabularyVersion)
	if err != nil {
		return l, err
	}
	l = mango.DiseaseSymptom{ID: ID(key), Disease: r.Uint(), Symptom: r.Uint(), Label: r.String(), Order: int(r.Int())}
	return l, r.err
}
