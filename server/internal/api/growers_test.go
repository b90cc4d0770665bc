package api_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"mangosense/server/internal/mango"
)

func TestHistory(t *testing.T) {
	s := newSite(t, nil)
	boss, grower, other := s.admin(), s.join("lito@farm.example"), s.join("ana@farm.example")
	s.send("GET", "/api/history/", grower.Access, nil).want(200).has(map[string]string{
		"message": `"Found 0 analysis record(s) for the current user"`, "data.analyses": "[]", "data.summary": `{"diseased":0,"healthy":0,"total":0,"unknown":0}`,
	})
	s.stored(55, func(i int, r *mango.Record) {
		r.User = grower.id
		switch i {
		case 52:
			r.Disease, r.Verdict, r.Confidence = mango.Unknown, mango.Unsure, 0.15
		case 53:
			r.Disease = "Healthy"
		case 54:
			r.Location = &mango.Location{Latitude: 10, Longitude: 122, Address: "Hoskyn, Jordan", ConsentGiven: true}
			r.Answers.Correct, r.Notes = new(false), "look again"
		}
	})
	s.stored(3, func(_ int, r *mango.Record) { r.User = other.id })
	s.stored(2, func(_ int, r *mango.Record) { r.User = boss.id })
	got := s.send("GET", "/api/history/", grower.Access, nil).want(200)
	got.has(map[string]string{
		"data.analyses.#": "50", "data.summary": `{"diseased":48,"healthy":1,"total":50,"unknown":1}`, "success": "true",
		"data.analyses.0.id": "55", "data.analyses.0.filename": `"image.jpg"`, "data.analyses.0.disease": `"Anthracnose"`, "data.analyses.0.result": `"Diseased"`,
		"data.analyses.0.confidence": "0.9", "data.analyses.0.confirmed_correct": "false", "data.analyses.0.location_address": `"Hoskyn, Jordan"`,
		"data.analyses.0.notes": `"look again"`, "data.analyses.0.image_url": "null", "data.analyses.1.confirmed_correct": "null",
		"data.analyses.1.is_healthy": "true", "data.analyses.1.result": `"Healthy"`, "data.analyses.2.disease": `"Unknown"`, "data.analyses.2.is_healthy": "false", "data.analyses.2.result": `"Unknown"`,
		"data.analyses.49.id": "6",
	})
	if got.at("data.analyses.0.date") != got.at("data.analyses.0.uploaded_at") {
		t.Error("date and uploaded_at differ")
	}
	// An administrator's history is the administrator's own.
	s.send("GET", "/api/history/", boss.Access, nil).want(200).has(map[string]string{"data.summary.total": "2"})
}

func TestSymptoms(t *testing.T) {
	s := newSite(t, nil)
	grower := s.join("lito@farm.example")
	ask := func(disease, part string) *answer {
		t.Helper()
		q := url.Values{"disease": {disease}}
		if part != "" {
			q.Set("plant_part", part)
		}
		return s.send("GET", "/api/symptoms/?"+q.Encode(), grower.Access, nil).want(200)
	}
	got := ask("Anthracnose", "leaf")
	got.has(map[string]string{"disease": `"Anthracnose"`, "plant_part": `"leaf"`, "symptoms.0.key": `"dark_spots_brown"`, "symptoms.#": "7"})
	if got.header.Get("Cache-Control") != "public, max-age=300" {
		t.Errorf("Cache-Control is %q", got.header.Get("Cache-Control"))
	}
	ask("Anthracnose", "").has(map[string]string{"plant_part": `"leaf"`, "symptoms.#": "7"})
	ask("Sooty Mould", "leaf").has(map[string]string{"disease": `"Sooty Mold"`, "symptoms.0.key": `"black_sooty_coating"`})
	ask("Sooty Mold", "leaf").has(map[string]string{"symptoms.0.key": `"black_sooty_coating"`})
	ask("stem_end-rot", "fruit").has(map[string]string{"symptoms.0.key": `"stem_end_browning"`})
	ask("Xylella", "fruit").has(map[string]string{"symptoms.0.key": `"obs_discolouration"`, "symptoms.#": "4"})
	ask("", "leaf").has(map[string]string{"symptoms.0.key": `"obs_discolouration"`})
	s.reject(t, grower.Access, map[string]rejected{
		"another part":  {"GET", "/api/symptoms/?disease=Healthy&plant_part=root", nil, 400, "plant_part"},
		"invalid UTF-8": {"GET", "/api/symptoms/?disease=%c3%28", nil, 400, "disease"},
	})
}

