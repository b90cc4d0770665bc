package oversight_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/jpeg"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/mango"
)

// TestReviewOrder: what a grower called wrong comes first, then what has no
// class, then the least sure; the newest first is the other order.
func TestReviewOrder(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	no := false
	of := []struct {
		disease    string
		confidence float64
		correct    *bool
		verified   bool
	}{{"Anthracnose", 0.9, nil, false}, {"Die Back", 0.5, nil, false}, {mango.Unknown, 0.1, nil, false}, {"Healthy", 0.99, &no, false}, {"Healthy", 0.3, nil, true}}
	ids := s.Stored(len(of), func(i int, r *mango.Record) {
		r.Disease, r.Confidence, r.Answers.Correct, r.Verified = of[i].disease, of[i].confidence, of[i].correct, of[i].verified
		r.Probabilities = []mango.Class{{Disease: of[i].disease, Probability: of[i].confidence}}
	})
	order := func(query string) (got []uint64) {
		t.Helper()
		var b struct {
			Data struct {
				Rows       []struct{ ID uint64 }
				Considered int
				Pagination struct {
					Total int `json:"total_count"`
				}
			}
		}
		s.Send("GET", "/api/admin/review/"+query, boss.Access, nil).Want(200).Read(&b)
		for _, r := range b.Data.Rows {
			got = append(got, r.ID)
		}
		return got
	}
	for query, want := range map[string][]int{
		"?verified=false":                         {3, 2, 1, 0},
		"?verified=false&page_size=2":             {3, 2},
		"?verified=false&page_size=2&page=2":      {1, 0},
		"?verified=false&page_size=2&page=3":      {},
		"?verified=true":                          {4},
		"?verified=false&order=newest":            {3, 2, 1, 0},
		"?order=newest&page_size=2":               {4, 3},
		"?disease=die_back":                       {1},
		"?disease_type=fruit":                     {},
		"?verified=false&disease=healthy":         {3},
		"?since=2020-01-01&until=2020-01-02":      {},
		"?order=newest&disease=healthy&verified=": {4, 3},
	} {
		var ids2 []uint64
		for _, i := range want {
			ids2 = append(ids2, ids[i])
		}
		if got := order(query); !slices.Equal(got, ids2) {
			t.Errorf("%s gives %v, want %v", query, got, ids2)
		}
	}
	s.Send("GET", "/api/admin/review/?order=best", boss.Access, nil).Want(400)
	s.Send("GET", "/api/admin/review/?since=yesterday", boss.Access, nil).Want(400)
}

// TestDeleteImages: all or none, and at most 500.
func TestDeleteImages(t *testing.T) {
	s := apitest.New(t, nil)
	boss, lito := s.Admin(), s.Join("lito@farm.example")
	ids := s.Stored(3, nil)
	del := func(token string, v any) *apitest.Answer {
		return s.Send("POST", "/api/admin/review/delete/", token, apitest.Object(map[string]any{"image_ids": v}))
	}
	del(lito.Access, ids).Want(403)
	del(boss.Access, []uint64{ids[0], 4711}).Want(400)
	del(boss.Access, []uint64{}).Want(400)
	del(boss.Access, make([]uint64, 501)).Want(400)
	del(boss.Access, "all").Want(400)
	if n, err := s.Store.CountRecords(context.Background()); err != nil || n != 3 {
		t.Errorf("%d records are left, %v", n, err)
	}
	del(boss.Access, ids[:2]).Want(200).Has(map[string]string{"data.deleted": "2"})
	if n, err := s.Store.CountRecords(context.Background()); err != nil || n != 1 {
		t.Errorf("%d records are left, %v", n, err)
	}
}

// TestPictures: of a photo that is there, the photo, a small one and a heat map;
// of one that is not, nothing, for nobody but administrators.
func TestPictures(t *testing.T) {
	s := apitest.New(t, apitest.NewMachine().Config)
	boss, lito := s.Admin(), s.Join("lito@farm.example")
	s.Model.Diagnosis.HeatMap = []byte("\x89PNG picture")
	r := s.Record(lito)
	bare := s.Stored(1, nil)[0]
	for _, what := range []string{"photo", "thumbnail", "heatmap"} {
		at := "/api/admin/review/" + apitest.ID(r.ID) + "/" + what + "/"
		a := s.Send("GET", at, boss.Access, nil).Want(200)
		if what == "photo" {
			if _, err := jpeg.Decode(bytes.NewReader(a.Body)); err != nil {
				t.Error(err)
			}
		}
		if tag := a.Header.Get("ETag"); tag != "" {
			again := s.Send("GET", at, boss.Access, &apitest.Body{Header: map[string]string{"If-None-Match": tag}})
			if again.Status != 304 {
				t.Errorf("%s again: %d", what, again.Status)
			}
		} else if what != "heatmap" {
			t.Errorf("%s has no ETag", what)
		}
		s.Send("GET", at, lito.Access, nil).Want(403)
		s.Send("GET", at, "", nil).Want(401)
		s.Send("GET", "/api/admin/review/4711/"+what+"/", boss.Access, nil).Want(404)
		s.Send("GET", "/api/admin/review/x/"+what+"/", boss.Access, nil).Want(404)
		s.Send("GET", "/api/admin/review/"+apitest.ID(bare)+"/"+what+"/", boss.Access, nil).Want(404)
	}
	s.Model.Diagnosis.HeatMap = nil
	s.Send("GET", "/api/admin/review/"+apitest.ID(r.ID)+"/heatmap/", boss.Access, nil).Want(404)
}

