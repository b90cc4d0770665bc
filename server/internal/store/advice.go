package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.etcd.io/bbolt"

	"mangosense/diseases"
	"mangosense/server/internal/disk"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
)

// settingAdvice + language + "/" + folded disease + "/" + section is an edited
// section of the advice.
const settingAdvice = "advice/"

// adviceEdit is one as it is stored.
type adviceEdit struct {
	Disease    string               `json:"disease"`
	Statements []diseases.Statement `json:"statements"`
	At         time.Time            `json:"at"`
}

func adviceKey(at mango.AdvicePlace) string {
	return settingAdvice + at.Language + "/" + mango.ClassKey(at.Disease) + "/" + at.Section
}

// readAdvice reads the edits. One that damaged accepts is left out: the
// delivered text is shown instead.
func readAdvice(tx *bbolt.Tx, damaged func(error) bool) (map[string]adviceEdit, error) {
	edits, prefix := map[string]adviceEdit{}, []byte(settingAdvice)
	c := tx.Bucket(bucketSettings).Cursor()
	for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
		text, err := codec.DecodeSetting(k, v)
		var e adviceEdit
		if err == nil {
			if err = json.Unmarshal([]byte(text), &e); err != nil {
				err = fmt.Errorf("%w: the advice %q: %w", ErrDamaged, k, err)
			}
		}
		if err != nil && damaged(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		edits[string(k)] = e
	}
	return edits, nil
}

func (s *Store) adviceEdits() map[string]adviceEdit {
	s.memory.mu.RLock()
	defer s.memory.mu.RUnlock()
	return s.memory.advice
}

// AdviceIn implements mango.Words.
func (s *Store) AdviceIn(language string) ([]mango.AdviceTexts, bool) {
	l := diseases.Known().Advice.In(language)
	if l == nil {
		return nil, false
	}
	edits := s.adviceEdits()
	var out []mango.AdviceTexts
	for _, name := range s.advised() {
		t := adviceTexts(l, name, edits)
		if l.Diseases[name] != nil || slices.ContainsFunc(t.Sections, func(a mango.AdviceSection) bool { return !a.EditedAt.IsZero() }) {
			out = append(out, t)
		}
	}
	return out, true
}

// advised are the names that may have advice: the delivered ones in their
// order, then those that only the vocabulary has.
func (s *Store) advised() []string {
	var names []string
	for _, d := range diseases.Known().Diseases {
		names = append(names, d.Name)
	}
	names = append(names, diseases.NotMango)
	for _, d := range s.words().all.Diseases {
		if d.Name != mango.FallbackDisease && !slices.ContainsFunc(names, func(n string) bool { return mango.SameClass(n, d.Name) }) {
			names = append(names, d.Name)
		}
	}
	return names
}

// WordsGeneration implements mango.Words.
func (s *Store) WordsGeneration() uint64 {
	s.memory.mu.RLock()
	defer s.memory.mu.RUnlock()
	return s.memory.wordsNow
}

func adviceTexts(l *diseases.Language, disease string, edits map[string]adviceEdit) mango.AdviceTexts {
	t := mango.AdviceTexts{Disease: disease, Name: disease}
	if own := l.Diseases[disease]; own != nil {
		t.Name = own.Name
	}
	delivered := l.Of(disease)
	for _, section := range diseases.Sections {
		a := mango.AdviceSection{Section: section, Statements: delivered[section]}
		if e, ok := edits[adviceKey(mango.AdvicePlace{Language: l.Code, Disease: disease, Section: section})]; ok {
			a.Statements, a.EditedAt = e.Statements, e.At
		}
		t.Sections = append(t.Sections, a)
	}
	return t
}

// adviceInShort is what an answer says of a disease, edits included.
func (s *Store) adviceInShort(disease string) mango.Advice {
	a := mango.AdviceFor(disease)
	l, edits := diseases.Known().Advice.In(diseases.Standard), s.adviceEdits()
	if len(edits) == 0 {
		return a
	}
	of, edited := map[string][]diseases.Statement{}, false
	for _, section := range adviceTexts(l, a.Disease, edits).Sections {
		of[section.Section] = section.Statements
		edited = edited || !section.EditedAt.IsZero()
	}
	if edited {
		information, treatment := l.InShort(of)
		a.Information = information
		if treatment != "" {
			a.Treatment = treatment
		}
	}
	return a
}

