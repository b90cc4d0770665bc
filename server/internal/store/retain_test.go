package store_test

import (
	"sync"
	"testing"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

func TestRetentionKeepsTheExpertsLongest(t *testing.T) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	freed := map[string]bool{}
	s := openStore(t, store.Config{Now: func() time.Time { return now }, Freed: func(names []string) {
		mu.Lock()
		defer mu.Unlock()
		for _, n := range names {
			freed[n] = true
		}
	}})
	const day = 24 * time.Hour
	var records []*mango.Record
	for i := range 40 { // record i is 40-i days old; every fourth an expert worked on
		r := realistic(i)
		r.CreatedAt = now.Add(-time.Duration(40-i) * day)
		r.MediaBytes = 1000
		r.Verified = i%4 == 0
		if i%4 == 1 {
			r.Classification = "Sooty Mold"
		}
		if _, err := s.AddRecord(ctx, mango.System, r); err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	has := func(i int) bool {
		r, err := s.Record(ctx, mango.System, records[i].ID)
		return err == nil && r.Media != ""
	}
	expert := func(i int) bool {
		r := records[i]
		return i%4 == 0 || (i%4 == 1 && r.Disease != "Sooty Mold")
	}
	// By age: plain photos older than 20 days.
	got, err := s.Retain(ctx, store.Retention{PhotoAge: 20 * day})
	if err != nil || got.Records != 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	left := 0
	for i := range records {
		if want := expert(i) || i >= 20; has(i) != want {
			t.Errorf("photo of record %d, expert %v: %v", i, expert(i), has(i))
		}
		if has(i) {
			left++
		} else if !freed[records[i].Media] {
			t.Errorf("nobody was told of photo %d", i)
		}
	}
	// By quota: the oldest plain ones first, experts' only when those are gone.
	if _, err := s.Retain(ctx, store.Retention{PhotoBytes: 1000 * int64(left-5)}); err != nil {
		t.Fatal(err)
	}
	st, err := s.Statistics(ctx, mango.System)
	if err != nil || st.PhotoBytes != 1000*int64(left-5) || st.Photos != left-5 {
		t.Errorf("photos: %d, %d bytes, %v", st.Photos, st.PhotoBytes, err)
	}
	for i := range records {
		if expert(i) && !has(i) {
			t.Errorf("the quota took photo %d of an expert", i)
		}
	}
	if _, err := s.Retain(ctx, store.Retention{PhotoBytes: 3000}); err != nil {
		t.Fatal(err)
	}
	if st, _ := s.Statistics(ctx, mango.System); st.Photos != 3 {
		t.Errorf("%d photos within a quota of three", st.Photos)
	}
	// Records by age, never an expert's.
	if got, err = s.Retain(ctx, store.Retention{RecordAge: 10 * day}); err != nil || got.Records == 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, r := range records {
		_, err := s.Record(ctx, mango.System, r.ID)
		if there, want := err == nil, expert(i) || i >= 30; there != want {
			t.Errorf("record %d, expert %v: %v", i, expert(i), err)
		}
	}
}
