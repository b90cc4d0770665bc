package django

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzDump: whatever a file holds, reading ends, with rows or with a refusal.
func FuzzDump(f *testing.F) {
	f.Add([]byte(`[{"model":"mangosense.mangoimage","pk":1,"fields":{"user":[1],"latitude":"1e5","top_diseases":"[]","uploaded_at":"2025-01-01 00:00:00"}}]`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, text []byte) {
		err := eachDumped(bytes.NewReader(text), tableImages, func(r row) error {
			record := recordOf(r)
			if !record.Kind.Valid() || record.Confidence < 0 || record.Confidence > 1 {
				t.Errorf("%q: %+v", text, record)
			}
			rankingOf(r)
			return nil
		})
		if err != nil && !errors.Is(err, ErrNotADump) {
			t.Errorf("%q: %v", text, err)
		}
	})
}