// advicePlace brings a place to its one spelling.
func (s *Store) advicePlace(at mango.AdvicePlace) (mango.AdvicePlace, error) {
	l := diseases.Known().Advice.In(at.Language)
	if l == nil {
		return at, mango.Errorf(mango.NotFound, "There is no advice in that language.")
	}
	if !slices.Contains(diseases.Sections, at.Section) {
		return at, mango.Errorf(mango.NotFound, "There is no such section of the advice.")
	}
	for _, name := range s.advised() {
		if mango.SameClass(name, at.Disease) {
			return mango.AdvicePlace{Language: l.Code, Disease: name, Section: at.Section}, nil
		}
	}
	return at, notFound("Disease")
}

// PutAdvice implements mango.Words.
func (s *Store) PutAdvice(ctx context.Context, by mango.Actor, at mango.AdvicePlace, statements []diseases.Statement) error {
	if err := s.rules(&by); err != nil {
		return err
	}
	at, err := s.advicePlace(at)
	if err != nil {
		return err
	}
	if err := adviceFaults(statements); err != nil {
		return err
	}
	if err := s.guard.Allow(recordRoom); err != nil {
		return disk.Fault(err)
	}
	e := adviceEdit{Disease: at.Disease, Statements: statements, At: s.cfg.Now().UTC().Truncate(time.Microsecond)}
	text, err := json.Marshal(e)
	if err != nil {
		return mango.Wrap(mango.Internal, err, "The advice could not be stored.")
	}
	key := adviceKey(at)
	return s.update(ctx, func(w *write) error {
		edits, err := readAdvice(w.tx, func(error) bool { return true })
		if err != nil {
			return err
		}
		if _, old := edits[key]; !old && len(edits) >= mango.MostAdviceEdits {
			return mango.Errorf(mango.Conflict, "%d sections are edited already; restore some first.", len(edits))
		}
		if err := w.put(bucketSettings, []byte(key), codec.EncodeSetting([]byte(key), string(text))); err != nil {
			return err
		}
		edits[key] = e
		w.onCommit(func() { w.s.memory.putAdvice(edits) })
		return nil
	})
}

// RestoreAdvice implements mango.Words.
func (s *Store) RestoreAdvice(ctx context.Context, by mango.Actor, at mango.AdvicePlace) error {
	if err := s.rules(&by); err != nil {
		return err
	}
	at, err := s.advicePlace(at)
	if err != nil {
		return err
	}
	key := adviceKey(at)
	return s.protect(ctx, func(w *write) error {
		if w.get(bucketSettings, []byte(key)) == nil {
			return nil // as delivered
		}
		if err := w.delete(bucketSettings, []byte(key)); err != nil {
			return err
		}
		edits, err := readAdvice(w.tx, func(error) bool { return true })
		if err != nil {
			return err
		}
		delete(edits, key)
		w.onCommit(func() { w.s.memory.putAdvice(edits) })
		return nil
	})
}

// putAdvice takes over what was stored. The map is never changed afterwards.
func (m *memory) putAdvice(edits map[string]adviceEdit) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.advice = edits
	m.wordsNow++
}

func adviceFaults(statements []diseases.Statement) error {
	var f faults
	f.add(len(statements) == 0, "statements", "A section needs at least one statement.")
	f.add(len(statements) > mango.MostStatements, "statements", fmt.Sprintf("A section has at most %d statements.", mango.MostStatements))
	for _, st := range statements {
		f.add(st.Text == "" || !mango.CleanLine(st.Text), "statements", "A statement is one line of text without control characters.")
		f.add(utf8.RuneCountInString(st.Text) > mango.MostStatementRunes, "statements", fmt.Sprintf("A statement has at most %d characters.", mango.MostStatementRunes))
		f.add(len(st.Sources) > mango.MostSources, "statements", fmt.Sprintf("A statement has at most %d sources.", mango.MostSources))
		for _, source := range st.Sources {
			f.add(!isSource(source), "statements", "A source is the key of a known one, or an address that begins with https://.")
		}
		if len(f) > 0 {
			break
		}
	}
	return f.error()
}

func isSource(text string) bool {
	if _, known := diseases.Known().Advice.Sources[text]; known {
		return true
	}
	u, err := url.Parse(text)
	return err == nil && len(text) <= mango.MostSourceBytes && mango.CleanLine(text) && !strings.ContainsAny(text, " \"<>\\") &&
		(u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil
}
