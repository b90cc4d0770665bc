package store_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mangosense/diseases"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// TestAdviceBounds: both sides of what an edited section may hold, and who may
// edit what.
func TestAdviceBounds(t *testing.T) {
	s := openStore(t, store.Config{})
	good := mango.AdvicePlace{Language: "en", Disease: "Healthy", Section: diseases.First}
	place := func(change func(*mango.AdvicePlace)) mango.AdvicePlace { at := good; change(&at); return at }
	many := func(n int, text string, sources ...string) []diseases.Statement {
		return slices.Repeat([]diseases.Statement{{Text: text, Sources: sources}}, n)
	}
	known := ""
	for key := range diseases.Known().Advice.Sources {
		known = key
	}
	address := func(n int) string { return "https://a.example/" + strings.Repeat("x", n-18) }
	for _, c := range []struct {
		name       string
		by         mango.Actor
		at         mango.AdvicePlace
		statements []diseases.Statement
		want       mango.Code // empty: taken
	}{
		{"one", mango.System, good, many(1, "Prune."), ""},
		{"the most statements", mango.System, good, many(mango.MostStatements, "Prune."), ""},
		{"a statement too many", mango.System, good, many(mango.MostStatements+1, "Prune."), mango.Invalid},
		{"no statement", mango.System, good, nil, mango.Invalid},
		{"an empty statement", mango.System, good, many(1, ""), mango.Invalid},
		{"two lines", mango.System, good, many(1, "Prune.\nBurn."), mango.Invalid},
		{"the second is empty", mango.System, good, append(many(1, "Prune."), many(1, "")...), mango.Invalid},
		{"the longest", mango.System, good, many(1, strings.Repeat("ñ", mango.MostStatementRunes)), ""},
		{"a letter too long", mango.System, good, many(1, strings.Repeat("ñ", mango.MostStatementRunes+1)), mango.Invalid},
		{"the most sources", mango.System, good, many(1, "Prune.", slices.Repeat([]string{known}, mango.MostSources)...), ""},
		{"a source too many", mango.System, good, many(1, "Prune.", slices.Repeat([]string{known}, mango.MostSources+1)...), mango.Invalid},
		{"an address", mango.System, good, many(1, "Prune.", "https://a.example/b?c=d#e"), ""},
		{"an address without TLS", mango.System, good, many(1, "Prune.", "http://a.example"), ""},
		{"the longest address", mango.System, good, many(1, "Prune.", address(mango.MostSourceBytes)), ""},
		{"an address a byte too long", mango.System, good, many(1, "Prune.", address(mango.MostSourceBytes+1)), mango.Invalid},
		{"another scheme", mango.System, good, many(1, "Prune.", "javascript://a.example"), mango.Invalid},
		{"no host", mango.System, good, many(1, "Prune.", "https://"), mango.Invalid},
		{"a user in the address", mango.System, good, many(1, "Prune.", "https://u:p@a.example"), mango.Invalid},
		{"a space in the address", mango.System, good, many(1, "Prune.", "https://a.example/b c"), mango.Invalid},
		{"no address", mango.System, good, many(1, "Prune.", "%zz"), mango.Invalid},
		{"the second source", mango.System, good, many(1, "Prune.", known, "x"), mango.Invalid},
		{"unknown language", mango.System, place(func(p *mango.AdvicePlace) { p.Language = "xx" }), many(1, "Prune."), mango.NotFound},
		{"unknown section", mango.System, place(func(p *mango.AdvicePlace) { p.Section = "more" }), many(1, "Prune."), mango.NotFound},
		{"unknown disease", mango.System, place(func(p *mango.AdvicePlace) { p.Disease = "Rust of tomorrow" }), many(1, "Prune."), mango.NotFound},
		{"a stranger", mango.Actor{}, good, many(1, "Prune."), mango.Unauthenticated},
	} {
		err := s.PutAdvice(ctx, c.by, c.at, c.statements)
		if c.want == "" && err != nil || c.want != "" && (err == nil || mango.CodeOf(err) != c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	for name, at := range map[string]mango.AdvicePlace{"unknown section": place(func(p *mango.AdvicePlace) { p.Section = "more" })} {
		if err := s.RestoreAdvice(ctx, mango.System, at); mango.CodeOf(err) != mango.NotFound {
			t.Errorf("restore, %s: %v", name, err)
		}
	}
	if err := s.RestoreAdvice(ctx, mango.Actor{}, good); mango.CodeOf(err) != mango.Unauthenticated {
		t.Errorf("restore by a stranger: %v", err)
	}
}

// TestAdviceNames: each disease has its name in the language; one that only the
// vocabulary knows has its own, and is listed once it has a text.
func TestAdviceNames(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.FileName)
	s := openStoreAt(t, path, store.Config{})
	if texts, ok := s.AdviceIn("xx"); ok || texts != nil {
		t.Error("there is advice in a language that there is not")
	}
	if err := s.PutDisease(ctx, mango.System, &mango.DiseaseEntry{Name: "Twig Rust", Part: mango.Leaf, Description: "d", Treatment: "t"}); err != nil {
		t.Fatal(err)
	}
	names := func(code string) string {
		texts, ok := s.AdviceIn(code)
		if !ok {
			t.Fatalf("no advice in %s", code)
		}
		var all []string
		for _, x := range texts {
			all = append(all, fmt.Sprintf("%s=%s", x.Disease, x.Name))
		}
		return strings.Join(all, "\n")
	}
	for _, l := range diseases.Known().Advice.Languages {
		got := names(l.Code)
		for disease, own := range l.Diseases {
			if !strings.Contains(got, disease+"="+own.Name) {
				t.Errorf("%s: %s is not called %s", l.Code, disease, own.Name)
			}
		}
		if strings.Contains(got, "Twig Rust") {
			t.Errorf("%s: a disease without any text is listed", l.Code)
		}
	}
	at := mango.AdvicePlace{Language: "en", Disease: "twig_rust", Section: diseases.What}
	if err := s.PutAdvice(ctx, mango.System, at, []diseases.Statement{{Text: "A rust."}}); err != nil {
		t.Fatal(err)
	}
	if got := names("en"); !strings.Contains(got, "Twig Rust=Twig Rust") {
		t.Errorf("a disease with a text of its own is not listed: %s", got)
	}
	for range 2 { // the second time there is nothing to restore
		if err := s.RestoreAdvice(ctx, mango.System, at); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(names("en"), "Twig Rust") {
		t.Error("a restored text is still shown")
	}
}
