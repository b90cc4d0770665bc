package confirmations_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/mango"
)

// confirmed stores records of a grower with one confirmation each.
func confirmed(s *apitest.Site, who apitest.Account, all ...mango.Confirmation) {
	s.T.Helper()
	for _, c := range all {
		c.Record = s.Stored(1, func(_ int, r *mango.Record) { r.User = who.ID })[0]
		c.User = who.ID
		if _, err := s.Store.AddConfirmation(context.Background(), mango.System, &c); err != nil {
			s.T.Fatal(err)
		}
	}
}

func TestConfirmations(t *testing.T) {
	s := apitest.New(t, nil)
	boss, lito, ana := s.Admin(), s.Join("lito@farm.example"), s.Join("ana@farm.example")
	march := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	place := &mango.Location{Latitude: 10.7, Longitude: 122.5, Accuracy: 8, Address: "Jordan", ConsentGiven: true}
	confirmed(s, lito,
		mango.Confirmation{Correct: new(true), Predicted: "Anthracnose", Confidence: new(91.37), At: march, ConsentGiven: true, Location: place},
		mango.Confirmation{Correct: new(false), Predicted: "Die Back", Confidence: new(0.5), At: march.AddDate(0, 0, 1), Feedback: "no"},
		mango.Confirmation{Predicted: "Anthracnose", At: march.AddDate(0, 0, 2)})
	confirmed(s, ana, mango.Confirmation{Correct: new(true), Predicted: "Anthracnose", At: march.AddDate(0, 0, 3)})
	const path = "/api/user-confirmations/"
	for name, c := range map[string]struct {
		query string
		total int
		rate  string
	}{
		"all":             {"", 4, "66.67"},
		"confirmed":       {"?filter=confirmed", 2, "100"},
		"rejected":        {"?filter=rejected", 1, "0"},
		"of a user":       {fmt.Sprintf("?user_id=%d", lito.ID), 3, "50"},
		"of a disease":    {"?disease=anthracnose", 3, "100"},
		"of an image":     {"?image_id=2&page_size=1", 1, "0"},
		"from a day":      {"?start_date=2026-03-05", 3, "50"},
		"to a day":        {"?end_date=2026-03-05", 2, "50"},
		"one day":         {"?start_date=2026-03-04&end_date=2026-03-04", 1, "100"},
		"blank filters":   {"?filter=&disease=&user_id=&start_date=&end_date=", 4, "66.67"},
		"no such disease": {"?disease=Healthy", 0, "0"},
	} {
		t.Run(name, func(t *testing.T) {
			s.Send("GET", path+c.query, boss.Access, nil).Want(200).Has(map[string]string{
				"data.count": fmt.Sprint(c.total), "data.pagination.total_count": fmt.Sprint(c.total),
				"data.statistics.total_confirmations": fmt.Sprint(c.total), "data.statistics.accuracy_rate": c.rate,
			})
		})
	}
	got := s.Send("GET", path+"?page_size=3", boss.Access, nil).Want(200)
	got.Has(map[string]string{"data.confirmations.#": "3", "data.results.#": "3", "data.pagination.has_next": "true"})
	if got.At("data.confirmations") != got.At("data.results") {
		t.Error("confirmations and results differ")
	}
	first := s.Send("GET", path+"?image_id=1&page_size=1", boss.Access, nil).Want(200)
	first.Has(map[string]string{
		"data.results.0.confidence_score": "0.9137", "data.results.0.is_correct": "true", "data.results.0.user.email": `"lito@farm.example"`,
		"data.results.0.image.filename": `"image_1.jpg"`, "data.results.0.image.original_filename": `"image_1.jpg"`, "data.results.0.image.disease_type": `"leaf"`, "data.results.0.image_data.original_filename": `"image_1.jpg"`, "data.results.0.image_data.disease_type": `"leaf"`,
		"data.results.0.address": `"Jordan"`, "data.results.0.location_address": `"Jordan"`, "data.results.0.location_consent": "true", "data.results.0.location_consent_given": "true",
		"data.results.0.location.latitude": "10.7", "data.results.0.location_accuracy": "8", "data.results.0.client_ip": "null", "data.results.0.confirmed_at": `"2026-03-04T12:00:00.000000+00:00"`,
	})
	got.Has(map[string]string{"data.results.0.user.id": apitest.ID(ana.ID), "data.results.0.location": "null", "data.results.1.is_correct": "null", "data.results.1.confidence_score": "null"})
	s.Send("GET", "/api/confirmation-statistics/", boss.Access, nil).Want(200).Has(map[string]string{
		"data.total_confirmations": "4", "data.users_with_confirmations": "2", "data.confirmations_with_location": "1",
		"data.overall_statistics.total_confirmations": "4", "data.overall_statistics.confirmed_count": "2", "data.overall_statistics.rejected_count": "1",
		"data.overall_statistics.overall_accuracy": "66.67", "data.location_consent_rate": "25", "data.disease_statistics.#": "2",
	})
	s.Reject(t, boss.Access, map[string]apitest.Rejected{
		"page no number": {Method: "GET", Path: path + "?page=one", Status: 400, Names: "page"},
		"a bad filter":   {Method: "GET", Path: path + "?filter=maybe", Status: 400, Names: "filter"},
		"a bad user":     {Method: "GET", Path: path + "?user_id=-1", Status: 400, Names: "user_id"},
		"a bad day":      {Method: "GET", Path: path + "?start_date=04.03.2026", Status: 400, Names: "start_date"},
		"no such day":    {Method: "GET", Path: path + "?end_date=2026-02-30", Status: 400, Names: "end_date"},
		"CSV, a bad day": {Method: "GET", Path: "/api/export-confirmations/?end_date=x", Status: 400, Names: "end_date"},
	})
}

func TestExportConfirmations(t *testing.T) {
	s := apitest.New(t, nil)
	boss, lito := s.Admin(), s.Join("lito@farm.example")
	march := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	bad := []string{"=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "\tx", "  =1", "＝1", "a, \"quoted\"\nline", "plain"}
	for i, feedback := range bad {
		confirmed(s, lito, mango.Confirmation{Correct: new(true), Predicted: "Anthracnose", Feedback: feedback, At: march.AddDate(0, 0, i), Confidence: new(91.37),
			ConsentGiven: true, Location: &mango.Location{Latitude: -10.5, Longitude: 122.5, Address: feedback, ConsentGiven: true}})
	}
	got := s.Send("GET", "/api/export-confirmations/", boss.Access, nil).Want(200)
	if kind := got.Header.Get("Content-Type"); kind != "text/csv; charset=utf-8" {
		t.Errorf("Content-Type is %q", kind)
	}
	if d := got.Header.Get("Content-Disposition"); !strings.HasPrefix(d, `attachment; filename="confirmations_`) {
		t.Errorf("Content-Disposition is %q", d)
	}
	text, marked := strings.CutPrefix(string(got.Body), "\ufeff")
	if !marked || strings.Contains(text, "\ufeff") {
		t.Errorf("no byte order mark, or more than one: Excel would not read ñ in %.20q", got.Body)
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
	one := s.Send("GET", "/api/export-confirmations/?disease=Anthracnose&start_date=2026-03-05&end_date=2026-03-05", boss.Access, nil).Want(200)
	if n := strings.Count(string(one.Body), "lito@farm.example"); n != 1 {
		t.Errorf("%d rows of one day", n)
	}
	none := s.Send("GET", "/api/export-confirmations/?disease=Healthy", boss.Access, nil).Want(200)
	if strings.Count(string(none.Body), "\n") != 1 {
		t.Errorf("an empty export is %q", none.Body)
	}
}
