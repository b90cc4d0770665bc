package api_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mangosense/server/internal/mango"
)

// confirmed stores records of a grower with one confirmation each.
func (s *site) confirmed(who account, all ...mango.Confirmation) {
	s.t.Helper()
	for _, c := range all {
		c.Record = s.stored(1, func(_ int, r *mango.Record) { r.User = who.id })[0]
		c.User = who.id
		if _, err := s.store.AddConfirmation(context.Background(), mango.System, &c); err != nil {
			s.t.Fatal(err)
		}
	}
}

func TestConfirmations(t *testing.T) {
	s := newSite(t, nil)
	boss, lito, ana := s.admin(), s.join("lito@farm.example"), s.join("ana@farm.example")
	march := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	place := &mango.Location{Latitude: 10.7, Longitude: 122.5, Accuracy: 8, Address: "Jordan", ConsentGiven: true}
	s.confirmed(lito,
		mango.Confirmation{Correct: new(true), Predicted: "Anthracnose", Confidence: new(91.37), At: march, ConsentGiven: true, Location: place},
		mango.Confirmation{Correct: new(false), Predicted: "Die Back", Confidence: new(0.5), At: march.AddDate(0, 0, 1), Feedback: "no"},
		mango.Confirmation{Predicted: "Anthracnose", At: march.AddDate(0, 0, 2)})
	s.confirmed(ana, mango.Confirmation{Correct: new(true), Predicted: "Anthracnose", At: march.AddDate(0, 0, 3)})
	const path = "/api/user-confirmations/"
	for name, c := range map[string]struct {
		query string
		total int
		rate  string
	}{
		"all":             {"", 4, "66.67"},
		"confirmed":       {"?filter=confirmed", 2, "100"},
		"rejected":        {"?filter=rejected", 1, "0"},
		"of a user":       {fmt.Sprintf("?user_id=%d", lito.id), 3, "50"},
		"of a disease":    {"?disease=anthracnose", 3, "100"},
		"of an image":     {"?image_id=2&page_size=1", 1, "0"},
		"from a day":      {"?start_date=2026-03-05", 3, "50"},
		"to a day":        {"?end_date=2026-03-05", 2, "50"},
		"one day":         {"?start_date=2026-03-04&end_date=2026-03-04", 1, "100"},
		"blank filters":   {"?filter=&disease=&user_id=&start_date=&end_date=", 4, "66.67"},
		"no such disease": {"?disease=Healthy", 0, "0"},
	} {
		t.Run(name, func(t *testing.T) {
			s.send("GET", path+c.query, boss.Access, nil).want(200).has(map[string]string{
				"data.count": fmt.Sprint(c.total), "data.pagination.total_count": fmt.Sprint(c.total),
				"data.statistics.total_confirmations": fmt.Sprint(c.total), "data.statistics.accuracy_rate": c.rate,
			})
		})
	}
	got := s.send("GET", path+"?page_size=3", boss.Access, nil).want(200)
	got.has(map[string]string{"data.confirmations.#": "3", "data.results.#": "3", "data.pagination.has_next": "true"})
	if got.at("data.confirmations") != got.at("data.results") {
		t.Error("confirmations and results differ")
	}
	first := s.send("GET", path+"?image_id=1&page_size=1", boss.Access, nil).want(200)
	first.has(map[string]string{
		"data.results.0.confidence_score": "0.9137", "data.results.0.is_correct": "true", "data.results.0.user.email": `"lito@farm.example"`,
		"data.results.0.image.filename": `"image_1.jpg"`, "data.results.0.image.original_filename": `"image_1.jpg"`, "data.results.0.image.disease_type": `"leaf"`, "data.results.0.image_data.original_filename": `"image_1.jpg"`, "data.results.0.image_data.disease_type": `"leaf"`,
		"data.results.0.address": `"Jordan"`, "data.results.0.location_address": `"Jordan"`, "data.results.0.location_consent": "true", "data.results.0.location_consent_given": "true",
		"data.results.0.location.latitude": "10.7", "data.results.0.location_accuracy": "8", "data.results.0.client_ip": "null", "data.results.0.confirmed_at": `"2026-03-04T12:00:00.000000+00:00"`,
	})
	got.has(map[string]string{"data.results.0.user.id": id(ana.id), "data.results.0.location": "null", "data.results.1.is_correct": "null", "data.results.1.confidence_score": "null"})
	s.send("GET", "/api/confirmation-statistics/", boss.Access, nil).want(200).has(map[string]string{
		"data.total_confirmations": "4", "data.users_with_confirmations": "2", "data.confirmations_with_location": "1",
		"data.overall_statistics.total_confirmations": "4", "data.overall_statistics.confirmed_count": "2", "data.overall_statistics.rejected_count": "1",
		"data.overall_statistics.overall_accuracy": "66.67", "data.location_consent_rate": "25", "data.disease_statistics.#": "2",
	})
	s.reject(t, boss.Access, map[string]rejected{
		"page no number": {"GET", path + "?page=one", nil, 400, "page"},
		"a bad filter":   {"GET", path + "?filter=maybe", nil, 400, "filter"},
		"a bad user":     {"GET", path + "?user_id=-1", nil, 400, "user_id"},
		"a bad day":      {"GET", path + "?start_date=04.03.2026", nil, 400, "start_date"},
		"no such day":    {"GET", path + "?end_date=2026-02-30", nil, 400, "end_date"},
		"CSV, a bad day": {"GET", "/api/export-confirmations/?end_date=x", nil, 400, "end_date"},
	})
}

