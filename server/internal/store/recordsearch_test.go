package store_test

import (
	"fmt"
	"testing"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// Every filter of records, by the lists and, beside a search for a file name, by
// the records themselves: both find the same.
func TestRecordsAreFound(t *testing.T) {
	s := openStore(t, store.Config{})
	boss := ruler(administrators(t, s, "boss")[0])
	lito := grower(t, s, "lito")
	at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, c := range []struct {
		by            mango.Actor
		kind          mango.Kind
		disease, name string
		verified      bool
		ready         bool
	}{
		{lito, mango.Leaf, "Anthracnose", "Orchard A.jpg", false, false},
		{lito, mango.Fruit, "Healthy", "orchard b.JPG", true, false},
		{boss, mango.Leaf, "Powdery Mildew", "orchard é.png", false, true},
		{mango.Actor{}, mango.Leaf, "Unknown", "orchard\x00.png", false, false},
		{mango.Actor{}, mango.Leaf, "Anthracnose", "image.jpg", false, false}, // says nothing
		{mango.Actor{}, mango.Fruit, "Anthracnose", "the orchard", true, true},
	} {
		r := &mango.Record{Kind: c.kind, Disease: c.disease, OriginalName: c.name, User: c.by.User, Verified: c.verified, TrainingReady: c.ready,
			CreatedAt: at.Add(time.Duration(i) * time.Hour)}
		by := c.by
		if by.User == 0 {
			by = mango.System
		}
		if _, err := s.AddRecord(ctx, by, r); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		f     mango.RecordFilter
		found []uint64 // newest first
	}{
		"all":                {mango.RecordFilter{}, []uint64{6, 5, 4, 3, 2, 1}},
		"of a user":          {mango.RecordFilter{User: &lito.User}, []uint64{2, 1}},
		"of nobody":          {mango.RecordFilter{User: ptr(uint64(0))}, []uint64{6, 5, 4}},
		"leaves":             {mango.RecordFilter{Kind: mango.Leaf}, []uint64{5, 4, 3, 1}},
		"fruits":             {mango.RecordFilter{Kind: mango.Fruit}, []uint64{6, 2}},
		"a class":            {mango.RecordFilter{Disease: "anthracnose"}, []uint64{6, 5, 1}},
		"part of a class":    {mango.RecordFilter{Contains: "MILD"}, []uint64{3}},
		"both of a class":    {mango.RecordFilter{Disease: "Healthy", Contains: "mild"}, nil},
		"verified":           {mango.RecordFilter{Verified: ptr(true)}, []uint64{6, 2}},
		"not verified":       {mango.RecordFilter{Verified: ptr(false)}, []uint64{5, 4, 3, 1}},
		"ready":              {mango.RecordFilter{Ready: ptr(true)}, []uint64{6, 3}},
		"not ready":          {mango.RecordFilter{Ready: ptr(false)}, []uint64{5, 4, 2, 1}},
		"of growers":         {mango.RecordFilter{Scope: mango.ByUsers}, []uint64{2, 1}},
		"of administrators":  {mango.RecordFilter{Scope: mango.ByAdmins}, []uint64{3}},
		"without an account": {mango.RecordFilter{Scope: mango.Anonymous}, []uint64{6, 5, 4}},
		"of everyone":        {mango.RecordFilter{Scope: mango.ByEveryone}, []uint64{6, 5, 4, 3, 2, 1}},
		"since":              {mango.RecordFilter{Since: at.Add(3 * time.Hour)}, []uint64{6, 5, 4}},
		"until":              {mango.RecordFilter{Until: at.Add(3 * time.Hour)}, []uint64{3, 2, 1}},
		"between":            {mango.RecordFilter{Since: at.Add(time.Hour), Until: at.Add(2 * time.Hour)}, []uint64{2}},
		"several":            {mango.RecordFilter{Kind: mango.Leaf, Ready: ptr(false), Until: at.Add(4 * time.Hour)}, []uint64{4, 1}},
	} {
		for _, search := range []string{"", "orchard", "ORCHARD"} {
			f, want := c.f, []uint64{}
			f.Search = search
			for _, id := range c.found {
				if id != 5 || search == "" {
					want = append(want, id)
				}
			}
			for number := range 3 {
				page, err := s.PageRecords(ctx, mango.System, f, mango.Page{Number: number + 1, Size: 2})
				got := []uint64{}
				for i := range page.Records {
					got = append(got, page.Records[i].ID)
				}
				part := want[min(2*number, len(want)):min(2*number+2, len(want))]
				if err != nil || page.Total != len(want) || fmt.Sprint(got) != fmt.Sprint(part) {
					t.Errorf("%s, search %q, page %d: %v of %d, want %v of %d, %v", name, search, number+1, got, page.Total, part, len(want), err)
				}
			}
		}
	}
	for search, want := range map[string]string{
		"4": "[4]", " image_4.JPG ": "[4]", "image_99": "[]", "x4": "[]", "anthrac": "[6 5 1]", "ANTHRÁCNOSE": "[6 5 1]", "the o": "[6]", "a.jpg": "[1]", "orchard e": "[3]", "é.p": "[3]", "zzz": "[]", "image.jpg": "[]",
	} {
		page, err := s.PageRecords(ctx, mango.System, mango.RecordFilter{Search: search}, mango.Page{})
		got := []uint64{}
		for i := range page.Records {
			got = append(got, page.Records[i].ID)
		}
		if err != nil || fmt.Sprint(got) != want {
			t.Errorf("search %q: %v, want %s, %v", search, got, want, err)
		}
	}
	first, err := s.PageRecords(ctx, mango.System, mango.RecordFilter{UnknownFirst: true}, mango.Page{Size: 3})
	if err != nil || first.Total != 6 || first.Records[0].ID != 4 || first.Records[1].ID != 6 || first.Records[2].ID != 5 {
		t.Errorf("what has no class first: %+v, %v", first, err)
	}
	for name, c := range map[string]struct {
		by    mango.Actor
		f     mango.RecordFilter
		total int
		code  mango.Code
	}{
		"a grower sees the own":      {lito, mango.RecordFilter{}, 2, ""},
		"and names them":             {lito, mango.RecordFilter{User: &lito.User}, 2, ""},
		"not another's":              {lito, mango.RecordFilter{User: &boss.User}, 0, mango.Forbidden},
		"not those without":          {lito, mango.RecordFilter{User: ptr(uint64(0))}, 0, mango.Forbidden},
		"an administrator sees all":  {boss, mango.RecordFilter{}, 6, ""},
		"one who is gone is unknown": {mango.Actor{User: 99}, mango.RecordFilter{}, 0, mango.Unauthenticated},
	} {
		page, err := s.PageRecords(ctx, c.by, c.f, mango.Page{})
		if codeOf(err) != c.code || page.Total != c.total {
			t.Errorf("%s: %d, %v", name, page.Total, err)
		}
	}
}

// Of many names that contain a text, the newest 1,000 are found.
func TestSearchFindsTheNewestThousand(t *testing.T) {
	s := openStore(t, store.Config{})
	records := make([]*mango.Record, 1003)
	for i := range records {
		records[i] = &mango.Record{Kind: mango.Leaf, Disease: "Healthy", OriginalName: fmt.Sprintf("IMG_%04d.jpg", len(records)-i), CreatedAt: time.Unix(1_800_000_000+int64(i), 0)}
	}
	if _, _, err := s.AddRecords(ctx, mango.System, records, nil); err != nil {
		t.Fatal(err)
	}
	for search, want := range map[string]int{"img_": 1000, "img_00": 99, ".jpg": 1000} {
		page, err := s.PageRecords(ctx, mango.System, mango.RecordFilter{Search: search}, mango.Page{Number: 1, Size: 1000})
		if err != nil || page.Total != want || len(page.Records) != want || page.Records[0].ID != 1003 || page.Records[want-1].ID != uint64(1004-want) {
			t.Errorf("%q: %d of %d, %v", search, len(page.Records), page.Total, err)
		}
	}
}
