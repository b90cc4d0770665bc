package api_test

import (
	"strings"
	"testing"
)

// TestOddNames: who an account is must be seen.
func TestOddNames(t *testing.T) {
	s := newSite(t, nil)
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
			body := map[string]string{"firstName": "Lito", "lastName": "Reyes", "email": "lito@farm.example", "password": password, "address": "Jordan, Guimaras"}
			for k, v := range change {
				body[k] = v
			}
			s.in(t).send("POST", "/api/register/", "", object(body)).want(400).refusal()
		})
	}
}

// TestOddNumbers: what is no number in a form is none here, whatever Go reads.
func TestOddNumbers(t *testing.T) {
	s := newSite(t, nil)
	lito := s.join("lito@farm.example")
	for _, text := range []string{"1_0", "0x1p3", "inf", "nan", "NaN", "+10", "1e400", "١٠", "1 0", "10,5"} {
		r := s.recordWith(lito, map[string]string{"latitude": text, "longitude": "122.5"})
		if r.Location != nil {
			t.Errorf("%q is stored as latitude %v", text, r.Location.Latitude)
		}
		got := s.send("POST", "/api/save-confirmation/", lito.Access, object(map[string]any{"image_id": r.ID, "predicted_disease": "Healthy",
			"location_consent_given": true, "latitude": text, "longitude": 122}))
		if got.status != 400 || !strings.Contains(string(got.body), "latitude") {
			t.Errorf("%q as a confirmation's latitude gets %d", text, got.status)
		}
	}
	boss := s.admin()
	for _, path := range []string{"/api/users/?page=1_0", "/api/users/%2B1/", "/api/users/1_0/", "/api/classified-images/0x1/", "/api/users/?page=%D9%A1"} {
		if got := s.send("GET", path, boss.Access, nil); got.status != 400 && got.status != 404 {
			t.Errorf("%s gets %d", path, got.status)
		}
	}
}