// TestOverview counts what is there; an empty store is answered, too.
func TestOverview(t *testing.T) {
	s := apitest.New(t, apitest.NewMachine().Config)
	boss := s.Admin()
	s.Send("GET", "/api/admin/overview/", boss.Access, nil).Want(200).Has(map[string]string{"data.any_record": "false", "data.days": "[]", "data.places": "[]", "data.totals.records": "0", "data.live.places": "2"})
	s.Stored(3, func(i int, r *mango.Record) {
		r.Disease, r.Confidence = []string{"Anthracnose", "Healthy", mango.Unknown}[i], []float64{0.97, 0.52, 1}[i]
		r.Probabilities, r.Verified = nil, i == 0
		r.Location = &mango.Location{Latitude: 10.5, Longitude: 122.5, ConsentGiven: true}
	})
	s.Send("GET", "/api/admin/overview/?days=7", boss.Access, nil).Want(200).Has(map[string]string{
		"data.any_record": "true", "data.totals.records": "3", "data.totals.diseased": "1", "data.totals.healthy": "1", "data.totals.unknown": "1",
		"data.verified.are": "1", "data.verified.of": "3", "data.confidence.considered": "3", "data.confidence.bins.10": "1", "data.confidence.bins.19": "2",
		"data.days.#": "3", "data.places.#": "2", // what has no class is on no map
	})
	s.Send("GET", "/api/admin/overview/?days=x", boss.Access, nil).Want(400)
}

// TestConfusion compares what the model said with what an expert verified.
func TestConfusion(t *testing.T) {
	s := apitest.New(t, apitest.NewMachine().Config)
	boss := s.Admin()
	s.Stored(4, func(i int, r *mango.Record) {
		r.Disease, r.Confidence, r.Verified = "Anthracnose", 0.9, i < 3
		r.Probabilities = []mango.Class{{Disease: "Anthracnose", Probability: 0.9}}
		if i == 2 {
			r.Classification = "Die Back"
		}
	})
	s.Send("GET", "/api/admin/models/", boss.Access, nil).Want(200).Has(map[string]string{
		"data.card": `"# Card"`, "data.models.#": "2", "data.confusion.0.considered": "3", "data.confusion.0.right": "2",
		"data.confusion.0.cells.0.count": "2", "data.confusion.0.cells.1.is": `"Die Back"`, "data.confusion.1.cells": "[]",
	})
}

// TestChores: one at a time, its end is seen, and a fault has a sentence.
func TestChores(t *testing.T) {
	m := apitest.NewMachine()
	s := apitest.New(t, m.Config)
	boss := s.Admin()
	state := func() string {
		return strings.Trim(s.Send("GET", "/api/admin/storage/", boss.Access, nil).Want(200).At("data.chore.state"), `"`)
	}
	until := func(want string) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); state() != want; {
			if time.Now().After(deadline) {
				t.Fatalf("it is %s, want %s", state(), want)
			}
		}
	}
	s.Send("POST", "/api/admin/storage/backup/", boss.Access, apitest.Object(`{}`)).Want(200).Has(map[string]string{"data.chore.state": `"running"`, "data.chore.what": `"backup"`})
	if what := <-m.Begun; what != "backup" {
		t.Errorf("%s began", what)
	}
	s.Send("POST", "/api/admin/storage/verify/", boss.Access, apitest.Object(`{}`)).Want(409)
	m.End <- nil
	until("done")
	s.Send("POST", "/api/admin/storage/verify/", boss.Access, apitest.Object(`{}`)).Want(200)
	<-m.Begun
	m.End <- mango.Wrap(mango.StoreFailed, errors.New("page 7 of /home/lito"), "The database has a fault.")
	until("failed")
	s.Send("GET", "/api/admin/storage/", boss.Access, nil).Want(200).Has(map[string]string{"data.chore.message": `"The database has a fault."`})
	// One that runs is ended by the drain; apitest.New fails if it is not.
	s.Send("POST", "/api/admin/storage/backup/", boss.Access, apitest.Object(`{}`)).Want(200)
	<-m.Begun
}

// TestNoMachine: a server without these answers says so.
func TestNoMachine(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	for _, path := range []string{"live", "storage"} {
		s.Send("GET", "/api/admin/"+path+"/", boss.Access, nil).Want(501)
	}
	s.Send("POST", "/api/admin/storage/backup/", boss.Access, apitest.Object(`{}`)).Want(501)
	s.Send("GET", "/api/admin/settings/", boss.Access, nil).Want(200).Has(map[string]string{"data.settings": "[]"})
}

// TestBundle: what a helper needs, and no folder of a person.
func TestBundle(t *testing.T) {
	s := apitest.New(t, apitest.NewMachine().Config)
	boss, lito := s.Admin(), s.Join("lito@farm.example")
	s.Record(lito)
	a := s.Send("GET", "/api/admin/support/", boss.Access, nil).Want(200)
	z, err := zip.NewReader(bytes.NewReader(a.Body), int64(len(a.Body)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, personal := range []string{"lito", "Lito", "Reyes", apitest.AdminEmail, "Hoskyn", "mango_images"} {
			if bytes.Contains(text, []byte(personal)) {
				t.Errorf("%s has %q in it", f.Name, personal)
			}
		}
		if strings.HasSuffix(f.Name, ".json") && !json.Valid(text) {
			t.Errorf("%s is no JSON", f.Name)
		}
	}
	for _, want := range []string{"README.txt", "about.json", "settings.json", "storage.json", "models.json", "live.json", "metrics.txt", "log.txt"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is missing of %v", want, names)
		}
	}
}
