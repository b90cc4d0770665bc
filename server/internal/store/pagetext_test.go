package store_test

import (
	"bytes"
	"testing"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// TestPageHoldsSoMuchText: a page of records that were written to be long has
// all of its rows and no more text than its bound; each record by itself has its
// own.
func TestPageHoldsSoMuchText(t *testing.T) {
	s := openStore(t, store.Config{})
	const rows, each = 300, 16 << 10
	long := append(append([]byte(`["`), bytes.Repeat([]byte("x"), each)...), `"]`...)
	for i := range rows {
		r := realistic(i)
		r.Answers.SelectedSymptoms = long
		if _, err := s.AddRecord(ctx, mango.System, r); err != nil {
			t.Fatal(err)
		}
	}
	page, err := s.PageRecords(ctx, mango.System, mango.RecordFilter{}, mango.Page{Number: 1, Size: rows})
	if err != nil {
		t.Fatal(err)
	}
	text, with := 0, 0
	for _, r := range page.Records {
		n := len(r.Answers.SelectedSymptoms) + len(r.Notes) + len(r.Answers.Feedback)
		if text += n; n > 0 {
			with++
		}
	}
	if len(page.Records) != rows || text > 4<<20 || with < 200 {
		t.Errorf("%d rows with %d bytes of long text, %d of them with any", len(page.Records), text, with)
	}
	last := page.Records[rows-1]
	if alone, err := s.Record(ctx, mango.System, last.ID); err != nil || !bytes.Equal(alone.Answers.SelectedSymptoms, long) {
		t.Errorf("the record by itself has %d bytes, error %v", len(alone.Answers.SelectedSymptoms), err)
	}
}
