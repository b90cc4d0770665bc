package store

import "testing"

// Parts of a task follow each other without going back, and end with the whole.
func TestProgressOfPartsRises(t *testing.T) {
	var last, whole int64
	p := Progress(func(done, total int64) {
		if done < last {
			t.Errorf("%d after %d", done, last)
		}
		last, whole = done, total
	})
	for _, part := range []Progress{p.part(0, 30), p.part(30, 50).part(0, 40), p.part(30, 50).part(40, 100), p.part(50, 100)} {
		for i := range int64(11) {
			part.at(i, 10)
		}
		part.at(0, 0)   // unknown
		part.at(20, 10) // more than all
	}
	if last != whole || whole == 0 {
		t.Errorf("it ends with %d of %d", last, whole)
	}
	var none Progress
	none.part(0, 50).at(1, 2)
}