func TestPlaces(t *testing.T) {
	s := newSite(t, nil)
	boss, grower := s.admin(), s.join("lito@farm.example")
	s.stored(3, func(i int, r *mango.Record) {
		r.User = grower.id
		if i < 2 {
			r.Location = &mango.Location{Latitude: 10.720213, Longitude: 122.562147, Address: "12 Rizal St, Hoskyn, Jordan, Guimaras", ConsentGiven: true}
		}
		if i == 1 {
			r.Disease = "Sooty Mold"
		}
	})
	coarse := s.send("GET", "/api/disease-locations/all/", "", nil).want(200)
	coarse.has(map[string]string{"data.locations.#": "2", "data.locations.0.latitude": "10.72", "data.locations.0.longitude": "122.562", "data.locations.0.confidence": "0.9", "data.locations.0.id": "1"})
	if strings.Contains(string(coarse.body), "Rizal") || strings.Contains(string(coarse.body), "10.7202") {
		t.Errorf("the exact place is told without a token: %s", coarse.body)
	}
	for name, token := range map[string]string{"a grower": grower.Access, "a bad token": "x.y.z"} {
		if got := s.send("GET", "/api/disease-locations/all/", token, nil).want(200); strings.Contains(string(got.body), "Rizal") {
			t.Errorf("%s is told the exact place", name)
		}
	}
	s.send("GET", "/api/disease-locations/all/", boss.Access, nil).want(200).has(map[string]string{
		"data.locations.0.latitude": "10.720213", "data.locations.0.address": `"12 Rizal St, Hoskyn, Jordan, Guimaras"`, "data.locations.0.id": "2", "data.locations.1.id": "1",
	})
	s.send("GET", "/api/disease-locations/similar/?disease=sooty+mould", "", nil).want(200).has(map[string]string{
		"data.locations.#": "1", "data.locations.0.disease": `"Sooty Mold"`, "message": `"Found 1 disease location(s)"`,
	})
	s.send("GET", "/api/disease-locations/similar/?disease=Healthy", "", nil).want(200).has(map[string]string{"data.locations": "[]"})
	s.reject(t, "", map[string]rejected{
		"no disease":    {"GET", "/api/disease-locations/similar/", nil, 400, "Missing: disease"},
		"a blank":       {"GET", "/api/disease-locations/similar/?disease=+", nil, 400, "Missing: disease"},
		"invalid UTF-8": {"GET", "/api/disease-locations/similar/?disease=%ff", nil, 400, "disease"},
	})
}

func TestSaveConfirmation(t *testing.T) {
	s := newSite(t, nil)
	grower, other := s.join("lito@farm.example"), s.join("ana@farm.example")
	ids := s.stored(4, func(_ int, r *mango.Record) { r.User = grower.id })
	say := func(v string) *body { return object(v) }
	const path = "/api/save-confirmation/"
	got := s.send("POST", path, grower.Access, say(fmt.Sprintf(
		`{"image_id":%d,"is_correct":true,"predicted_disease":"Anthracnose","confidence_score":91.37,"user_feedback":"yes","location_consent_given":true,"latitude":10.7,"longitude":"122.5","location_address":"Jordan"}`, ids[0]))).want(200)
	got.has(map[string]string{
		"message": `"User confirmation saved successfully"`, "data.image_id": id(ids[0]), "data.is_correct": "true",
		"data.predicted_disease": `"Anthracnose"`, "data.location_saved": "true", "data.confirmation_id": "1",
	})
	s.send("POST", path, grower.Access, say(fmt.Sprintf(`{"image_id":"%d","predicted_disease":"Anthracnose","latitude":10.7,"longitude":122.5}`, ids[1]))).want(200).
		has(map[string]string{"data.is_correct": "null", "data.location_saved": "false"})
	good := func(id uint64, more string) *body {
		return say(fmt.Sprintf(`{"image_id":%d,"predicted_disease":"X"%s}`, id, more))
	}
	s.reject(t, grower.Access, map[string]rejected{
		"a second one":        {"POST", path, good(ids[0], ""), 400, "already exists"},
		"nothing was saved":   {"POST", path, good(0, ""), 404, "Image not found"},
		"unknown image":       {"POST", path, good(999, ""), 404, "Image not found"},
		"no image":            {"POST", path, say(`{"predicted_disease":"X"}`), 400, "Missing fields: image_id"},
		"nothing":             {"POST", path, say(`{}`), 400, "Missing fields: image_id, predicted_disease"},
		"an id of a word":     {"POST", path, say(`{"image_id":"x","predicted_disease":"X"}`), 400, "image_id"},
		"a negative id":       {"POST", path, say(`{"image_id":-1,"predicted_disease":"X"}`), 400, "image_id"},
		"a huge id":           {"POST", path, say(`{"image_id":1e40,"predicted_disease":"X"}`), 400, "image_id"},
		"a disease of a list": {"POST", path, say(`{"image_id":1,"predicted_disease":[]}`), 400, "predicted_disease"},
		"beyond the pole":     {"POST", path, good(ids[2], `,"location_consent_given":true,"latitude":91,"longitude":1`), 400, "latitude"},
		"percent above 100":   {"POST", path, good(ids[2], `,"confidence_score":101`), 400, "confidence_score"},
		"consent of a text":   {"POST", path, good(ids[2], `,"location_consent_given":"perhaps"`), 400, "location_consent_given"},
		"no JSON":             {"POST", path, say(`image_id=1`), 400, "JSON"},
		"a depth bomb":        {"POST", path, deep(100000), 400, "deep"},
	})
	s.reject(t, other.Access, map[string]rejected{"another's image": {"POST", path, good(ids[3], ""), 404, "Image not found"}})
}
