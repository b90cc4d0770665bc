package store_test

import (
	"fmt"
	"testing"
	"time"

	"mangosense/server/internal/clock"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// What a change of an account may change, by whom, and what it does to sessions.
func TestChangesOfAccounts(t *testing.T) {
	m := clock.NewManual(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
	s := openStore(t, store.Config{Now: m.Now, Elapsed: m.Elapsed})
	boss := ruler(administrators(t, s, "boss")[0])
	lito, ana := grower(t, s, "lito"), grower(t, s, "ana")
	sys := mango.System
	for _, c := range []struct {
		name   string
		by     mango.Actor
		who    uint64
		change mango.UserChange
		code   mango.Code
		ends   bool // all sessions
	}{
		{"nothing", lito, lito.User, mango.UserChange{}, "", false},
		{"the own name", lito, lito.User, mango.UserChange{FirstName: ptr("Lito"), LastName: ptr("Cruz"), Profile: &mango.Profile{City: "Cebu"}}, "", false},
		{"another's name", ana, lito.User, mango.UserChange{FirstName: ptr("x")}, mango.Forbidden, false},
		{"a name, by an administrator", boss, lito.User, mango.UserChange{FirstName: ptr("x")}, mango.Forbidden, false},
		{"a profile, by an administrator", boss, lito.User, mango.UserChange{Profile: &mango.Profile{}}, mango.Forbidden, false},
		{"the own username", lito, lito.User, mango.UserChange{Username: ptr("x")}, mango.Forbidden, false},
		{"the own address", lito, lito.User, mango.UserChange{Email: ptr("x")}, mango.Forbidden, false},
		{"oneself an administrator", lito, lito.User, mango.UserChange{Admin: ptr(true)}, mango.Forbidden, false},
		{"the own last login", lito, lito.User, mango.UserChange{LastLogin: ptr(m.Now())}, mango.Forbidden, false},
		{"keeping sessions", lito, lito.User, mango.UserChange{KeepSessions: true}, mango.Forbidden, false},
		{"the own password", lito, lito.User, mango.UserChange{Password: ptr("y")}, "", true},
		{"one that moved", lito, lito.User, mango.UserChange{Password: ptr("z"), IfPassword: ptr("x")}, mango.Conflict, false},
		{"one that did not", lito, lito.User, mango.UserChange{Password: ptr("z"), IfPassword: ptr("y")}, "", true},
		{"a better hash", sys, lito.User, mango.UserChange{Password: ptr("zz"), KeepSessions: true}, "", false},
		{"disabled by oneself", lito, lito.User, mango.UserChange{Disabled: ptr(true)}, mango.Forbidden, false},
		{"disabled by an administrator", boss, lito.User, mango.UserChange{Disabled: ptr(true)}, "", true},
		{"disabled again", boss, lito.User, mango.UserChange{Disabled: ptr(true)}, "", false},
		{"enabled", boss, lito.User, mango.UserChange{Disabled: ptr(false)}, "", false},
		{"a username that is taken", sys, lito.User, mango.UserChange{Username: ptr(" ANA ")}, mango.Conflict, false},
		{"an address that is taken", sys, lito.User, mango.UserChange{Email: ptr("ANA@farm.example")}, mango.Conflict, false},
		{"the own username, spelt anew", sys, lito.User, mango.UserChange{Username: ptr("LITO")}, "", false},
		{"another address", sys, lito.User, mango.UserChange{Email: ptr(" New@Farm.example")}, "", false},
		{"no address", sys, lito.User, mango.UserChange{Email: ptr("")}, "", false},
		{"nobody", sys, 99, mango.UserChange{}, mango.NotFound, false},
	} {
		m.Pass(time.Second)
		before, _ := s.ActiveUser(lito.User)
		_, err := s.ChangeUser(ctx, c.by, c.who, c.change)
		after, _ := s.ActiveUser(lito.User)
		if codeOf(err) != c.code || after.SessionsFrom.After(before.SessionsFrom) != c.ends {
			t.Errorf("%s: %v, want %q; sessions from %v, before from %v", c.name, err, c.code, after.SessionsFrom, before.SessionsFrom)
		}
	}
	u, err := s.User(ctx, sys, lito.User)
	if err != nil || u.Username != "LITO" || u.Email != "" || u.Password != "zz" || u.FirstName != "Lito" || u.LastName != "Cruz" || u.Profile.City != "Cebu" || u.Disabled || u.Admin {
		t.Errorf("%+v, %v", u, err)
	}
	// The old address is free, and the names lead to their account.
	if _, err := s.AddUser(ctx, sys, &mango.User{Username: "new", Email: "lito@farm.example"}); err != nil {
		t.Error(err)
	}
	if found, err := s.UserByName(ctx, sys, "lito"); err != nil || found.ID != lito.User {
		t.Errorf("%+v, %v", found, err)
	}
	// A generation is ahead of the last one, however the clock went.
	before, _ := s.ActiveUser(lito.User)
	m.Step(-time.Hour)
	if _, err := s.ChangeUser(ctx, sys, lito.User, mango.UserChange{Password: ptr("a")}); err != nil {
		t.Fatal(err)
	}
	if after, _ := s.ActiveUser(lito.User); after.SessionsFrom.Sub(before.SessionsFrom) != time.Microsecond {
		t.Errorf("sessions from %v, before from %v", after.SessionsFrom, before.SessionsFrom)
	}
}

// A session that ended stays ended until its last token is expired, and the
// hundred and first ends all.
func TestEndedSessions(t *testing.T) {
	m := clock.NewManual(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
	s := openStore(t, store.Config{Now: m.Now, Elapsed: m.Elapsed})
	lito, ana := grower(t, s, "lito"), grower(t, s, "ana")
	end := func(by mango.Actor, token string, until time.Duration) {
		t.Helper()
		if err := s.EndSession(ctx, by, token, m.Now().Add(until)); err != nil {
			t.Fatal(err)
		}
	}
	end(lito, "a", time.Hour)
	end(lito, "a", 2*time.Hour) // once more
	m.Pass(2*time.Hour - time.Microsecond)
	if !s.SessionEnded("a") || s.SessionEnded("b") {
		t.Error("an ended session counts again, or one that did not end has")
	}
	m.Pass(time.Microsecond)
	if s.SessionEnded("a") {
		t.Error("a session whose last token is expired is still looked for")
	}
	for i := range 99 {
		end(ana, fmt.Sprint("ana", i), time.Hour)
	}
	from := func(by mango.Actor) time.Time { u, _ := s.ActiveUser(by.User); return u.SessionsFrom }
	before := from(ana)
	end(ana, "ana99", time.Hour)
	if !from(ana).Equal(before) || !s.SessionEnded("ana0") || !s.SessionEnded("ana99") {
		t.Error("the hundredth logout ended more than its session")
	}
	m.Pass(time.Second)
	end(ana, "ana100", time.Hour)
	if !from(ana).After(before) || s.SessionEnded("ana0") || !from(lito).IsZero() {
		t.Errorf("the hundred and first: sessions from %v, before from %v, another's from %v", from(ana), before, from(lito))
	}
	end(ana, "ana101", time.Hour)
	if !s.SessionEnded("ana101") {
		t.Error("a logout after that")
	}
}

// Entries of the vocabulary are changed under their own id, keep what others
// depend on, and go with what hangs on them.
func TestChangesOfTheVocabulary(t *testing.T) {
	s := openStore(t, store.Config{})
	put := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	created := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	a, b := &mango.SymptomEntry{Key: "a", Part: mango.Leaf, CreatedAt: created}, &mango.SymptomEntry{Key: "b", Part: mango.Leaf}
	put(s.PutSymptom(ctx, mango.System, a))
	put(s.PutSymptom(ctx, mango.System, b))
	one, two := &mango.DiseaseEntry{Name: "One", Part: mango.Leaf}, &mango.DiseaseEntry{Name: "Two", Part: mango.Leaf}
	put(s.PutDisease(ctx, mango.System, one))
	put(s.PutDisease(ctx, mango.System, two))
	alias := &mango.Alias{Alias: "aa", Canonical: a.ID}
	put(s.PutAlias(ctx, mango.System, alias))
	link := &mango.DiseaseSymptom{Disease: one.ID, Symptom: b.ID, Label: "B", Order: 3}
	put(s.PutLink(ctx, mango.System, link))
	if alias.Key != "a" || link.DiseaseName != "One" || link.SymptomKey != "b" {
		t.Errorf("%+v, %+v", alias, link)
	}
	var fallback mango.DiseaseEntry
	for _, d := range s.Vocabulary().Diseases {
		if d.Name == mango.FallbackDisease && d.Part == mango.Leaf {
			fallback = d
		}
	}
	for _, c := range []struct {
		name string
		err  error
		code mango.Code
	}{
		{"a symptom, as it is", s.PutSymptom(ctx, mango.System, &mango.SymptomEntry{ID: a.ID, Key: "a", Part: mango.Leaf}), ""},
		{"its key on the other part", s.PutSymptom(ctx, mango.System, &mango.SymptomEntry{Key: "a", Part: mango.Fruit}), ""},
		{"another's key", s.PutSymptom(ctx, mango.System, &mango.SymptomEntry{ID: b.ID, Key: "a", Part: mango.Leaf}), mango.Conflict},
		{"no symptom", s.PutSymptom(ctx, mango.System, &mango.SymptomEntry{ID: 4711, Key: "c", Part: mango.Leaf}), mango.NotFound},
		{"no part", s.PutSymptom(ctx, mango.System, &mango.SymptomEntry{Key: "c"}), mango.Invalid},
		{"an alias, as it is", s.PutAlias(ctx, mango.System, &mango.Alias{ID: alias.ID, Alias: "aa", Canonical: b.ID}), ""},
		{"and back", s.PutAlias(ctx, mango.System, &mango.Alias{ID: alias.ID, Alias: "aa", Canonical: a.ID}), ""},
		{"an alias again", s.PutAlias(ctx, mango.System, &mango.Alias{Alias: "aa", Canonical: b.ID}), mango.Conflict},
		{"an alias of nothing", s.PutAlias(ctx, mango.System, &mango.Alias{Alias: "bb", Canonical: 4711}), mango.Invalid},
		{"no alias", s.PutAlias(ctx, mango.System, &mango.Alias{ID: 4711, Alias: "bb", Canonical: a.ID}), mango.NotFound},
		{"a disease, as it is", s.PutDisease(ctx, mango.System, &mango.DiseaseEntry{ID: one.ID, Name: "one", Part: mango.Leaf}), ""},
		{"on the other part", s.PutDisease(ctx, mango.System, &mango.DiseaseEntry{Name: "One", Part: mango.Fruit}), ""},
		{"another's name", s.PutDisease(ctx, mango.System, &mango.DiseaseEntry{ID: two.ID, Name: "ONE", Part: mango.Leaf}), mango.Conflict},
		{"no disease", s.PutDisease(ctx, mango.System, &mango.DiseaseEntry{ID: 4711, Name: "Three", Part: mango.Leaf}), mango.NotFound},
		{"a prompt, as it is", s.PutLink(ctx, mango.System, &mango.DiseaseSymptom{ID: link.ID, Disease: one.ID, Symptom: b.ID, Label: "B", Order: 3}), ""},
		{"its order for another", s.PutLink(ctx, mango.System, &mango.DiseaseSymptom{Disease: two.ID, Symptom: b.ID, Label: "B", Order: 3}), ""},
		{"its order again", s.PutLink(ctx, mango.System, &mango.DiseaseSymptom{Disease: one.ID, Symptom: a.ID, Label: "B", Order: 3}), mango.Conflict},
		{"a prompt for nothing", s.PutLink(ctx, mango.System, &mango.DiseaseSymptom{Disease: 4711, Symptom: a.ID, Label: "B", Order: 4}), mango.Invalid},
		{"a prompt of nothing", s.PutLink(ctx, mango.System, &mango.DiseaseSymptom{Disease: one.ID, Symptom: 4711, Label: "B", Order: 4}), mango.Invalid},
		{"no prompt", s.PutLink(ctx, mango.System, &mango.DiseaseSymptom{ID: 4711, Disease: one.ID, Symptom: a.ID, Label: "B", Order: 4}), mango.NotFound},
		{"the fallback, as it is", s.PutDisease(ctx, mango.System, &mango.DiseaseEntry{ID: fallback.ID, Name: fallback.Name, Part: mango.Leaf, Description: "x"}), ""},
		{"the fallback renamed", s.PutDisease(ctx, mango.System, &mango.DiseaseEntry{ID: fallback.ID, Name: "x", Part: mango.Leaf}), mango.Invalid},
		{"the fallback on the other part", s.PutDisease(ctx, mango.System, &mango.DiseaseEntry{ID: fallback.ID, Name: fallback.Name, Part: mango.Fruit}), mango.Invalid},
		{"the fallback deleted", s.DeleteDisease(ctx, mango.System, fallback.ID), mango.Invalid},
		{"no disease deleted", s.DeleteDisease(ctx, mango.System, 4711), mango.NotFound},
		{"no symptom deleted", s.DeleteSymptom(ctx, mango.System, 4711), mango.NotFound},
		{"no alias deleted", s.DeleteAlias(ctx, mango.System, 4711), mango.NotFound},
		{"no prompt deleted", s.DeleteLink(ctx, mango.System, 4711), mango.NotFound},
		{"a symptom that is asked for", s.DeleteSymptom(ctx, mango.System, b.ID), mango.Invalid},
	} {
		if codeOf(c.err) != c.code {
			t.Errorf("%s: %v, want %q", c.name, c.err, c.code)
		}
	}
	find := func() (symptom *mango.SymptomEntry, aliases, links int) {
		v := s.Vocabulary()
		for i := range v.Symptoms {
			if v.Symptoms[i].ID == a.ID {
				symptom = &v.Symptoms[i]
			}
		}
		for _, x := range v.Aliases {
			if x.Canonical == a.ID {
				aliases++
			}
		}
		for _, x := range v.Links {
			if x.Disease == one.ID || x.Disease == two.ID {
				links++
			}
		}
		return symptom, aliases, links
	}
	if symptom, aliases, links := find(); symptom == nil || !symptom.CreatedAt.Equal(created) || aliases != 1 || links != 2 {
		t.Errorf("%+v, %d aliases, %d prompts", symptom, aliases, links)
	}
	put(s.DeleteSymptom(ctx, mango.System, a.ID))
	put(s.DeleteDisease(ctx, mango.System, one.ID))
	if symptom, aliases, links := find(); symptom != nil || aliases != 0 || links != 1 {
		t.Errorf("deleted: %+v, %d aliases, %d prompts", symptom, aliases, links)
	}
}
