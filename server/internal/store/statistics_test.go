package store_test

import (
	"fmt"
	"testing"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// The numbers of the administrators' pages, at the edges of their times.
func TestStatisticsAtTheirEdges(t *testing.T) {
	now := time.Date(2027, 3, 31, 12, 0, 0, 0, time.UTC)
	s := openStore(t, store.Config{Now: func() time.Time { return now }})
	const ms = time.Millisecond
	ago := func(days int) time.Time { return now.AddDate(0, 0, -days) }
	for i, at := range []time.Time{
		ago(7), ago(7).Add(-ms), ago(30), ago(30).Add(-ms), now, now.Add(day - ms), now.Add(day), time.Unix(0, 0),
	} {
		r := &mango.Record{Kind: mango.Leaf, Disease: []string{"Healthy", "Anthracnose", "Unknown"}[i%3], CreatedAt: at}
		if _, err := s.AddRecord(ctx, mango.System, r); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Statistics(ctx, mango.System); err != nil || got.Week != 3 || got.Month != 5 || got.Notifications != 8 || got.Unread != 8 || got.Photos != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, c := range []struct{ asked, days int }{{-1, 1}, {0, 1}, {1, 1}, {8, 8}, {3660, 3660}, {3661, 3660}} {
		got, err := s.Trend(ctx, mango.System, c.asked)
		if err != nil || len(got) != c.days || !got[len(got)-1].Day.Equal(now.Truncate(day)) || !got[0].Day.Equal(now.Truncate(day).AddDate(0, 0, 1-c.days)) {
			t.Errorf("%d days: %d, %v", c.asked, len(got), err)
		}
	}
	// Records 0 and 1 lie on the day a week ago: healthy and diseased.
	week, err := s.Trend(ctx, mango.System, 8)
	if err != nil || fmt.Sprint(week[0]) != fmt.Sprint(mango.DayCount{Day: week[0].Day, Total: 2, Healthy: 1}) ||
		fmt.Sprint(week[7]) != fmt.Sprint(mango.DayCount{Day: week[7].Day, Total: 1}) {
		t.Errorf("%+v, %v", week, err)
	}
	month, err := s.Trend(ctx, mango.System, 31)
	if err != nil || month[0].Total != 2 || month[0].Unknown != 1 || month[0].Healthy != 1 {
		t.Errorf("%+v, %v", month[0], err)
	}
}

func TestAccountsAreCountedAndFound(t *testing.T) {
	now := time.Date(2027, 3, 31, 12, 0, 0, 0, time.UTC)
	s := openStore(t, store.Config{Now: func() time.Time { return now }})
	month := now.AddDate(0, 0, -30)
	for i, c := range []struct {
		name    string
		joined  time.Time
		records int
		change  mango.UserChange
	}{
		{"ana", month, 2, mango.UserChange{}},
		{"ben", month.Add(-time.Microsecond), 1, mango.UserChange{Admin: ptr(true)}},
		{"che", now.Add(day - time.Microsecond), 2, mango.UserChange{Disabled: ptr(true)}},
		{"dan", now.Add(day), 3, mango.UserChange{Profile: &mango.Profile{City: "Cebu"}}},
		{"eva", now, 1, mango.UserChange{}},
		{"fé", now, 1, mango.UserChange{FirstName: ptr("José")}},
		{"gil", now, 0, mango.UserChange{}},
	} {
		u := &mango.User{Username: c.name, Email: fmt.Sprintf("%d@farm.example", i), JoinedAt: c.joined}
		if _, err := s.AddUser(ctx, mango.System, u); err != nil {
			t.Fatal(err)
		}
		for range c.records {
			if _, err := s.AddRecord(ctx, mango.System, &mango.Record{Kind: mango.Leaf, Disease: "Healthy", User: u.ID, Verified: i == 0}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.ChangeUser(ctx, mango.System, u.ID, c.change); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.AddRecord(ctx, mango.System, &mango.Record{Kind: mango.Leaf, Disease: "Healthy"}); err != nil {
		t.Fatal(err)
	}
	got, err := s.UserStatistics(ctx, mango.System)
	if err != nil || got.Total != 7 || got.Active != 6 || got.Disabled != 1 || got.WithProfile != 1 || got.Recent != 5 || got.Images != 11 {
		t.Errorf("%+v, %v", got, err)
	}
	top := ""
	for _, r := range got.Top {
		top += fmt.Sprint(r.Username, " ", r.Images, " ", r.Verified, ", ")
	}
	if top != "dan 3 0, ana 2 2, che 2 0, ben 1 0, eva 1 0, " {
		t.Errorf("the five with most: %s", top)
	}
	for name, c := range map[string]struct {
		f    mango.UserFilter
		p    mango.Page
		want string
		of   int
	}{
		"all":               {mango.UserFilter{}, mango.Page{}, "dan che gil fé eva ana ben", 7},
		"a page":            {mango.UserFilter{}, mango.Page{Number: 2, Size: 2}, "gil fé", 7},
		"the last page":     {mango.UserFilter{}, mango.Page{Number: 4, Size: 2}, "ben", 7},
		"a page beyond":     {mango.UserFilter{}, mango.Page{Number: 5, Size: 2}, "", 7},
		"active":            {mango.UserFilter{Active: ptr(true)}, mango.Page{Size: 2}, "dan gil", 6},
		"disabled":          {mango.UserFilter{Active: ptr(false)}, mango.Page{}, "che", 1},
		"administrators":    {mango.UserFilter{Admin: ptr(true)}, mango.Page{}, "ben", 1},
		"no administrators": {mango.UserFilter{Admin: ptr(false)}, mango.Page{Size: 1}, "dan", 6},
		"by name":           {mango.UserFilter{Search: "jose"}, mango.Page{}, "fé", 1},
		"by part of it":     {mango.UserFilter{Search: "E"}, mango.Page{Size: 1}, "dan", 7}, // every address has one
		"by address":        {mango.UserFilter{Search: "3@farm"}, mango.Page{}, "dan", 1},
		"nobody":            {mango.UserFilter{Search: "zed"}, mango.Page{}, "", 0},
	} {
		page, err := s.PageUsers(ctx, mango.System, c.f, c.p)
		names := ""
		for i, u := range page.Users {
			if i > 0 {
				names += " "
			}
			names += u.Username
		}
		if err != nil || names != c.want || page.Total != c.of {
			t.Errorf("%s: %q of %d, want %q of %d, %v", name, names, page.Total, c.want, c.of, err)
		}
	}
}
