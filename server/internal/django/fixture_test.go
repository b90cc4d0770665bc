package django_test

import (
	"bytes"
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mangosense/preprocess"
	"mangosense/server/internal/django"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/media"
	"mangosense/server/internal/store"
)

// entry is one row of the predecessor, as dumpdata writes it.
type entry struct {
	Model  string         `json:"model"`
	PK     any            `json:"pk"`
	Fields map[string]any `json:"fields"`
}

func hash(password string) string {
	key, err := pbkdf2.Key(sha256.New, password, []byte("sAlT"), 1000, 32)
	if err != nil {
		panic(err)
	}
	return "pbkdf2_sha256$1000$sAlT$" + base64.StdEncoding.EncodeToString(key)
}

func user(id int, name, email string, admin, active bool) entry {
	return entry{"auth.user", id, map[string]any{"username": name, "email": email, "first_name": "Ana", "last_name": "Cruz",
		"password": hash("Carabao2026"), "is_superuser": admin, "is_staff": admin, "is_active": active,
		"date_joined": "2025-09-01T02:03:04.500Z", "last_login": nil}}
}

// farm is a small predecessor with everything that can be odd in one.
func farm() []entry {
	return []entry{
		{"contenttypes.contenttype", 1, map[string]any{"app_label": "auth"}},
		user(1, "boss_old", "boss@farm.example", true, true),
		user(7, "ana", "Ana@farm.example", false, true),
		user(8, "ben", "", false, false),
		user(9, "taken", "lito@farm.example", false, true), // ours has that address
		{"mangosense.userprofile", 3, map[string]any{"user": 7, "province": "Guimaras", "city": "Jordan", "barangay": "Hoskyn", "address": "Hoskyn, Jordan, Guimaras", "phone": ""}},
		{"mangosense.mangoimage", 41, map[string]any{
			"user": 7, "image": "mango_images/leaf.jpg", "original_filename": "image.jpg", "uploaded_at": "2025-10-04T05:06:07.123456Z",
			"predicted_class": "powdery mildew", "confidence_score": 0.9137, "disease_type": "leaf", "model_used": "leaf", "model_filename": "leaf-mobilenetv2.keras",
			"disease_classification": "Sooty Mould", "is_verified": true, "verified_by": 1, "verified_date": "2025-10-05T00:00:00Z", "notes": "seen",
			"user_feedback": nil, "user_confirmed_correct": true, "selected_symptoms": []string{"leaf_curling"}, "top_diseases": []any{}, "symptoms_data": map[string]any{"n": 1},
			"detected_disease": "Powdery Mildew", "image_size": "16x16", "processing_time": 4.5,
			"latitude": 10.6, "longitude": 122.6, "location_consent_given": true, "location_address": "Jordan", "location_source": "device gps",
		}},
		{"mangosense.mangoimage", 42, map[string]any{ // nobody's, photo gone, place without consent
			"user": nil, "image": "mango_images/gone.jpg", "original_filename": "image.jpg", "uploaded_at": "2025-10-06T05:06:07Z",
			"predicted_class": "Unknown", "confidence_score": 12.5, "model_filename": "fruit.keras", "latitude": 1.0, "longitude": 2.0, "location_consent_given": false,
		}},
		{"mangosense.mangoimage", 43, map[string]any{"user": 9, "image": "mango_images/leaf.jpg", "uploaded_at": "2025-10-06T05:06:07Z", "predicted_class": "Healthy"}},
		{"mangosense.mangoimage", 44, map[string]any{"user": 7, "image": "../secret.jpg", "uploaded_at": "2025-10-07T05:06:07Z", "predicted_class": "Healthy", "confidence_score": "NaN"}},
		{"mangosense.predictionlog", 5, map[string]any{"image": 41, "labels": []string{"Healthy", "powdery mildew"}, "probabilities": []float64{0.0863, 0.9137}, "user_agent": "Browser", "timestamp": "2025-10-04T05:06:08Z"}},
		{"mangosense.userconfirmation", 11, map[string]any{"image": 41, "user": 7, "is_correct": true, "predicted_disease": "Powdery Mildew", "user_feedback": "yes", "confidence_score": 91.37, "location_consent_given": false, "latitude": 10.6, "longitude": 122.6}},
		{"mangosense.userconfirmation", 12, map[string]any{"image": 43, "user": 9, "predicted_disease": "Healthy"}},
		{"mangosense.notification", 21, map[string]any{"user": 7, "related_image": 41, "title": "New Leaf Image Upload", "message": "image.jpg", "is_read": true, "created_at": "2025-10-04T05:06:09Z", "notification_type": "image_upload"}},
		{"mangosense.symptom", 1, map[string]any{"key": "dark_spots_brown", "plant_part": "leaf", "vector_index": 0, "is_in_vocabulary": true}},
		{"mangosense.symptom", 2, map[string]any{"key": "velvet_touch", "plant_part": "leaf", "vector_index": nil, "is_in_vocabulary": false}},
		{"mangosense.symptom", 3, map[string]any{"key": "no part", "plant_part": "root"}},
		{"mangosense.disease", 1, map[string]any{"name": "Red Rust", "plant_part": "leaf", "is_in_classifier": false, "description": "An alga.", "treatment": "Prune."}},
		{"mangosense.disease", 2, map[string]any{"name": "Sooty Mould", "plant_part": "leaf", "is_in_classifier": true, "description": "theirs", "treatment": "theirs"}},
		{"mangosense.symptomalias", 1, map[string]any{"alias": "velvety", "canonical": 2, "source": ""}},
		{"mangosense.diseasesymptom", 1, map[string]any{"disease": 1, "symptom": 2, "display_label": "Feels like velvet", "display_order": 0}},
		{"mangosense.diseasesymptom", 2, map[string]any{"disease": 2, "symptom": 2, "display_label": "Not for ours", "display_order": 50}},
	}
}

