package intake

import (
	"path"
	"strings"
	"time"

	"mangosense/server/internal/clock"
	"mangosense/server/internal/mango"
)

// maxName is the longest file name that is kept, in characters.
const maxName = 100

// diagnosed is what is kept of a diagnosis: r is what its request has in common.
func diagnosed(r mango.Record, d *mango.Diagnosis, name string) *mango.Record {
	r.CreatedAt = clock.Now().UTC().Truncate(time.Microsecond)
	r.Kind, r.Disease, r.Confidence, r.Verdict = d.Kind, d.Disease, d.Confidence, d.Verdict
	r.Probabilities, r.Gate, r.Model, r.Processing = d.Ranking, d.Gate, d.Model, d.Processing
	r.Photo, r.OriginalName = d.Photo, name
	r.Notes = mango.PredictedNote(d.Confidence)
	if r.Answers.DetectedDisease == "" {
		r.Answers.DetectedDisease = d.Disease
	}
	return &r
}

// displayName is a sender's file name without its folders, cut to what the
// store takes.
func displayName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || name == "/" || name == "" {
		return "image"
	}
	return mango.ClipText(name, maxName)
}
