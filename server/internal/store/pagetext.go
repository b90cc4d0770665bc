package store

import (
	"fmt"

	"mangosense/server/internal/mango"
)

// pageText is what the long texts of one page may hold together, in bytes: a
// thousand rows of what people usually write, thrice. A page whose rows were
// written to be long has the rest of its rows without those texts; each row by
// itself still has them.
const pageText = 4 << 20

// PageLimits say so in docs/limits.md.
var PageLimits = []mango.Limit{
	{Of: "a page of a list", Bound: fmt.Sprintf("%d rows, %d MB of long texts", mango.MaxPage, pageText>>20), Then: "rows beyond come without their long texts; each by itself has them"},
}

// shorten takes the long texts out of r once a page holds enough of them. left
// is what the page may still hold.
func shorten(r *mango.Record, left *int) {
	a := &r.Answers
	texts := []*string{&a.Feedback, &r.Notes, &r.TrainingNotes}
	lists := [][]byte{a.SelectedSymptoms, a.PrimarySymptoms, a.AlternativeSymptoms, a.TopDiseases, a.SymptomsData}
	for _, t := range texts {
		*left -= len(*t)
	}
	for _, l := range lists {
		*left -= len(l)
	}
	if *left >= 0 {
		return
	}
	for _, t := range texts {
		*t = ""
	}
	a.SelectedSymptoms, a.PrimarySymptoms, a.AlternativeSymptoms, a.TopDiseases, a.SymptomsData = nil, nil, nil, nil, nil
}