// writeDump writes the farm as dumpdata does.
func writeDump(t *testing.T, farm []entry) string {
	t.Helper()
	text, err := json.Marshal(farm)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "dump.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// writeDatabase writes the farm as the predecessor's SQLite file: references
// end in _id, booleans are numbers, JSON is text, times have a space.
func writeDatabase(t *testing.T, farm []entry) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db with space.sqlite3")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	references := []string{"user", "image", "verified_by", "related_image", "canonical", "disease", "symptom"}
	tables := map[string][]string{}
	for _, e := range farm {
		table := strings.ReplaceAll(e.Model, ".", "_")
		for name := range e.Fields {
			if !slices.Contains(tables[table], name) {
				tables[table] = append(tables[table], name)
			}
		}
	}
	column := func(table, name string) string {
		if slices.Contains(references, name) && (name != "image" || table != "mangosense_mangoimage") {
			return name + "_id"
		}
		return name
	}
	exec := func(text string, values ...any) {
		if _, err := db.Exec(text, values...); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	for table, names := range tables {
		columns := []string{"id integer primary key"}
		for _, n := range names {
			columns = append(columns, column(table, n))
		}
		exec(fmt.Sprintf("CREATE TABLE %s (%s)", table, strings.Join(columns, ", ")))
	}
	for _, e := range farm {
		table := strings.ReplaceAll(e.Model, ".", "_")
		columns, marks, values := []string{"id"}, []string{"?"}, []any{e.PK}
		for name, v := range e.Fields {
			switch x := v.(type) {
			case string:
				if len(x) > 19 && x[10] == 'T' {
					v = strings.TrimSuffix(strings.Replace(x, "T", " ", 1), "Z")
				}
			case []string, []any, []float64, map[string]any:
				text, err := json.Marshal(x)
				if err != nil {
					t.Fatal(err)
				}
				v = string(text)
			}
			columns, marks, values = append(columns, column(table, name)), append(marks, "?"), append(values, v)
		}
		exec(fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(columns, ", "), strings.Join(marks, ", ")), values...)
	}
	return path
}

// target is where an import goes.
type target struct {
	store  *store.Store
	photos *media.Room
	media  string // the predecessor's folder
}

func newTarget(t *testing.T) *target {
	t.Helper()
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	db, err := store.Open(filepath.Join(dir, store.FileName), store.Config{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	photos, err := media.Open(media.Config{Dir: filepath.Join(dir, "media"), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if err := photos.Close(); err != nil {
			t.Error(err)
		}
	})
	old := filepath.Join(t.TempDir(), "media")
	if err := os.MkdirAll(filepath.Join(old, "mango_images"), 0o700); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 16, 16)), nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{filepath.Join(old, "mango_images", "leaf.jpg"), filepath.Join(filepath.Dir(old), "secret.jpg")} {
		if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.AddUser(context.Background(), mango.System, &mango.User{Username: "lito", Email: "lito@farm.example"}); err != nil {
		t.Fatal(err)
	}
	return &target{db, photos, old}
}

func (g *target) run(t *testing.T, source django.Source, err error) django.Report {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	pixels, err := preprocess.New(preprocess.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer pixels.Close()
	report, err := django.Run(context.Background(), django.Config{
		Source: source, Media: g.media, Store: g.store, Photos: g.photos,
		Probe: pixels.Probe,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := source.Close(); err != nil {
		t.Fatal(err)
	}
	return report
}
