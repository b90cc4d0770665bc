package render

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"time"

	"mangosense/server/internal/mango"
)

// FileName is the client's file name made unique by the record's id: every
// phone says image.jpg, and the web admin saves many of them to one folder. Its
// ending says what the file is.
func FileName(r *mango.Record) string {
	stem := strings.TrimSuffix(r.OriginalName, path.Ext(r.OriginalName))
	if stem == "" {
		stem = "image"
	}
	ext := map[string]string{"jpeg": ".jpg", "png": ".png", "webp": ".webp"}[r.Photo.Format]
	if ext == "" {
		ext = path.Ext(r.OriginalName)
	}
	return fmt.Sprintf("%s_%d%s", stem, r.ID, ext)
}

// PredictedClass is what the model answered, else what a person said.
func PredictedClass(r *mango.Record) string {
	if said, ok := r.Predicted(); ok {
		return said.Disease
	}
	return r.Class()
}

// PredictedConfidence is the model's confidence in its own answer; nil where no
// model was asked.
func PredictedConfidence(r *mango.Record) *float64 {
	said, ok := r.Predicted()
	if !ok {
		return nil
	}
	return Fraction(&said.Probability)
}

// ClassConfidence is the model's confidence in the class that counts; nil where
// a person named that class.
func ClassConfidence(r *mango.Record) *float64 { return Fraction(r.ClassConfidence()) }

// Size is a photo's width and height.
func Size(r *mango.Record) string { return fmt.Sprintf("%dx%d", r.Photo.Width, r.Photo.Height) }

// unworked is what no diagnosis takes: earlier programs stored the time of a
// look-up in memory for an answer that came from there.
const unworked = 100 * time.Microsecond

// Seconds is how long the diagnosis took; nil where none was made.
func Seconds(r *mango.Record) *float64 {
	if r.Processing < unworked {
		return nil
	}
	t := r.Processing.Round(time.Microsecond).Seconds()
	return &t
}

// PlaceAccuracy is in metres; nil where it is not known.
func PlaceAccuracy(l *mango.Location) *float64 {
	if l.Accuracy == 0 {
		return nil
	}
	return &l.Accuracy
}

// IDOrNil is null for nobody.
func IDOrNil(id uint64) *uint64 {
	if id == 0 {
		return nil
	}
	return &id
}

// TextOrNil is null for an empty text.
func TextOrNil(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// OrObject keeps objects from being null.
func OrObject(raw []byte) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("{}")
	}
	return raw
}

// OrUnknown keeps a disease's name a word: clients call toLowerCase on it.
func OrUnknown(disease string) string {
	if disease == "" {
		return mango.Unknown
	}
	return disease
}

// OrList keeps lists from being null.
func OrList(raw []byte) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("[]")
	}
	return raw
}
