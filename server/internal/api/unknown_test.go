package api_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/mango"
)

// TestUnknownIsNoDisease stores a photo that no class was found for, one that
// nobody was asked about, and one an old import calls "not a mango": they are
// the owner's and the expert's to see, and in no number of diseases.
func TestUnknownIsNoDisease(t *testing.T) {
	s := apitest.New(t, nil)
	boss, lito := s.Admin(), s.Join("lito@farm.example")
	unknown := []string{mango.Unknown, "", "unknown", "Not a Mango Leaf"}
	s.Stored(len(unknown)+3, func(i int, r *mango.Record) {
		r.User, r.Location = lito.ID, &mango.Location{Latitude: 10, Longitude: 122, ConsentGiven: true}
		r.Verified, r.TrainingReady = i%2 == 0, true
		switch {
		case i < len(unknown):
			r.Disease, r.Verdict, r.Confidence = unknown[i], mango.Unsure, 0.15
		case i == len(unknown):
			r.Disease = "Healthy"
		}
	})
	for _, token := range []string{"", lito.Access, boss.Access} {
		got := s.Send("GET", "/api/disease-locations/all/", token, nil).Want(200)
		got.Has(map[string]string{"data.locations.#": "3", "data.locations.0.disease": `"Anthracnose"`, "data.locations.2.disease": `"Healthy"`})
		for _, name := range []string{"Unknown", "unknown", "Not+a+Mango+Leaf"} {
			s.Send("GET", "/api/disease-locations/similar/?disease="+name, token, nil).Want(200).Has(map[string]string{"data.locations": "[]"})
		}
	}
	s.Send("GET", "/api/disease-statistics/", boss.Access, nil).Want(200).Has(map[string]string{
		"data.total_images": "7", "data.healthy_images": "1", "data.diseased_images": "2", "data.unknown_images": "4",
		"data.diseases_breakdown": `{"Anthracnose":2,"Healthy":1}`,
	})
	s.Send("GET", "/api/disease-trends/?days=7", boss.Access, nil).Want(200).Has(map[string]string{
		"data.daily_trends.6": fmt.Sprintf(`{"date":%q,"diseased":2,"healthy":1,"total":7,"unknown":4}`, time.Now().UTC().Format(time.DateOnly)),
	})
	s.Send("GET", "/api/training-data/summary/", boss.Access, nil).Want(200).Has(map[string]string{"data.breakdown_by_class.#": "2"})
	s.Send("GET", "/api/retrain/dataset-info/?model_type=leaf&min_images_per_class=1", boss.Access, nil).Want(200).Has(map[string]string{
		"data.all_classes": `{"Anthracnose":1,"Healthy":1}`, "data.eligible_classes": `{"Anthracnose":1,"Healthy":1}`, "data.total_eligible_images": "2",
	})
	history := s.Send("GET", "/api/history/", lito.Access, nil).Want(200)
	history.Has(map[string]string{"data.summary": `{"diseased":2,"healthy":1,"total":7,"unknown":4}`})
	for i := 3; i < 7; i++ {
		history.Has(map[string]string{fmt.Sprintf("data.analyses.%d.result", i): `"Unknown"`, fmt.Sprintf("data.analyses.%d.is_healthy", i): "false"})
	}
	bell := s.Send("GET", "/api/notifications/", boss.Access, nil).Want(200)
	if said := bell.At("notifications.6.message"); strings.Contains(said, "%") || !strings.Contains(said, "for an expert") {
		t.Errorf("the bell says of an unknown photo: %s", said)
	}

	// A confirmation of Unknown has no row among the diseases.
	if _, err := s.Store.AddConfirmation(context.Background(), mango.System, &mango.Confirmation{Record: 1, User: lito.ID, Predicted: "unknown", Correct: new(true)}); err != nil {
		t.Fatal(err)
	}
	s.Send("GET", "/api/confirmation-statistics/", boss.Access, nil).Want(200).Has(map[string]string{"data.disease_statistics": "[]", "data.total_confirmations": "1"})

	// An expert names it: from then on it counts.
	s.Send("PUT", "/api/classified-images/1/", boss.Access, apitest.Object(`{"predicted_class":"die_back","is_verified":true}`)).Want(200)
	s.Send("GET", "/api/disease-statistics/", boss.Access, nil).Want(200).Has(map[string]string{
		"data.unknown_images": "3", "data.diseases_breakdown": `{"Anthracnose":2,"Die Back":1,"Healthy":1}`})
	s.Send("GET", "/api/disease-locations/all/", "", nil).Want(200).Has(map[string]string{"data.locations.3.disease": `"Die Back"`, "data.locations.3.confidence": "null"})
}

// TestExpertsQueue: what has no class comes first among what is not verified,
// on whatever page the expert is, each record once.
func TestExpertsQueue(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	s.Stored(30, func(i int, r *mango.Record) {
		if i%10 == 0 {
			r.Disease = mango.Unknown
		}
		r.Verified = i == 20
	})
	seen := []string{}
	for page := range 6 {
		got := s.Send("GET", fmt.Sprintf("/api/classified-images/?verified=false&page=%d&page_size=5", page+1), boss.Access, nil).Want(200)
		got.Has(map[string]string{"data.pagination.total_count": "29", "data.pagination.total_pages": "6"})
		for i := range 5 {
			if n := got.At(fmt.Sprintf("data.images.%d.id", i)); n != "-" {
				seen = append(seen, n)
			}
		}
	}
	// 11 and 1 are unknown; 21 is, too, but verified.
	want := []string{"11", "1"}
	for n := 30; n > 0; n-- {
		if n != 11 && n != 1 && n != 21 {
			want = append(want, fmt.Sprint(n))
		}
	}
	if fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("the queue is %v, want %v", seen, want)
	}
}
