package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"mangosense/server/internal/api"
	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/mango"
)

// everything that the store has of somebody, as text.
func kept(s *apitest.Site, t *testing.T, user uint64) string {
	t.Helper()
	var b strings.Builder
	err := s.Store.EachRecord(context.Background(), mango.System, mango.RecordFilter{User: &user}, func(r *mango.Record) error {
		text, err := json.Marshal(r)
		b.Write(text)
		b.WriteString(string(r.Answers.SymptomsData) + string(r.Answers.TopDiseases) + string(r.Answers.SelectedSymptoms))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Store.EachConfirmation(context.Background(), mango.System, mango.ConfirmationFilter{User: &user}, func(c *mango.Confirmation) error {
		text, err := json.Marshal(c)
		b.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPlaceWithoutConsent: a place that its user did not agree to is in no
// record, no confirmation and no answer, by whichever route and in whichever
// spelling the refusal comes.
func TestPlaceWithoutConsent(t *testing.T) {
	place := map[string]string{
		"latitude": "10.7202131", "longitude": "122.5621471", "location_accuracy": "7.25", "location_address": "12 Rizal St, Hoskyn", "location_source": "device gps",
		"symptoms_data": `{"total":1,"location":{"latitude":10.7202131},"detail":[{"lat":10.7202131,"Location_Address":"12 Rizal St"}]}`,
		"top_diseases":  `[{"disease":"Anthracnose","gps_latitude":10.7202131}]`, "primary_symptoms": `[{"key":"dark_spots_brown","label":"Spots","coords":[10.7202131,122.5621471]}]`,
	}
	traces := []string{"10.72021", "122.56214", "Rizal", "device gps"}
	with := func(fields map[string]string, consent string) map[string]string {
		out := map[string]string{"location_consent_given": consent}
		for k, v := range fields {
			out[k] = v
		}
		return out
	}
	s := apitest.New(t, nil)
	lito, boss := s.Join("lito@farm.example"), s.Admin()
	for _, no := range []string{"false", "False", "FALSE", " false ", "0", "no", "off", "f", "n", "null", "undefined", "perhaps"} {
		t.Run(no, func(t *testing.T) {
			s := s.In(t)
			for _, path := range []string{"/api/predict/", "/api/predict/tree/"} {
				s.Send("POST", path, lito.Access, apitest.Form(t, with(place, no), apitest.Photo(t))).Want(200)
			}
			quoted, err := json.Marshal(strings.TrimSpace(no))
			if err != nil {
				t.Fatal(err)
			}
			n, err := s.Store.CountRecords(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			s.Send("POST", "/api/save-confirmation/", lito.Access, apitest.Object(fmt.Sprintf( // stored without the place, or refused
				`{"image_id":%d,"predicted_disease":"X","latitude":10.7202131,"longitude":122.5621471,"location_address":"12 Rizal St","location_consent_given":%s}`, n, quoted)))
			kept := kept(s, t, lito.ID)
			for _, trace := range traces {
				if strings.Contains(kept, trace) {
					t.Errorf("%s is stored", trace)
				}
			}
		})
	}
	if n, err := s.Store.CountRecords(context.Background()); err != nil || n != 24 {
		t.Errorf("%d photos were stored (%v), want 24", n, err)
	}
	for _, row := range api.Rows(s.Server) {
		if row.Method != "GET" || strings.Contains(row.Path, "{path") || strings.HasPrefix(row.Path, "/v2/models/") {
			continue
		}
		for _, token := range []string{boss.Access, lito.Access} {
			path := strings.ReplaceAll(row.Path, "{id}", "1") + "?disease=" + url.QueryEscape("Anthracnose")
			got := s.Send("GET", path, token, nil)
			for _, trace := range traces {
				if strings.Contains(string(got.Body), trace) {
					t.Errorf("%s tells %s", row.Path, trace)
				}
			}
		}
	}
	for i, yes := range []string{"true", "True", "1", "yes", "on", ""} {
		t.Run("agreed "+yes, func(t *testing.T) {
			s := s.In(t)
			ana := s.Join(fmt.Sprintf("ana%d@farm.example", i))
			s.Send("POST", "/api/predict/", ana.Access, apitest.Form(t, with(place, yes), apitest.Photo(t))).Want(200)
			kept := kept(s, t, ana.ID)
			for _, trace := range traces {
				if !strings.Contains(kept, trace) {
					t.Errorf("%s is not stored", trace)
				}
			}
		})
	}
}
