package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// A second import of the same dump adds nothing, and old records take their
// place in time.
func TestImportMakesNoDoubles(t *testing.T) {
	s := openStore(t, store.Config{})
	if _, err := s.AddRecord(ctx, mango.System, realistic(1)); err != nil {
		t.Fatal(err)
	}
	var first [4]uint64
	for round := range 2 {
		u := &mango.User{Username: "lito", Email: "lito@farm.example", Origin: "django:7"}
		if _, err := s.AddUser(ctx, mango.System, u); err != nil {
			t.Fatal(err)
		}
		r := realistic(2)
		r.User, r.Origin, r.CreatedAt = u.ID, "django:41", time.Date(2025, 8, 1, 0, 0, 0, 0, time.UTC)
		if _, err := s.AddRecord(ctx, mango.System, r); err != nil {
			t.Fatal(err)
		}
		c := &mango.Confirmation{Record: r.ID, User: u.ID, Origin: "django:3", Predicted: "Healthy"}
		if _, err := s.AddConfirmation(ctx, mango.System, c); err != nil {
			t.Fatal(err)
		}
		n := &mango.Notification{Record: r.ID, User: u.ID, Read: true, Title: "New Leaf Image Upload", Origin: "django:12"}
		if _, err := s.AddNotification(ctx, mango.System, n); err != nil {
			t.Fatal(err)
		}
		ids := [4]uint64{u.ID, r.ID, c.ID, n.ID}
		if round == 1 && ids != first {
			t.Errorf("second round: %v, first %v", ids, first)
		}
		first = ids
	}
	page, err := s.PageRecords(ctx, mango.System, mango.RecordFilter{}, mango.Page{})
	if err != nil || page.Total != 2 || page.Records[1].Origin != "django:41" {
		t.Errorf("%d records, %v", page.Total, err)
	}
	bells, _, err := s.PageNotifications(ctx, mango.System, mango.Page{})
	if err != nil || bells.Total != 2 || bells.Unread != 1 {
		t.Errorf("%d notifications, %d unread, %v", bells.Total, bells.Unread, err)
	}
}

func TestSessionsAndSettingsOutliveARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.FileName)
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	cfg := store.Config{Log: quiet(), Now: func() time.Time { return now }}
	s, err := store.Open(path, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.EndSession(ctx, mango.System, "jti", now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.SetModel(ctx, mango.System, mango.Leaf, "leaf-2.tflite"); err != nil {
		t.Fatal(err)
	}
	u := &mango.User{Username: "lito", Email: "Lito@Farm.example ", Password: "one"}
	if _, err := s.AddUser(ctx, mango.System, u); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ChangeUser(ctx, mango.System, u.ID, mango.UserChange{Password: ptr("two"), Disabled: ptr(true)}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = store.Open(path, cfg); err != nil {
		t.Fatal(err)
	}
	defer closeAndCheck(t, s, path)
	if !s.SessionEnded("jti") || s.SessionEnded("other") {
		t.Error("ended sessions are forgotten")
	}
	now = now.Add(2 * time.Hour)
	if s.SessionEnded("jti") {
		t.Error("an expired token needs no mark")
	}
	if s.Settings().Models[mango.Leaf] != "leaf-2.tflite" {
		t.Errorf("settings: %v", s.Settings())
	}
	got, err := s.UserByEmail(ctx, mango.System, "LITO@farm.example")
	if err != nil || got.Password != "two" || !got.SessionsFrom.Equal(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v, %v", got, err)
	}
	if a, err := s.ActiveUser(u.ID); err != nil || !a.Disabled || a.SessionsFrom.IsZero() {
		t.Errorf("%+v, %v", a, err)
	}
}
