package records_test

import (
	"testing"

	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/mango"
)

func TestHistory(t *testing.T) {
	s := apitest.New(t, nil)
	boss, grower, other := s.Admin(), s.Join("lito@farm.example"), s.Join("ana@farm.example")
	s.Send("GET", "/api/history/", grower.Access, nil).Want(200).Has(map[string]string{
		"message": `"Found 0 analysis record(s) for the current user"`, "data.analyses": "[]", "data.summary": `{"diseased":0,"healthy":0,"total":0,"unknown":0}`,
	})
	s.Stored(55, func(i int, r *mango.Record) {
		r.User = grower.ID
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
	s.Stored(3, func(_ int, r *mango.Record) { r.User = other.ID })
	s.Stored(2, func(_ int, r *mango.Record) { r.User = boss.ID })
	got := s.Send("GET", "/api/history/", grower.Access, nil).Want(200)
	got.Has(map[string]string{
		"data.analyses.#": "50", "data.summary": `{"diseased":48,"healthy":1,"total":50,"unknown":1}`, "success": "true",
		"data.analyses.0.id": "55", "data.analyses.0.filename": `"image.jpg"`, "data.analyses.0.disease": `"Anthracnose"`, "data.analyses.0.result": `"Diseased"`,
		"data.analyses.0.confidence": "0.9", "data.analyses.0.confirmed_correct": "false", "data.analyses.0.location_address": `"Hoskyn, Jordan"`,
		"data.analyses.0.notes": `"look again"`, "data.analyses.0.image_url": "null", "data.analyses.1.confirmed_correct": "null",
		"data.analyses.1.is_healthy": "true", "data.analyses.1.result": `"Healthy"`, "data.analyses.2.disease": `"Unknown"`, "data.analyses.2.is_healthy": "false", "data.analyses.2.result": `"Unknown"`,
		"data.analyses.49.id": "6",
	})
	if got.At("data.analyses.0.date") != got.At("data.analyses.0.uploaded_at") {
		t.Error("date and uploaded_at differ")
	}
	// An administrator's history is the administrator's own.
	s.Send("GET", "/api/history/", boss.Access, nil).Want(200).Has(map[string]string{"data.summary.total": "2"})
}
