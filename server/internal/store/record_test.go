package store_test

import (
	"reflect"
	"sync"
	"testing"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

func TestRecordComesBackAsItWas(t *testing.T) {
	s := openStore(t, store.Config{})
	want := realistic(1)
	want.User = 0
	id, err := s.AddRecord(ctx, mango.System, want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Record(ctx, mango.System, id)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestConcurrentAddsShareSyncs(t *testing.T) {
	s := openStore(t, store.Config{})
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for i := range 20 {
				r := realistic(g*100 + i)
				if _, err := s.AddRecord(ctx, mango.System, r); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	h := s.Health()
	if h.Records != 320 || h.Commits > 160 {
		t.Errorf("%d records in %d commits", h.Records, h.Commits)
	}
	page, err := s.PageRecords(ctx, mango.System, mango.RecordFilter{Disease: "healthy"}, mango.Page{Number: 2, Size: 10})
	if err != nil || page.Total != 40 || len(page.Records) != 10 {
		t.Errorf("page: %d of %d, %v", len(page.Records), page.Total, err)
	}
}
