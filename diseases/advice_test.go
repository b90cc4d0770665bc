package diseases_test

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mangosense/diseases"
)

// doses are amounts, and trade names that growers know: neither has a place in
// an answer about a photo.
var (
	doses  = regexp.MustCompile(`(?i)\d\s*(%|‰|ppm|ml\b|g\b|kg\b|grams?\b|lit(er|re)s?\b|/l\b|spoons?\b|kutsara)`)
	trades = regexp.MustCompile(`(?i)\b(dithane|kocide|bavistin|score|amistar|cabrio|nativo|topsin|blitox|karathane|confidor|decis|sevin|lannate|streptocycline|agrimycin|paushamycin)\b`)
	agents = regexp.MustCompile(`(?i)\b(carbendazim|mancozeb|azoxystrobin|benomyl|dimethoate|imidacloprid|fenvalerate|deltamethrin|endosulfan|monocrotophos|chlorpyrifos)\b`)
)

// TestAdvice: every disease has every section in every language, each statement
// a source, and none names a product or a dose.
func TestAdvice(t *testing.T) {
	known := diseases.Known()
	names := []string{diseases.NotMango}
	for _, d := range known.Diseases {
		names = append(names, d.Name)
	}
	for _, l := range known.Advice.Languages {
		for _, section := range diseases.Sections {
			if l.Sections[section] == "" {
				t.Errorf("%s: the section %s has no title", l.Code, section)
			}
		}
		check(t, l.Code+": note", []diseases.Statement{l.Note})
		for _, name := range names {
			texts := l.Diseases[name]
			if texts == nil {
				t.Errorf("%s: nothing is said of %s", l.Code, name)
				continue
			}
			if texts.Name == "" {
				t.Errorf("%s: %s has no name", l.Code, name)
			}
			all := l.Of(name)
			for _, section := range diseases.Sections {
				if len(all[section]) == 0 && !(texts.Alone && section == diseases.Waiting) {
					t.Errorf("%s: %s has no %s", l.Code, name, section)
				}
				check(t, l.Code+": "+name+": "+section, all[section])
			}
			if !texts.Alone && !slices.ContainsFunc(all[diseases.Chemicals], func(s diseases.Statement) bool { return strings.Contains(s.Text, "label") }) {
				t.Errorf("%s: %s: the chemicals do not send the reader to the label", l.Code, name)
			}
		}
		for name := range maps.Keys(l.Diseases) {
			if !slices.Contains(names, name) {
				t.Errorf("%s: there is no disease %s", l.Code, name)
			}
		}
	}
}

func check(t *testing.T, where string, all []diseases.Statement) {
	t.Helper()
	for _, s := range all {
		if len(s.Sources) == 0 {
			t.Errorf("%s: no source: %s", where, s.Text)
		}
		for _, key := range s.Sources {
			if _, ok := diseases.Known().Advice.Sources[key]; !ok {
				t.Errorf("%s: there is no source %s", where, key)
			}
		}
		for what, of := range map[string]*regexp.Regexp{"a dose": doses, "a trade name": trades, "an agent, where a group is enough": agents} {
			if found := of.FindString(s.Text); found != "" {
				t.Errorf("%s: %s, %q: %s", where, what, found, s.Text)
			}
		}
	}
}

// TestSameEverywhere: a translation says what the standard language says, from
// the same sources, in the same order.
func TestSameEverywhere(t *testing.T) {
	advice := diseases.Known().Advice
	english := advice.In(diseases.Standard)
	for _, l := range advice.Languages {
		for name := range english.Diseases {
			for section, all := range english.Of(name) {
				other := l.Of(name)[section]
				if len(other) != len(all) {
					t.Errorf("%s: %s: %s has %d statements, not %d", l.Code, name, section, len(other), len(all))
					continue
				}
				for i, s := range all {
					if !slices.Equal(s.Sources, other[i].Sources) {
						t.Errorf("%s: %s: %s: %q has other sources", l.Code, name, section, other[i].Text)
					}
					if l.Code != diseases.Standard && s.Text == other[i].Text {
						t.Errorf("%s: %s: %s: %q is not translated", l.Code, name, section, s.Text)
					}
				}
			}
		}
	}
}

// TestLookAlikes: how to tell a disease apart names others by their names.
func TestLookAlikes(t *testing.T) {
	known := diseases.Known()
	for _, l := range known.Advice.Languages {
		for _, d := range known.Diseases {
			if l.Diseases[d.Name].Alone {
				continue
			}
			others := 0
			for _, s := range l.Of(d.Name)[diseases.TellApart] {
				for _, o := range known.Diseases {
					if o.Name != d.Name && strings.HasPrefix(s.Text, o.Name+":") {
						others++
					}
				}
			}
			if others == 0 {
				t.Errorf("%s: %s names no look-alike", l.Code, d.Name)
			}
		}
	}
}

// TestSources: each has a title and can be looked up, and each is used.
func TestSources(t *testing.T) {
	advice := diseases.Known().Advice
	used := map[string]bool{}
	for _, l := range advice.Languages {
		for _, all := range l.Common {
			for _, s := range all {
				for _, key := range s.Sources {
					used[key] = true
				}
			}
		}
		for name := range l.Diseases {
			for _, all := range l.Of(name) {
				for _, s := range all {
					for _, key := range s.Sources {
						used[key] = true
					}
				}
			}
		}
	}
	for key, s := range advice.Sources {
		u, err := url.Parse(s.Address)
		if s.Title == "" || s.Publisher == "" || err != nil || key != "program" && (u.Host == "" || !strings.HasPrefix(u.Scheme, "http")) {
			t.Errorf("the source %s is %+v", key, s)
		}
		if !used[key] {
			t.Errorf("the source %s is not used", key)
		}
	}
}

// TestIn finds a language by what clients call it.
func TestIn(t *testing.T) {
	for code, want := range map[string]string{"en": "en", "EN-us": "en", "fil": "fil", "fil-PH": "fil", "tl": "fil", " tgl ": "fil"} {
		if l := diseases.Known().Advice.In(code); l == nil || l.Code != want {
			t.Errorf("%q is %+v, want %s", code, l, want)
		}
	}
	for _, code := range []string{"", "de", "english"} {
		if l := diseases.Known().Advice.In(code); l != nil {
			t.Errorf("%q is %s", code, l.Code)
		}
	}
}