func TestExportConfirmations(t *testing.T) {
	s := newSite(t, nil)
	boss, lito := s.admin(), s.join("lito@farm.example")
	march := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	bad := []string{"=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "\tx", "  =1", "＝1", "a, \"quoted\"\nline", "plain"}
	for i, feedback := range bad {
		s.confirmed(lito, mango.Confirmation{Correct: new(true), Predicted: "Anthracnose", Feedback: feedback, At: march.AddDate(0, 0, i), Confidence: new(91.37),
			ConsentGiven: true, Location: &mango.Location{Latitude: -10.5, Longitude: 122.5, Address: feedback, ConsentGiven: true}})
	}
	got := s.send("GET", "/api/export-confirmations/", boss.Access, nil).want(200)
	if kind := got.header.Get("Content-Type"); kind != "text/csv; charset=utf-8" {
		t.Errorf("Content-Type is %q", kind)
	}
	if d := got.header.Get("Content-Disposition"); !strings.HasPrefix(d, `attachment; filename="confirmations_`) {
		t.Errorf("Content-Disposition is %q", d)
	}
	text, marked := strings.CutPrefix(string(got.body), "\ufeff")
	if !marked || strings.Contains(text, "\ufeff") {
		t.Errorf("no byte order mark, or more than one: Excel would not read ñ in %.20q", got.body)
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if rows[0][0] != "id" {
		t.Errorf("the first column is %q", rows[0][0])
	}
	if len(rows) != len(bad)+1 {
		t.Fatalf("%d rows, want %d and a head", len(rows), len(bad))
	}
	feedback, address, latitude := slices.Index(rows[0], "user_feedback"), slices.Index(rows[0], "location_address"), slices.Index(rows[0], "latitude")
	for i, text := range bad {
		row := rows[len(bad)-i] // newest first
		want := text
		if i < 7 {
			want = "'" + text
		}
		if row[feedback] != want || row[address] != want {
			t.Errorf("%q became %q and %q, want %q", text, row[feedback], row[address], want)
		}
		if row[latitude] != "-10.5" {
			t.Errorf("latitude became %q", row[latitude])
		}
	}
	one := s.send("GET", "/api/export-confirmations/?disease=Anthracnose&start_date=2026-03-05&end_date=2026-03-05", boss.Access, nil).want(200)
	if n := strings.Count(string(one.body), "lito@farm.example"); n != 1 {
		t.Errorf("%d rows of one day", n)
	}
	none := s.send("GET", "/api/export-confirmations/?disease=Healthy", boss.Access, nil).want(200)
	if strings.Count(string(none.body), "\n") != 1 {
		t.Errorf("an empty export is %q", none.body)
	}
}
