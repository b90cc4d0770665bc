package statistics_test

import (
	"strings"
	"testing"

	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/mango"
)

func TestPlaces(t *testing.T) {
	s := apitest.New(t, nil)
	boss, grower := s.Admin(), s.Join("lito@farm.example")
	s.Stored(3, func(i int, r *mango.Record) {
		r.User = grower.ID
		if i < 2 {
			r.Location = &mango.Location{Latitude: 10.720213, Longitude: 122.562147, Address: "12 Rizal St, Hoskyn, Jordan, Guimaras", ConsentGiven: true}
		}
		if i == 1 {
			r.Disease = "Sooty Mold"
		}
	})
	coarse := s.Send("GET", "/api/disease-locations/all/", "", nil).Want(200)
	coarse.Has(map[string]string{"data.locations.#": "2", "data.locations.0.latitude": "10.72", "data.locations.0.longitude": "122.562", "data.locations.0.confidence": "0.9", "data.locations.0.id": "1"})
	if strings.Contains(string(coarse.Body), "Rizal") || strings.Contains(string(coarse.Body), "10.7202") {
		t.Errorf("the exact place is told without a token: %s", coarse.Body)
	}
	for name, token := range map[string]string{"a grower": grower.Access, "a bad token": "x.y.z"} {
		if got := s.Send("GET", "/api/disease-locations/all/", token, nil).Want(200); strings.Contains(string(got.Body), "Rizal") {
			t.Errorf("%s is told the exact place", name)
		}
	}
	s.Send("GET", "/api/disease-locations/all/", boss.Access, nil).Want(200).Has(map[string]string{
		"data.locations.0.latitude": "10.720213", "data.locations.0.address": `"12 Rizal St, Hoskyn, Jordan, Guimaras"`, "data.locations.0.id": "2", "data.locations.1.id": "1",
	})
	s.Send("GET", "/api/disease-locations/similar/?disease=sooty+mould", "", nil).Want(200).Has(map[string]string{
		"data.locations.#": "1", "data.locations.0.disease": `"Sooty Mold"`, "message": `"Found 1 disease location(s)"`,
	})
	s.Send("GET", "/api/disease-locations/similar/?disease=Healthy", "", nil).Want(200).Has(map[string]string{"data.locations": "[]"})
	s.Reject(t, "", map[string]apitest.Rejected{
		"no disease":    {Method: "GET", Path: "/api/disease-locations/similar/", Status: 400, Names: "Missing: disease"},
		"a blank":       {Method: "GET", Path: "/api/disease-locations/similar/?disease=+", Status: 400, Names: "Missing: disease"},
		"invalid UTF-8": {Method: "GET", Path: "/api/disease-locations/similar/?disease=%ff", Status: 400, Names: "disease"},
	})
}
