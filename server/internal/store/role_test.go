package store_test

import (
	"strings"
	"testing"
	"time"

	"mangosense/diseases"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// TestRoles walks every call that touches data with every kind of actor.
func TestRoles(t *testing.T) {
	s := openStore(t, store.Config{})
	user := func(name string, admin bool) uint64 {
		u := &mango.User{Username: name, Email: name + "@farm.example", Admin: admin, Password: "$argon2id$secret"}
		id, err := s.AddUser(ctx, mango.System, u)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	owner, other, off, boss := user("owner", false), user("other", false), user("off", false), user("boss", true)
	fallen := user("fallen", true)
	if _, err := s.ChangeUser(ctx, mango.System, off, mango.UserChange{Disabled: ptr(true)}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ChangeUser(ctx, mango.System, fallen, mango.UserChange{Admin: ptr(false)}); err != nil {
		t.Fatal(err)
	}
	r := realistic(1)
	r.User = owner
	if _, err := s.AddRecord(ctx, mango.System, r); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddConfirmation(ctx, mango.System, &mango.Confirmation{Record: r.ID, User: owner, Predicted: "Healthy"}); err != nil {
		t.Fatal(err)
	}
	actors := []struct {
		name string
		mango.Actor
	}{
		{"nobody", mango.Actor{}},
		{"gone", mango.Actor{User: 4711}},
		{"disabled", mango.Actor{User: off}},
		{"owner", mango.Actor{User: owner}},
		{"other", mango.Actor{User: other}},
		{"admin", mango.Actor{User: boss, Admin: true}},
		{"admin of old", mango.Actor{User: fallen, Admin: true}},
		{"system", mango.System},
	}
	const (
		ok = mango.Code("")
		un = mango.Unauthenticated
		no = mango.Forbidden
		nf = mango.NotFound
	)
	mine := mango.RecordFilter{User: &owner}
	for _, call := range []struct {
		name string
		do   func(mango.Actor) error
		want [8]mango.Code // in the order of actors
	}{
		{"Record", func(a mango.Actor) error { _, err := s.Record(ctx, a, r.ID); return err }, [8]mango.Code{un, un, un, ok, nf, ok, nf, ok}},
		{"PageRecords", func(a mango.Actor) error { _, err := s.PageRecords(ctx, a, mine, mango.Page{}); return err }, [8]mango.Code{un, un, un, ok, no, ok, no, ok}},
		{"EachRecord", func(a mango.Actor) error {
			return s.EachRecord(ctx, a, mine, func(*mango.Record) error { return nil })
		}, [8]mango.Code{un, un, un, ok, no, ok, no, ok}},
		{"ChangeRecords", func(a mango.Actor) error {
			_, err := s.ChangeRecords(ctx, a, []uint64{r.ID}, mango.RecordChange{Notes: ptr("seen")})
			return err
		}, [8]mango.Code{un, un, un, no, no, ok, no, ok}},
		{"DeleteRecords", func(a mango.Actor) error { return s.DeleteRecords(ctx, a, []uint64{r.ID, 4711}) }, [8]mango.Code{un, un, un, nf, nf, nf, nf, nf}},
		{"AddRecord for owner", func(a mango.Actor) error {
			n := realistic(2)
			n.User = owner
			_, err := s.AddRecord(ctx, a, n)
			return err
		}, [8]mango.Code{un, un, un, ok, no, no, no, ok}},
		{"MayPhoto", func(a mango.Actor) error { return s.MayPhoto(ctx, a, r.Media) }, [8]mango.Code{un, un, un, ok, no, ok, no, ok}},
		{"MayRule", func(a mango.Actor) error { return s.MayRule(a) }, [8]mango.Code{un, un, un, no, no, ok, no, ok}},
		{"ClassDays", func(a mango.Actor) error { _, err := s.ClassDays(ctx, a, 7); return err }, [8]mango.Code{un, un, un, no, no, ok, no, ok}},
		{"GateDays", func(a mango.Actor) error { _, err := s.GateDays(ctx, a, 7); return err }, [8]mango.Code{un, un, un, no, no, ok, no, ok}},
		{"AddGateCounts", func(a mango.Actor) error { return s.AddGateCounts(ctx, a, 1, 1) }, [8]mango.Code{un, un, un, no, no, ok, no, ok}},
		{"PutAdvice", func(a mango.Actor) error {
			return s.PutAdvice(ctx, a, mango.AdvicePlace{Language: "en", Disease: "Alternaria", Section: diseases.What}, []diseases.Statement{{Text: "A mould."}})
		}, [8]mango.Code{un, un, un, no, no, ok, no, ok}},
		{"RestoreAdvice", func(a mango.Actor) error {
			return s.RestoreAdvice(ctx, a, mango.AdvicePlace{Language: "en", Disease: "Alternaria", Section: diseases.What})
		}, [8]mango.Code{un, un, un, no, no, ok, no, ok}},
		{"Statistics", func(a mango.Actor) error { _, err := s.Statistics(ctx, a); return err }, [8]mango.Code{un, un, un, no, no, ok, no, ok}},
		{"Trend", func(a mango.Actor) error { _, err := s.Trend(ctx, a, 30); return err }, [8]mango.Code{un, un, un, no, no, ok, no, ok}},
		{"AddUser", func(a mango.Actor) error { _, err := s.AddUser(ctx, a, &mango.User{Username: "owner"}); return err }, [8]mango.Code{un, no, no, no, no, no, no, mango.Conflict}},
		{"User", func(a mango.Actor) error { _, err := s.User(ctx, a, owner); return err }, [8]mango.Code{un, un, un, ok, no, ok, no, ok}},
		{"UserByEmail", func(a mango.Actor) error { _, err := s.UserByEmail(ctx, a, "OWNER@farm.example "); return err }, [8]mango.Code{un, no, no, no, no, no, no, ok}},
		{"ChangeUser own name", func(a mango.Actor) error {
			_, err := s.ChangeUser(ctx, a, owner, mango.UserChange{FirstName: ptr("Lito")})
			return err
		}, [8]mango.Code{un, un, un, ok, no, no, no, ok}},
		{"ChangeUser make admin", func(a mango.Actor) error {
			_, err := s.ChangeUser(ctx, a, owner, mango.UserChange{Admin: ptr(false)})
			return err
		}, [8]mango.Code{un, un, un, no, no, no, no, ok}},
		{"ChangeUser enable", func(a mango.Actor) error {
			_, err := s.ChangeUser(ctx, a, other, mango.UserChange{Disabled: ptr(false)})
			return err
		}, [8]mango.Code{un, un, un, no, no, ok, no, ok}},
		{"DeleteUser", func(a mango.Actor) error { return s.DeleteUser(ctx, a, 4712) }, [8]mango.Code{un, un, un, no, no, no, no, nf}},
		{"PageUsers", func(a mango.Actor) error { _, err := s.PageUsers(ctx, a, mango.UserFilter{}, mango.Page{}); return err }, [8]mango.Code{un, un, un, no, no, ok, no, ok}},
		{"UserStatistics", func(a mango.Actor) error { _, err := s.UserStatistics(ctx, a); return err }, [8]mango.Code{un, un, un, no, no, ok, no, ok}},
		{"EndSession", func(a mango.Actor) error { return s.EndSession(ctx, a, "jti", time.Now().Add(time.Hour)) }, [8]mango.Code{un, un, un, ok, ok, ok, ok, ok}},
		{"AddConfirmation", func(a mango.Actor) error {
			_, err := s.AddConfirmation(ctx, a, &mango.Confirmation{Record: r.ID, Predicted: "Healthy"})
			return err
		}, [8]mango.Code{un, un, un, mango.Conflict, nf, nf, nf, mango.Conflict}},
		{"PageConfirmations", func(a mango.Actor) error {
			_, err := s.PageConfirmations(ctx, a, mango.ConfirmationFilter{}, mango.Page{})
			return err
		}, [8]mango.Code{un, un, un, no, no, ok, no, ok}},
		{"PageConfirmations own", func(a mango.Actor) error {
			_, err := s.PageConfirmations(ctx, a, mango.ConfirmationFilter{User: &owner}, mango.Page{})
			return err
		}, [8]mango.Code{un, un, un, ok, no, ok, no, ok}},
		{"EachConfirmation", func(a mango.Actor) error {
			return s.EachConfirmation(ctx, a, mango.ConfirmationFilter{}, func(*mango.Confirmation) error { return nil })
		}, [8]mango.Code{un, un, un, no, no, ok, no, ok}},
		{"ConfirmationStatistics", func(a mango.Actor) error { _, err := s.ConfirmationStatistics(ctx, a); return err }, [8]mango.Code{un, un, un, no, no, ok, no, ok}},
		{"AddNotification", func(a mango.Actor) error { _, err := s.AddNotification(ctx, a, &mango.Notification{}); return err }, [8]mango.Code{un, no, no, no, no, no, no, ok}},
		{"Notification", func(a mango.Actor) error { _, err := s.Notification(ctx, a, 1); return err }, [8]mango.Code{un, un, un, no, no, ok, no, ok}},
		{"PageNotifications", func(a mango.Actor) error { _, _, err := s.PageNotifications(ctx, a, mango.Page{}); return err }, [8]mango.Code{un, un, un, no, no, ok, no, ok}},
		{"MarkRead", func(a mango.Actor) error { return s.MarkRead(ctx, a, 1) }, [8]mango.Code{un, un, un, no, no, ok, no, ok}},
		{"MarkAllRead", func(a mango.Actor) error { _, err := s.MarkAllRead(ctx, a); return err }, [8]mango.Code{un, un, un, no, no, ok, no, ok}},
		{"DeleteNotifications", func(a mango.Actor) error { _, err := s.DeleteNotifications(ctx, a, []uint64{4711}); return err }, [8]mango.Code{un, un, un, no, no, nf, no, nf}},
		{"PutSymptom", func(a mango.Actor) error { return s.PutSymptom(ctx, a, &mango.SymptomEntry{}) }, [8]mango.Code{un, un, un, no, no, mango.Invalid, no, mango.Invalid}},
		{"PutAlias", func(a mango.Actor) error { return s.PutAlias(ctx, a, &mango.Alias{}) }, [8]mango.Code{un, un, un, no, no, mango.Invalid, no, mango.Invalid}},
		{"PutDisease", func(a mango.Actor) error { return s.PutDisease(ctx, a, &mango.DiseaseEntry{}) }, [8]mango.Code{un, un, un, no, no, mango.Invalid, no, mango.Invalid}},
		{"PutLink", func(a mango.Actor) error { return s.PutLink(ctx, a, &mango.DiseaseSymptom{}) }, [8]mango.Code{un, un, un, no, no, mango.Invalid, no, mango.Invalid}},
		{"DeleteSymptom", func(a mango.Actor) error { return s.DeleteSymptom(ctx, a, 1) }, [8]mango.Code{un, un, un, no, no, mango.Invalid, no, mango.Invalid}},
		{"DeleteAlias", func(a mango.Actor) error { return s.DeleteAlias(ctx, a, 4711) }, [8]mango.Code{un, un, un, no, no, nf, no, nf}},
		{"DeleteDisease", func(a mango.Actor) error { return s.DeleteDisease(ctx, a, 4711) }, [8]mango.Code{un, un, un, no, no, nf, no, nf}},
		{"DeleteLink", func(a mango.Actor) error { return s.DeleteLink(ctx, a, 4711) }, [8]mango.Code{un, un, un, no, no, nf, no, nf}},
		{"SetModel", func(a mango.Actor) error { return s.SetModel(ctx, a, "x", "") }, [8]mango.Code{un, un, un, no, no, mango.Invalid, no, mango.Invalid}},
	} {
		for i, a := range actors {
			got := mango.Code("")
			if err := call.do(a.Actor); err != nil {
				got = mango.CodeOf(err)
			}
			if got != call.want[i] {
				t.Errorf("%s by %s: %q, want %q", call.name, a.name, got, call.want[i])
			}
		}
	}
}

func TestStrangersSeeCoarsePlaces(t *testing.T) {
	s := openStore(t, store.Config{})
	boss := &mango.User{Username: "boss", Admin: true}
	if _, err := s.AddUser(ctx, mango.System, boss); err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		if _, err := s.AddRecord(ctx, mango.System, realistic(i)); err != nil {
			t.Fatal(err)
		}
	}
	for _, by := range []mango.Actor{{}, {User: boss.ID, Admin: true}} {
		places, err := s.Places(ctx, by, mango.PlaceFilter{Disease: "die_back"})
		if err != nil || len(places) != 4 {
			t.Fatalf("%d places, %v", len(places), err)
		}
		p := places[0]
		if p.Exact != by.Admin || (p.Record != 0) != by.Admin || strings.Contains(p.Address, "Purok") != by.Admin || (p.Longitude == 123.885) == by.Admin {
			t.Errorf("admin %v sees %+v", by.Admin, p)
		}
	}
}

func TestOnlySystemSeesPasswords(t *testing.T) {
	s := openStore(t, store.Config{})
	u := &mango.User{Username: "boss", Email: "b@farm.example", Admin: true, Password: "$argon2id$secret"}
	if _, err := s.AddUser(ctx, mango.System, u); err != nil {
		t.Fatal(err)
	}
	for _, by := range []mango.Actor{mango.System, {User: u.ID, Admin: true}} {
		got, err := s.User(ctx, by, u.ID)
		if err != nil || (got.Password != "") != by.System {
			t.Errorf("%+v sees %q, %v", by, got.Password, err)
		}
	}
	page, err := s.PageUsers(ctx, mango.Actor{User: u.ID, Admin: true}, mango.UserFilter{Search: "FARM.ex"}, mango.Page{})
	if err != nil || len(page.Users) != 1 || page.Users[0].Password != "" {
		t.Errorf("page: %+v, %v", page, err)
	}
}
