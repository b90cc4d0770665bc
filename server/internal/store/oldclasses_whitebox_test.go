package store

import (
	"context"
	"path/filepath"
	"testing"

	"mangosense/server/internal/mango"
)

// TestClassesOfAnEarlierProgram: earlier ones filed a record under its class as
// it came. Such records count, are found and are shown under the one spelling,
// and what has no class is none, without anything being filed anew.
func TestClassesOfAnEarlierProgram(t *testing.T) {
	ctx := context.Background()
	s, err := Open(filepath.Join(t.TempDir(), FileName), quietly())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Check(ctx, nil); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, class := range []string{"sooty_mould", "SOOTY MOULD", "Sooty Mold", "unknown", "", mango.Unknown, "healthy"} {
		r := &mango.Record{Kind: mango.Leaf, Disease: class, CreatedAt: s.cfg.Now().UTC(), Location: &mango.Location{Latitude: 10, Longitude: 122, ConsentGiven: true}}
		if err := s.update(ctx, func(w *write) error { return w.addRecord(r, nil) }); err != nil { // past the door
			t.Fatal(err)
		}
	}
	count := func(what string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	for what, f := range map[string]mango.RecordFilter{
		"by name": {Disease: "Sooty Mold"}, "by another spelling": {Disease: "sooty-mould"}, "by a part": {Contains: "ty mou"}, "by a search": {Search: "sooty_mold"},
	} {
		page, err := s.PageRecords(ctx, mango.System, f, mango.Page{Number: 1, Size: 10})
		if err != nil {
			t.Fatal(err)
		}
		count(what, page.Total, 3)
		for i := range page.Records {
			if got := page.Records[i].Class(); got != "Sooty Mold" {
				t.Errorf("%s: shown as %q", what, got)
			}
		}
	}
	places, err := s.Places(ctx, mango.System, mango.PlaceFilter{})
	if err != nil {
		t.Fatal(err)
	}
	count("places", len(places), 4)
	st, err := s.Statistics(ctx, mango.System)
	if err != nil {
		t.Fatal(err)
	}
	count("Sooty Mold", st.Total(func(c mango.ClassCount) bool { return c.Class == "Sooty Mold" }), 3)
	count("unknown", st.Total(func(c mango.ClassCount) bool { return mango.ConditionOf(c.Class) == mango.IsUnknown }), 3)
	trend, err := s.Trend(ctx, mango.System, 1)
	if err != nil {
		t.Fatal(err)
	}
	count("the day's photos", trend[0].Total, 7)
	count("the day's healthy", trend[0].Healthy, 1)
	count("the day's unknown", trend[0].Unknown, 3)
	queue, err := s.PageRecords(ctx, mango.System, mango.RecordFilter{UnknownFirst: true}, mango.Page{Number: 1, Size: 3})
	if err != nil {
		t.Fatal(err)
	}
	for i := range queue.Records {
		if mango.ConditionOf(queue.Records[i].Class()) != mango.IsUnknown {
			t.Errorf("place %d of the queue is %s", i+1, queue.Records[i].Class())
		}
	}
	// What is changed is found under its new class alone.
	if _, err := s.ChangeRecords(ctx, mango.System, []uint64{1, 4}, mango.RecordChange{Classification: ptrTo("gall_midge")}); err != nil {
		t.Fatal(err)
	}
	page, err := s.PageRecords(ctx, mango.System, mango.RecordFilter{Disease: "Gall Midge"}, mango.Page{Number: 1, Size: 10})
	if err != nil {
		t.Fatal(err)
	}
	count("corrected", page.Total, 2)
}

func ptrTo[T any](v T) *T { return &v }
