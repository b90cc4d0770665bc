package django

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"

	"mangosense/server/internal/mango"
)

// maxPhoto bounds one photo that is read into memory.
const maxPhoto = 64 << 20

func (m *importer) importRecords() error {
	err := m.cfg.Store.EachRecord(m.ctx, mango.System, mango.RecordFilter{}, func(r *mango.Record) error {
		if id := oldID(r.Origin); id != 0 {
			m.records[id] = r.ID
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("cannot read the records: %w", err)
	}
	rankings, err := m.rankings()
	if err != nil {
		return err
	}
	return m.rows(kindRecords, tableImages, func(r row) (bool, error) {
		if r.id == 0 {
			return false, &leftOut{"it has no id"}
		}
		if _, known := m.records[r.id]; known {
			return false, nil
		}
		owner, ok := m.owner(r, "user")
		if !ok {
			return false, &leftOut{"its user was left out"}
		}
		record := recordOf(r)
		if record.Location == nil && (r.given("latitude") || r.given("longitude")) {
			note(&m.report.Notes, kindRecords, "came without the place, which cannot be read", r.id)
		}
		if record.CreatedAt.IsZero() {
			note(&m.report.Notes, kindRecords, "came with the time of the import, because its own cannot be read", r.id)
		}
		if consent := r.optional("location_consent_given"); record.Location != nil && consent != nil && !*consent {
			note(&m.report.Notes, kindRecords, "came without the place, which its user did not consent to", r.id)
			record.Location = nil
		}
		record.User, record.ByAdmin, record.Probabilities = owner, m.admins[owner], rankings[r.id]
		if by, ok := m.owner(r, "verified_by"); ok && record.Verified {
			record.VerifiedBy = by
		}
		return true, m.keep(r, record)
	})
}

// keep stores a record with its photo, the photo first.
func (m *importer) keep(r row, record *mango.Record) error {
	hold, err := m.photo(r, record)
	if err != nil {
		return err
	}
	if hold != nil {
		defer hold.Close()
	}
	id, err := m.cfg.Store.AddRecord(m.ctx, mango.System, record)
	if err != nil {
		return err
	}
	m.records[r.id] = id
	return nil
}

// photo puts a record's photo in its place; nil with a note where there is
// none to be had.
func (m *importer) photo(r row, record *mango.Record) (mango.Hold, error) {
	name := r.text("image")
	if m.cfg.Media == "" || name == "" {
		return nil, nil
	}
	bytes, err := readPhoto(m.cfg.Media, name)
	if err != nil {
		note(&m.report.Notes, kindRecords, "came without the photo, which cannot be read", r.id)
		return nil, nil
	}
	sum := sha256.Sum256(bytes)
	photo, err := m.cfg.Probe(bytes)
	if err != nil {
		note(&m.report.Notes, kindRecords, "came without the photo, which is broken or of an unknown kind", r.id)
		return nil, nil
	}
	hold, err := m.cfg.Photos.PutPhoto(m.ctx, sum, photo.Format.String(), photo.WriteClean)
	if err != nil {
		return nil, fmt.Errorf("cannot keep a photo: %w", err)
	}
	record.Photo = mango.Photo{SHA256: sum, Format: photo.Format.String(), Bytes: int64(len(bytes))}
	record.Photo.Width, record.Photo.Height = photo.Upright()
	record.Media, record.MediaBytes = hold.Name(), hold.Size()
	return hold, nil
}

// readPhoto reads a file below the media folder, whatever its name says.
func readPhoto(dir, name string) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot open the media folder: %w", err)
	}
	defer root.Close()
	// Without O_NONBLOCK a named pipe would hold the import for ever.
	f, err := root.OpenFile(strings.TrimPrefix(path.Clean("/"+name), "/"), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot open a photo: %w", err)
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() || st.Size() > maxPhoto {
		return nil, errors.Join(fs.ErrInvalid, err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("cannot read a photo: %w", err)
	}
	return b, nil
}

func recordOf(r row) *mango.Record {
	record := &mango.Record{
		Origin: origin(r.id), CreatedAt: r.time("uploaded_at"), Kind: kindOf(r), Disease: mango.Canonical(r.text("predicted_class")),
		Verdict: mango.Named, OriginalName: fileName(r.text("original_filename")),
		Verified: r.truth("is_verified"), VerifiedAt: r.time("verified_date"), Notes: r.text("notes"),
		TrainingReady: r.truth("training_ready"), TrainingNotes: r.text("training_notes"),
		Location: locationOf(r),
		Answers: mango.Answers{
			SelectedSymptoms: r.json("selected_symptoms", '['), PrimarySymptoms: r.json("primary_symptoms", '['),
			AlternativeSymptoms: r.json("alternative_symptoms", '['), TopDiseases: r.json("top_diseases", '['),
			SymptomsData: r.json("symptoms_data", '{'), DetectedDisease: r.text("detected_disease"),
			Feedback: r.text("user_feedback"), Correct: r.optional("user_confirmed_correct"),
		},
	}
	record.Confidence = fraction(r, "confidence_score")
	if seconds, ok := r.number("processing_time"); ok && seconds > 0 && seconds < 3600 {
		record.Processing = time.Duration(seconds * float64(time.Second))
	}
	if file := path.Base(r.text("model_filename")); file != "." && file != "/" {
		record.Model = mango.Model{ID: strings.TrimSuffix(file, path.Ext(file)), File: file, Kind: record.Kind}
	}
	if strings.EqualFold(record.Disease, mango.Unknown) {
		record.Disease, record.Verdict = mango.Unknown, mango.Unsure
	}
	if class := mango.Canonical(r.text("disease_classification")); class != record.Disease {
		record.Classification = class
	}
	if _, err := fmt.Sscanf(r.text("image_size"), "%dx%d", &record.Photo.Width, &record.Photo.Height); err != nil {
		record.Photo.Width, record.Photo.Height = 0, 0
	}
	return record
}

// fileName is a client's file name without its folders.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || name == "/" {
		return "image"
	}
	return string([]rune(name)[:min(len([]rune(name)), 100)])
}

