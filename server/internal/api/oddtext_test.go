package api_test

import (
	"fmt"
	"strings"
	"testing"

	"mangosense/server/internal/api/apitest"
)

// TestOddNames: who an account is must be seen.
func TestOddNames(t *testing.T) {
	s := apitest.New(t, nil)
	for name, change := range map[string]map[string]string{
		"zero":                 {"firstName": "Li\x00to"},
		"escape":               {"firstName": "Li\x1b[2Jto"},
		"turned around":        {"lastName": "Re\u202Eyes"},
		"nothing to be seen":   {"lastName": "\u3164\u3164"},
		"blanks":               {"lastName": "\u2800\u2800"},
		"zero-width":           {"firstName": "Li\u200Bto"},
		"odd address":          {"email": "li\u200Bto@farm.example"},
		"odd place":            {"address": "Jordan\u202E Guimaras"},
		"line break in a name": {"firstName": "Li\nto"},
	} {
		t.Run(name, func(t *testing.T) {
			body := map[string]string{"firstName": "Lito", "lastName": "Reyes", "email": "lito@farm.example", "password": apitest.Password, "address": "Jordan, Guimaras"}
			for k, v := range change {
				body[k] = v
			}
			s.In(t).Send("POST", "/api/register/", "", apitest.Object(body)).Want(400).Refusal()
		})
	}
}

// TestOddNumbers: what is no number in a form is none here, whatever Go reads.
func TestOddNumbers(t *testing.T) {
	s := apitest.New(t, nil)
	lito := s.Join("lito@farm.example")
	for _, text := range []string{"1_0", "0x1p3", "inf", "nan", "NaN", "+-10", "1e400", "١٠", "1 0", "10,5", "null", "undefined", "10°N", "N 10.5", "."} {
		r := s.RecordWith(lito, map[string]string{"latitude": text, "longitude": "122.5"})
		if r.Location != nil {
			t.Errorf("%q is stored as latitude %v", text, r.Location.Latitude)
		}
		got := s.Send("POST", "/api/save-confirmation/", lito.Access, apitest.Object(map[string]any{"image_id": r.ID, "predicted_disease": "Healthy",
			"location_consent_given": true, "latitude": text, "longitude": 122}))
		if got.Status != 400 || !strings.Contains(string(got.Body), "latitude") {
			t.Errorf("%q as a confirmation's latitude gets %d", text, got.Status)
		}
	}
	for text, want := range map[string]float64{"+10.5936": 10.5936, ".5": 0.5, "10.": 10, "-.25": -0.25, " 10.5\r\n": 10.5, "1.05936e1": 10.5936} {
		if r := s.RecordWith(lito, map[string]string{"latitude": text, "longitude": "+122.", "location_accuracy": "+.5"}); r.Location == nil ||
			r.Location.Latitude != want || r.Location.Longitude != 122 || r.Location.Accuracy != 0.5 {
			t.Errorf("%q is kept as %+v", text, r.Location)
		}
	}
	for _, path := range []string{"/api/predict/", "/api/predict/tree/"} {
		said := func(fields map[string]string) any {
			return dig(decoded(t, s.Send("POST", path, lito.Access, apitest.Form(t, fields, apitest.Photo(t))).Want(200)), "data.ignored_fields")
		}
		got := fmt.Sprint(said(map[string]string{"latitude": "10,5", "longitude": "122.5", "symptoms_data": "[]"}))
		for _, want := range []string{"latitude: must be a number from -90 to 90", "symptoms_data: must be JSON"} {
			if !strings.Contains(got, want) || strings.Contains(got, "longitude:") {
				t.Errorf("%s names %s as left out, want %q", path, got, want)
			}
		}
		if got := said(map[string]string{"latitude": "10.5", "longitude": "122.5", "preview_only": "true"}); got != nil {
			t.Errorf("%s leaves out %v", path, got)
		}
	}
	boss := s.Admin()
	s.Send("GET", "/api/users/?page=%2B1", boss.Access, nil).Want(200)
	for _, path := range []string{"/api/users/?page=1_0", "/api/users/%2B1/", "/api/users/1_0/", "/api/classified-images/0x1/", "/api/users/?page=%D9%A1"} {
		if got := s.Send("GET", path, boss.Access, nil); got.Status != 400 && got.Status != 404 {
			t.Errorf("%s gets %d", path, got.Status)
		}
	}
}
