package django_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mangosense/server/internal/auth"
	"mangosense/server/internal/django"
	"mangosense/server/internal/mango"
)

var ctx = context.Background()

// want is what the farm gives on the first run: found, added, known, left out.
var want = map[string]django.Count{
	"users":            {Found: 4, Added: 3, Left: 1},
	"records":          {Found: 4, Added: 3, Left: 1},
	"confirmations":    {Found: 2, Added: 1, Left: 1},
	"notifications":    {Found: 1, Added: 1},
	"symptoms":         {Found: 3, Added: 1, Known: 1, Left: 1},
	"diseases":         {Found: 2, Added: 1, Known: 1},
	"aliases":          {Found: 1, Added: 1},
	"disease symptoms": {Found: 2, Added: 1, Known: 1},
}

func TestImport(t *testing.T) {
	for name, open := range map[string]func(*testing.T) (django.Source, error){
		"dump":     func(t *testing.T) (django.Source, error) { return django.OpenDump(writeDump(t, farm()), "") },
		"database": func(t *testing.T) (django.Source, error) { return django.OpenDatabase(writeDatabase(t, farm()), "") },
	} {
		t.Run(name, func(t *testing.T) {
			g := newTarget(t)
			source, err := open(t)
			report := g.run(t, source, err)
			for kind, c := range want {
				if *report.Counts[kind] != c {
					t.Errorf("%s: %+v, want %+v (%+v)", kind, *report.Counts[kind], c, report.Left)
				}
			}
			checkUsers(t, g)
			checkRecords(t, g)
			checkWords(t, g)

			// Once more: nothing is there twice, and what was changed since stays.
			page, err := g.store.PageRecords(ctx, mango.System, mango.RecordFilter{}, mango.Page{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := g.store.ChangeRecords(ctx, mango.System, []uint64{page.Records[0].ID}, mango.RecordChange{Notes: new("ours")}); err != nil {
				t.Fatal(err)
			}
			source, err = open(t)
			again := g.run(t, source, err)
			for kind, c := range want {
				if got := *again.Counts[kind]; got.Added != 0 || got.Known != c.Added+c.Known || got.Left != c.Left {
					t.Errorf("again, %s: %+v", kind, got)
				}
			}
			checkRecords(t, g)
			if r, err := g.store.Record(ctx, mango.System, page.Records[0].ID); err != nil || r.Notes != "ours" {
				t.Errorf("a later change is gone: %v", err)
			}
		})
	}
}

func checkUsers(t *testing.T, g *target) {
	t.Helper()
	ana, err := g.store.UserByEmail(ctx, mango.System, "ana@farm.example")
	if err != nil {
		t.Fatal(err)
	}
	if ana.Admin || ana.Disabled || ana.Profile.City != "Jordan" || ana.Origin != "django:7" || !ana.JoinedAt.Equal(time.Date(2025, 9, 1, 2, 3, 4, 5e8, time.UTC)) {
		t.Errorf("ana: %+v", ana)
	}
	if boss, err := g.store.UserByName(ctx, mango.System, "boss_old"); err != nil || !boss.Admin {
		t.Errorf("boss: %+v, %v", boss, err)
	}
	if ben, err := g.store.UserByName(ctx, mango.System, "ben"); err != nil || !ben.Disabled {
		t.Errorf("ben: %+v, %v", ben, err)
	}
	if lito, err := g.store.UserByEmail(ctx, mango.System, "lito@farm.example"); err != nil || lito.Username != "lito" {
		t.Errorf("our own account was touched: %+v, %v", lito, err)
	}
	accounts, err := auth.New(auth.Config{Users: g.store, Sessions: g.store, Secret: bytes.Repeat([]byte("k"), 32),
		AccessLife: time.Hour, AdminAccessLife: time.Hour, RefreshLife: time.Hour, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := accounts.Login(ctx, "ana@farm.example", "Carabao2026"); err != nil {
		t.Errorf("ana's password: %v", err)
	}
	if u, err := g.store.User(ctx, mango.System, ana.ID); err != nil || !strings.HasPrefix(u.Password, "$argon2id$") {
		t.Errorf("ana's hash was not replaced: %.20s, %v", u.Password, err)
	}
}

func checkRecords(t *testing.T, g *target) {
	t.Helper()
	found := map[string]mango.Record{}
	err := g.store.EachRecord(ctx, mango.System, mango.RecordFilter{}, func(r *mango.Record) error { found[r.Origin] = *r; return nil })
	if err != nil || len(found) != 3 {
		t.Fatalf("%d records, %v", len(found), err)
	}
	one := found["django:41"]
	ana, err := g.store.UserByName(ctx, mango.System, "ana")
	if err != nil {
		t.Fatal(err)
	}
	boss, err := g.store.UserByName(ctx, mango.System, "boss_old")
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case one.User != ana.ID, one.Disease != "Powdery Mildew", one.Classification != "Sooty Mold", one.Confidence != 0.9137, one.Kind != mango.Leaf,
		!one.Verified, one.VerifiedBy != boss.ID, one.Answers.Correct == nil, string(one.Answers.SelectedSymptoms) != `["leaf_curling"]`,
		one.Location == nil || one.Location.Latitude != 10.6, one.Processing != 4500*time.Millisecond,
		len(one.Probabilities) != 2 || one.Probabilities[0] != mango.Class{Disease: "Powdery Mildew", Probability: 0.9137},
		!one.CreatedAt.Equal(time.Date(2025, 10, 4, 5, 6, 7, 123456000, time.UTC)):
		t.Errorf("record 41: %+v", one)
	}
	if f, err := g.photos.OpenPhoto(one.Media); err != nil {
		t.Errorf("its photo: %v", err)
	} else if err := f.Close(); err != nil {
		t.Error(err)
	}
	two := found["django:42"]
	if two.User != 0 || two.Disease != mango.Unknown || two.Kind != mango.Fruit || two.Confidence != 0.125 || two.Media != "" || two.Location != nil {
		t.Errorf("record 42: %+v", two)
	}
	if four := found["django:44"]; four.Media != "" || four.Confidence != 0 {
		t.Errorf("record 44 has a photo from outside the media folder: %+v", four)
	}
	stats, err := g.store.Statistics(ctx, mango.System)
	if err != nil || stats.Notifications != 1 {
		t.Errorf("%d notifications, %v", stats.Notifications, err)
	}
	confirmed, err := g.store.PageConfirmations(ctx, mango.System, mango.ConfirmationFilter{}, mango.Page{})
	if err != nil || confirmed.Total != 1 || confirmed.Confirmations[0].Record != one.ID || confirmed.Confirmations[0].Location != nil {
		t.Errorf("confirmations: %+v, %v", confirmed, err)
	}
}

func checkWords(t *testing.T, g *target) {
	t.Helper()
	if prompts, known := g.store.Prompts("Red Rust", mango.Leaf); !known || len(prompts) != 1 || prompts[0].Label != "Feels like velvet" {
		t.Errorf("prompts %v, %v", prompts, known)
	}
	if a := g.store.AdviceOf("Red Rust", mango.Leaf); a.Treatment != "Prune." {
		t.Errorf("advice %+v", a)
	}
	if a := g.store.AdviceOf("Sooty Mold", mango.Leaf); a.Treatment == "theirs" {
		t.Error("our advice was overwritten")
	}
	if !slices.ContainsFunc(g.store.Vocabulary().Aliases, func(a mango.Alias) bool { return a.Alias == "velvety" && a.Key == "velvet_touch" }) {
		t.Error("an alias was not brought over")
	}
}

// TestBrokenSources: a file that is none is refused before anything is stored.
func TestBrokenSources(t *testing.T) {
	write := func(text string) string {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, text := range map[string]string{
		"empty": "", "object": "{}", "text": "hello", "cut off": `[{"model":"auth.user","pk":1,"fields":{"username":"a"}},`,
		"no fields": `[{"model":"auth.user","pk":1}]`, "numbers": "[1,2]", "not closed": `[{"model":"auth.user","pk":1,"fields":{}}`,
		"two dumps": `[] []`, "a line behind": "[]\nDone.",
	} {
		if _, err := django.OpenDump(write(text), ""); !errors.Is(err, django.ErrNotADump) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, path := range map[string]string{"no database": write("hello"), "missing": filepath.Join(t.TempDir(), "none.sqlite3")} {
		if _, err := django.OpenDatabase(path, ""); err == nil {
			t.Errorf("%s was opened", name)
		}
	}
	if _, err := os.Stat(filepath.Join(t.TempDir(), "none.sqlite3")); err == nil {
		t.Error("looking for a database made one")
	}
}

// TestUnreadNumbersAreNamed: a place and a time that cannot be read are in the
// report; a place in any decimal form comes.
func TestUnreadNumbersAreNamed(t *testing.T) {
	for latitude, why := range map[any]string{"ten": "which cannot be read", "10,5": "which cannot be read", "+10.50": "", "10.": "", nil: "which cannot be read"} {
		rows := farm()
		for _, e := range rows {
			if e.Model == "mangosense.mangoimage" {
				e.Fields["latitude"], e.Fields["longitude"], e.Fields["uploaded_at"] = latitude, ".5", "yesterday"
			}
		}
		source, err := django.OpenDump(writeDump(t, rows), "")
		report := fmt.Sprint(newTarget(t).run(t, source, err).Notes)
		if strings.Contains(report, "the place, which cannot be read") != (why != "") || !strings.Contains(report, "the time of the import") {
			t.Errorf("latitude %v: %s", latitude, report)
		}
	}
}

// TestOddRows: any value in any field is left out or read as nothing; the rest
// still comes.
func TestOddRows(t *testing.T) {
	for _, odd := range []any{nil, "", "text", -1, 1e300, true, []any{1}, map[string]any{"a": 1}, strings.Repeat("x", 100_000), "\x00", "2025-99-99T00:00:00Z"} {
		rows := farm()
		for _, e := range rows {
			if e.Model == "mangosense.mangoimage" || e.Model == "mangosense.userconfirmation" {
				for name := range e.Fields {
					e.Fields[name] = odd
				}
			}
		}
		g := newTarget(t)
		source, err := django.OpenDump(writeDump(t, rows), "")
		report := g.run(t, source, err)
		if c := report.Counts["records"]; c.Found != 4 || c.Added+c.Left != 4 {
			t.Errorf("%.20v: %+v", odd, *c)
		}
		if c := report.Counts["users"]; c.Added != 3 {
			t.Errorf("%.20v: users %+v", odd, *c)
		}
	}
}