// kindOf is what was photographed; older rows say it only by the model's name.
func kindOf(r row) mango.Kind {
	for _, field := range []string{"disease_type", "model_used", "model_filename"} {
		text := strings.ToLower(r.text(field))
		switch {
		case strings.Contains(text, "fruit"):
			return mango.Fruit
		case strings.Contains(text, "leaf"):
			return mango.Leaf
		}
	}
	return mango.Leaf
}

// fraction is a confidence from 0 to 1; some rows hold percent.
func fraction(r row, name string) float64 {
	v, _ := r.number(name)
	if v > 1 {
		v /= 100
	}
	return min(max(v, 0), 1)
}

// locationOf is a place on Earth, where the row has both numbers.
func locationOf(r row) *mango.Location {
	latitude, okLat := r.number("latitude")
	longitude, okLon := r.number("longitude")
	if !okLat || !okLon || math.Abs(latitude) > 90 || math.Abs(longitude) > 180 {
		return nil
	}
	accuracy, _ := r.number("location_accuracy")
	return &mango.Location{
		Latitude: latitude, Longitude: longitude, Accuracy: max(accuracy, 0), Address: r.text("location_address"),
		Source: r.text("location_source"), AccuracyConfirmed: r.truth("location_accuracy_confirmed"), ConsentGiven: true,
	}
}

// rankings are all classes' probabilities by image, from the predecessor's log:
// its newest entry, where labels and numbers fit together.
func (m *importer) rankings() (map[uint64][]mango.Class, error) {
	out := map[uint64][]mango.Class{}
	err := m.cfg.Source.each(tableLogs, func(r row) error {
		if ranking := rankingOf(r); ranking != nil {
			out[r.ref("image")] = ranking
		}
		return nil
	})
	return out, err
}

func rankingOf(r row) []mango.Class {
	labels, values := words(r.json("labels", '[')), floats(r.json("probabilities", '['))
	if len(labels) == 0 || len(labels) != len(values) || len(labels) > 100 {
		return nil
	}
	scale := 1.0
	if slices.Max(values) > 1 {
		scale = 100
	}
	out := make([]mango.Class, len(labels))
	for i := range labels {
		out[i] = mango.Class{Disease: mango.Canonical(labels[i]), Probability: min(max(values[i]/scale, 0), 1)}
	}
	slices.SortStableFunc(out, func(a, b mango.Class) int { return cmp.Compare(b.Probability, a.Probability) })
	return out
}
