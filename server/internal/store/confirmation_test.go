package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// Confirmations by every filter, at its bounds, in pages, one by one and counted.
func TestConfirmationsAreFound(t *testing.T) {
	s := openStore(t, store.Config{})
	lito, ana := grower(t, s, "lito"), grower(t, s, "ana")
	day := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	var records []uint64
	add := func(by mango.Actor, at time.Time, correct *bool, predicted string, place *mango.Location) {
		t.Helper()
		r := &mango.Record{Kind: mango.Leaf, Disease: predicted, User: by.User}
		if _, err := s.AddRecord(ctx, mango.System, r); err != nil {
			t.Fatal(err)
		}
		records = append(records, r.ID)
		if _, err := s.AddConfirmation(ctx, mango.System, &mango.Confirmation{Record: r.ID, User: by.User, At: at, Correct: correct, Predicted: predicted,
			ConsentGiven: place != nil, Location: place}); err != nil {
			t.Fatal(err)
		}
	}
	add(lito, day, ptr(true), "Anthracnose", &mango.Location{Latitude: 10})
	add(lito, day.Add(time.Hour), ptr(false), "Healthy", nil)
	add(ana, day.Add(2*time.Hour), nil, "Anthracnose", nil)
	add(mango.Actor{}, day.Add(3*time.Hour), ptr(true), "Healthy", nil)
	for name, c := range map[string]struct {
		f                   mango.ConfirmationFilter
		found               []uint64 // of the records above, newest first
		confirmed, rejected int
	}{
		"all":                     {mango.ConfirmationFilter{}, []uint64{4, 3, 2, 1}, 2, 1},
		"confirmed":               {mango.ConfirmationFilter{Correct: ptr(true)}, []uint64{4, 1}, 2, 0},
		"rejected":                {mango.ConfirmationFilter{Correct: ptr(false)}, []uint64{2}, 0, 1},
		"of a user":               {mango.ConfirmationFilter{User: &lito.User}, []uint64{2, 1}, 1, 1},
		"of nobody":               {mango.ConfirmationFilter{User: ptr(uint64(0))}, []uint64{4}, 1, 0},
		"of a disease":            {mango.ConfirmationFilter{Disease: "anthracnose"}, []uint64{3, 1}, 1, 0},
		"of a user and a disease": {mango.ConfirmationFilter{User: &ana.User, Disease: "Anthracnose"}, []uint64{3}, 0, 0},
		"since":                   {mango.ConfirmationFilter{Since: day.Add(2 * time.Hour)}, []uint64{4, 3}, 1, 0},
		"until":                   {mango.ConfirmationFilter{Until: day.Add(2 * time.Hour)}, []uint64{2, 1}, 1, 1},
		"since and until":         {mango.ConfirmationFilter{Since: day.Add(time.Hour), Until: day.Add(2 * time.Hour)}, []uint64{2}, 0, 1},
		"of a record":             {mango.ConfirmationFilter{Record: 2}, []uint64{2}, 0, 1},
		"of no record":            {mango.ConfirmationFilter{Record: 99}, nil, 0, 0},
		"of a record, since":      {mango.ConfirmationFilter{Record: 2, Since: day.Add(time.Hour)}, []uint64{2}, 0, 1},
		"of a record, later":      {mango.ConfirmationFilter{Record: 2, Since: day.Add(time.Hour + time.Millisecond)}, nil, 0, 0},
		"of a record, until":      {mango.ConfirmationFilter{Record: 2, Until: day.Add(time.Hour)}, nil, 0, 0},
		"of a record, a user":     {mango.ConfirmationFilter{Record: 2, User: &lito.User}, []uint64{2}, 0, 1},
		"of a record, another":    {mango.ConfirmationFilter{Record: 2, User: &ana.User}, nil, 0, 0},
		"of a record, confirmed":  {mango.ConfirmationFilter{Record: 2, Correct: ptr(true)}, nil, 0, 0},
		"of a record, rejected":   {mango.ConfirmationFilter{Record: 2, Correct: ptr(false)}, []uint64{2}, 0, 1},
		"of a record, a disease":  {mango.ConfirmationFilter{Record: 2, Disease: "Anthracnose"}, nil, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			page, err := s.PageConfirmations(ctx, mango.System, c.f, mango.Page{Size: 3})
			if err != nil {
				t.Fatal(err)
			}
			var got []uint64
			for _, one := range page.Confirmations {
				got = append(got, one.Record)
			}
			if want := c.found[:min(len(c.found), 3)]; fmt.Sprint(got) != fmt.Sprint(want) || page.Total != len(c.found) || page.Confirmed != c.confirmed || page.Rejected != c.rejected {
				t.Errorf("%v of %d, %d confirmed, %d rejected; want %+v", got, page.Total, page.Confirmed, page.Rejected, c)
			}
			second, err := s.PageConfirmations(ctx, mango.System, c.f, mango.Page{Number: 2, Size: 3})
			if err != nil || len(second.Confirmations) != max(len(c.found)-3, 0) || second.Total != len(c.found) {
				t.Errorf("the second page: %+v, %v", second, err)
			}
			got = nil
			if err := s.EachConfirmation(ctx, mango.System, mango.ConfirmationFilter{Correct: c.f.Correct, User: c.f.User, Disease: c.f.Disease, Record: c.f.Record, Since: c.f.Since, Until: c.f.Until},
				func(one *mango.Confirmation) error { got = append(got, one.Record); return nil }); err != nil || fmt.Sprint(got) != fmt.Sprint(c.found) {
				t.Errorf("one by one: %v, want %v, %v", got, c.found, err)
			}
		})
	}
	counts := func(want mango.ConfirmationStatistics) {
		t.Helper()
		if got, err := s.ConfirmationStatistics(ctx, mango.System); err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Errorf("%+v, want %+v, %v", got, want, err)
		}
	}
	counts(mango.ConfirmationStatistics{Total: 4, Confirmed: 2, Rejected: 1, Users: 2, Anonymous: 1, WithLocation: 1, Consented: 1,
		Diseases: []mango.ConfirmationCount{{Disease: "Anthracnose", Total: 2, Confirmed: 1}, {Disease: "Healthy", Total: 2, Confirmed: 1, Rejected: 1}}})
	if err := s.DeleteRecords(ctx, mango.System, []uint64{records[1]}); err != nil {
		t.Fatal(err)
	}
	counts(mango.ConfirmationStatistics{Total: 3, Confirmed: 2, Users: 2, Anonymous: 1, WithLocation: 1, Consented: 1,
		Diseases: []mango.ConfirmationCount{{Disease: "Anthracnose", Total: 2, Confirmed: 1}, {Disease: "Healthy", Total: 1, Confirmed: 1}}})
	if err := s.DeleteRecords(ctx, mango.System, []uint64{records[0], records[3]}); err != nil {
		t.Fatal(err)
	}
	counts(mango.ConfirmationStatistics{Total: 1, Users: 1, Diseases: []mango.ConfirmationCount{{Disease: "Anthracnose", Total: 1}}})
}

