package store_test

import (
	"testing"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// Notifications in pages, read one by one or all at once, deleted alone or with
// their records: what is unread is counted in every state.
func TestNotifications(t *testing.T) {
	s := openStore(t, store.Config{})
	lito := grower(t, s, "lito")
	for i := range 41 {
		r := &mango.Record{Kind: mango.Leaf, Disease: "Healthy", User: lito.User, CreatedAt: time.Unix(1_800_000_000+int64(i), 0)}
		if _, err := s.AddRecord(ctx, mango.System, r); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ number, size, shown, clamped int }{
		{1, 20, 20, 1}, {2, 20, 20, 2}, {3, 20, 1, 3}, {4, 20, 1, 3}, {1000, 20, 1, 3}, {1, 41, 41, 1}, {2, 41, 41, 1}, {2, 40, 1, 2}, {0, 0, 20, 1},
	} {
		page, at, err := s.PageNotifications(ctx, mango.System, mango.Page{Number: c.number, Size: c.size})
		if err != nil || page.Total != 41 || page.Unread != 41 || len(page.Notifications) != c.shown || at.Number != c.clamped {
			t.Errorf("page %d of %d: %d of %d, %d unread, page %d, %v", c.number, c.size, len(page.Notifications), page.Total, page.Unread, at.Number, err)
			continue
		}
		if first := page.Notifications[0]; first.Record != uint64(41-(at.Number-1)*at.Size) || first.Subject == nil || first.Subject.ID != first.Record ||
			first.Sender == nil || first.Sender.ID != lito.User || first.Sender.Password != "" || first.Read {
			t.Errorf("page %d of %d begins with %+v", c.number, c.size, first)
		}
	}
	state := func(what string, total, unread int) {
		t.Helper()
		page, _, err := s.PageNotifications(ctx, mango.System, mango.Page{Size: 100})
		shown := 0
		for _, n := range page.Notifications {
			if !n.Read {
				shown++
			}
			if one, err := s.Notification(ctx, mango.System, n.ID); err != nil || one.Read != n.Read {
				t.Errorf("%s: notification %d by itself: %+v, %v", what, n.ID, one, err)
			}
		}
		if err != nil || page.Total != total || page.Unread != unread || shown != unread {
			t.Errorf("%s: %d, %d unread, %d shown so, %v; want %d and %d", what, page.Total, page.Unread, shown, err, total, unread)
		}
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	do(s.MarkRead(ctx, mango.System, 5))
	do(s.MarkRead(ctx, mango.System, 5))
	state("one is read, twice", 41, 40)
	if n, err := s.MarkAllRead(ctx, mango.System); n != 40 || err != nil {
		t.Errorf("all read: %d, %v", n, err)
	}
	state("all are read", 41, 0)
	if n, err := s.MarkAllRead(ctx, mango.System); n != 0 || err != nil {
		t.Errorf("all read again: %d, %v", n, err)
	}
	do(s.MarkRead(ctx, mango.System, 41))
	for _, origin := range []string{"django:1", "django:1"} { // the second is the first
		n := &mango.Notification{Record: 99, Title: "Imported", Origin: origin}
		if id, err := s.AddNotification(ctx, mango.System, n); err != nil || id != 42 || n.ID != 42 {
			t.Errorf("imported: %d, %v", id, err)
		}
	}
	if _, err := s.AddNotification(ctx, mango.System, &mango.Notification{Read: true, Title: "Old"}); err != nil {
		t.Fatal(err)
	}
	state("one more, and one that was read elsewhere", 43, 1)
	if n, err := s.Notification(ctx, mango.System, 42); err != nil || n.Record != 0 || n.Subject != nil || n.Sender != nil {
		t.Errorf("of a record that is not there: %+v, %v", n, err)
	}
	of := &mango.Notification{Record: 10}
	_, err := s.AddNotification(ctx, mango.System, of)
	do(err)
	if n, err := s.Notification(ctx, mango.System, of.ID); err != nil || n.Record != 10 || n.Subject == nil {
		t.Errorf("of a record that is there: %+v, %v", n, err)
	}
	_, err = s.DeleteNotifications(ctx, mango.System, []uint64{of.ID})
	do(err)
	do(s.DeleteRecords(ctx, mango.System, []uint64{1, 2}))
	state("two records are gone", 41, 1)
	rows, err := s.DeleteNotifications(ctx, mango.System, []uint64{42, 42, 3, 999})
	if err != nil || len(rows) != 2 || rows[0].ID != 42 || rows[1].ID != 3 {
		t.Errorf("deleted: %+v, %v", rows, err)
	}
	state("two are deleted", 39, 0)
	if _, err := s.AddNotification(ctx, mango.System, &mango.Notification{Origin: "django:1"}); err != nil {
		t.Fatal(err)
	}
	state("the import brings it again", 40, 1)
	for what, err := range map[string]error{
		"reading one": func() error { _, err := s.Notification(ctx, mango.System, 42); return err }(), "marking one": s.MarkRead(ctx, mango.System, 42),
		"deleting one": func() error { _, err := s.DeleteNotifications(ctx, mango.System, []uint64{42}); return err }(),
	} {
		if mango.CodeOf(err) != mango.NotFound {
			t.Errorf("%s that is gone: %v", what, err)
		}
	}
	do(s.DeleteUser(ctx, mango.System, lito.User))
	state("the sender is gone, with all records", 2, 1)
	for what, err := range map[string]error{
		"reading":  func() error { _, err := s.Notification(ctx, lito, 43); return err }(),
		"pages":    func() error { _, _, err := s.PageNotifications(ctx, lito, mango.Page{}); return err }(),
		"marking":  s.MarkRead(ctx, lito, 43),
		"all read": func() error { _, err := s.MarkAllRead(ctx, lito); return err }(),
		"deleting": func() error { _, err := s.DeleteNotifications(ctx, lito, []uint64{43}); return err }(),
		"adding":   func() error { _, err := s.AddNotification(ctx, lito, &mango.Notification{}); return err }(),
	} {
		if err == nil {
			t.Errorf("%s by a grower who is gone", what)
		}
	}
	empty := openStore(t, store.Config{})
	if page, at, err := empty.PageNotifications(ctx, mango.System, mango.Page{Number: 7}); err != nil || at.Number != 1 || page.Total != 0 {
		t.Errorf("none: %+v, %+v, %v", page, at, err)
	}
}