// Who may confirm what, and look at it.
func TestConfirmationsBelongToSomebody(t *testing.T) {
	s := openStore(t, store.Config{})
	boss := ruler(administrators(t, s, "boss")[0])
	lito, ana := grower(t, s, "lito"), grower(t, s, "ana")
	mine := &mango.Record{Kind: mango.Leaf, Disease: "Healthy", User: lito.User}
	if _, err := s.AddRecord(ctx, lito, mine); err != nil {
		t.Fatal(err)
	}
	confirm := func(by mango.Actor, record uint64) error {
		_, err := s.AddConfirmation(ctx, by, &mango.Confirmation{Record: record, User: 77, Origin: "x", Predicted: "Healthy"})
		return err
	}
	page := func(by mango.Actor, f mango.ConfirmationFilter) error {
		_, err := s.PageConfirmations(ctx, by, f, mango.Page{})
		each := s.EachConfirmation(ctx, by, f, func(*mango.Confirmation) error { return nil })
		if codeOf(each) != codeOf(err) {
			t.Errorf("one by one %v, in pages %v", each, err)
		}
		return err
	}
	for _, c := range []struct {
		name string
		err  error
		code mango.Code
	}{
		{"another's record", confirm(ana, mine.ID), mango.NotFound},
		{"no record", confirm(lito, 99), mango.NotFound},
		{"the own one", confirm(lito, mine.ID), ""},
		{"again", confirm(lito, mine.ID), mango.Conflict},
		{"nobody knows who", confirm(mango.Actor{User: 1234}, mine.ID), mango.Unauthenticated},
		{"all, by an administrator", page(boss, mango.ConfirmationFilter{}), ""},
		{"all, by a grower", page(lito, mango.ConfirmationFilter{}), mango.Forbidden},
		{"the own ones", page(lito, mango.ConfirmationFilter{User: &lito.User}), ""},
		{"another's", page(ana, mango.ConfirmationFilter{User: &lito.User}), mango.Forbidden},
		{"nobody's, by nobody", page(mango.Actor{}, mango.ConfirmationFilter{User: ptr(uint64(0))}), codeOf(page(mango.Actor{}, mango.ConfirmationFilter{}))},
	} {
		if codeOf(c.err) != c.code {
			t.Errorf("%s: %v, want %q", c.name, c.err, c.code)
		}
	}
	got, err := s.PageConfirmations(ctx, boss, mango.ConfirmationFilter{}, mango.Page{})
	if err != nil || got.Total != 1 || got.Confirmations[0].User != lito.User || got.Confirmations[0].Origin != "" {
		t.Errorf("stored for whoever was named: %+v, %v", got, err)
	}
	end := errors.New("enough")
	if err := s.EachConfirmation(ctx, boss, mango.ConfirmationFilter{}, func(*mango.Confirmation) error { return end }); err != end {
		t.Errorf("what do said: %v", err)
	}
}

// More than one transaction's worth is visited, each once.
func TestEachVisitsEverythingOnce(t *testing.T) {
	s := openStore(t, store.Config{})
	const n = 401 // twice a portion and one
	records := make([]*mango.Record, n)
	for i := range records {
		records[i] = &mango.Record{Kind: mango.Leaf, Disease: "Healthy", CreatedAt: time.Unix(1_800_000_000+int64(i/3), 0)}
	}
	if _, _, err := s.AddRecords(ctx, mango.System, records, nil); err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if _, err := s.AddConfirmation(ctx, mango.System, &mango.Confirmation{Record: r.ID, At: r.CreatedAt}); err != nil {
			t.Fatal(err)
		}
	}
	last, seen := uint64(n+1), 0
	if err := s.EachRecord(ctx, mango.System, mango.RecordFilter{}, func(r *mango.Record) error {
		if seen++; r.ID != last-1 {
			return fmt.Errorf("record %d after %d", r.ID, last)
		}
		last = r.ID
		return nil
	}); err != nil || seen != n {
		t.Errorf("%d records, %v", seen, err)
	}
	last, seen = n+1, 0
	if err := s.EachConfirmation(ctx, mango.System, mango.ConfirmationFilter{Until: records[200].CreatedAt.Add(time.Millisecond)}, func(c *mango.Confirmation) error {
		if seen++; c.Record >= last {
			return fmt.Errorf("confirmation of %d after %d", c.Record, last)
		}
		last = c.Record
		return nil
	}); err != nil || seen != 201 {
		t.Errorf("%d confirmations, %v", seen, err)
	}
}
