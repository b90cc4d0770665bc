package api_test

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

	"mangosense/server/internal/api"
	"mangosense/server/internal/api/oversight"
	"mangosense/server/internal/mango"
)

// machine stands for the program; what it is asked to do waits for go.
type machine struct {
	begun chan string
	end   chan error
}

func (m *machine) config(cfg *api.Config) {
	do := func(what string) func(context.Context, func(done, total int64)) (string, error) {
		return func(ctx context.Context, progress func(done, total int64)) (string, error) {
			progress(1, 2)
			m.begun <- what
			select {
			case err := <-m.end:
				return what + " done", err
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}
	}
	cfg.LiveEvery = 10 * time.Millisecond
	cfg.Machine = api.Machine{
		Live:     func() oversight.Live { return oversight.Live{Running: 1, Places: 2, StoreState: "ready"} },
		Settings: func() []oversight.Setting { return []oversight.Setting{{Name: "PORT", Value: "8000", From: "default"}} },
		Facts:    func() []oversight.Fact { return []oversight.Fact{{Name: "Version", Value: "test"}} },
		Storage:  func() (oversight.Storage, error) { return oversight.Storage{State: "ready", BackupsOn: true}, nil },
		Card:     func() string { return "# Card" },
		Log:      func() []byte { return []byte("level=INFO msg=serving file=/home/lito/data") },
		Metrics:  func() []byte { return []byte("mangosense_requests_total 1\n") },
		Scrub:    func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("/home/lito"), []byte("HOME")) },
		Backup:   do("backup"), Verify: do("verify"),
		Thumb: func(_ context.Context, photo string, hold func(int64) error) ([]byte, error) {
			if err := hold(100); err != nil {
				return nil, err
			}
			return []byte("\xff\xd8" + photo), nil
		},
	}
}

func newMachine() *machine { return &machine{begun: make(chan string, 8), end: make(chan error, 8)} }

// TestReviewOrder: what a grower called wrong comes first, then what has no
// class, then the least sure; the newest first is the other order.
func TestReviewOrder(t *testing.T) {
	s := newSite(t, nil)
	boss := s.admin()
	no := false
	of := []struct {
		disease    string
		confidence float64
		correct    *bool
		verified   bool
	}{{"Anthracnose", 0.9, nil, false}, {"Die Back", 0.5, nil, false}, {mango.Unknown, 0.1, nil, false}, {"Healthy", 0.99, &no, false}, {"Healthy", 0.3, nil, true}}
	ids := s.stored(len(of), func(i int, r *mango.Record) {
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
		s.send("GET", "/api/admin/review/"+query, boss.Access, nil).want(200).read(&b)
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
	s.send("GET", "/api/admin/review/?order=best", boss.Access, nil).want(400)
	s.send("GET", "/api/admin/review/?since=yesterday", boss.Access, nil).want(400)
}

// TestDeleteImages: all or none, and at most 500.
func TestDeleteImages(t *testing.T) {
	s := newSite(t, nil)
	boss, lito := s.admin(), s.join("lito@farm.example")
	ids := s.stored(3, nil)
	del := func(token string, v any) *answer {
		return s.send("POST", "/api/admin/review/delete/", token, object(map[string]any{"image_ids": v}))
	}
	del(lito.Access, ids).want(403)
	del(boss.Access, []uint64{ids[0], 4711}).want(400)
	del(boss.Access, []uint64{}).want(400)
	del(boss.Access, make([]uint64, 501)).want(400)
	del(boss.Access, "all").want(400)
	if n, err := s.store.CountRecords(context.Background()); err != nil || n != 3 {
		t.Errorf("%d records are left, %v", n, err)
	}
	del(boss.Access, ids[:2]).want(200).has(map[string]string{"data.deleted": "2"})
	if n, err := s.store.CountRecords(context.Background()); err != nil || n != 1 {
		t.Errorf("%d records are left, %v", n, err)
	}
}

// TestPictures: of a photo that is there, the photo, a small one and a heat map;
// of one that is not, nothing, for nobody but administrators.
func TestPictures(t *testing.T) {
	s := newSite(t, newMachine().config)
	boss, lito := s.admin(), s.join("lito@farm.example")
	s.model.diagnosis.HeatMap = []byte("\x89PNG picture")
	r := s.record(lito)
	bare := s.stored(1, nil)[0]
	for _, what := range []string{"photo", "thumbnail", "heatmap"} {
		at := "/api/admin/review/" + id(r.ID) + "/" + what + "/"
		a := s.send("GET", at, boss.Access, nil).want(200)
		if what == "photo" {
			if _, err := jpeg.Decode(bytes.NewReader(a.body)); err != nil {
				t.Error(err)
			}
		}
		if tag := a.header.Get("ETag"); tag != "" {
			again := s.send("GET", at, boss.Access, &body{header: map[string]string{"If-None-Match": tag}})
			if again.status != 304 {
				t.Errorf("%s again: %d", what, again.status)
			}
		} else if what != "heatmap" {
			t.Errorf("%s has no ETag", what)
		}
		s.send("GET", at, lito.Access, nil).want(403)
		s.send("GET", at, "", nil).want(401)
		s.send("GET", "/api/admin/review/4711/"+what+"/", boss.Access, nil).want(404)
		s.send("GET", "/api/admin/review/x/"+what+"/", boss.Access, nil).want(404)
		s.send("GET", "/api/admin/review/"+id(bare)+"/"+what+"/", boss.Access, nil).want(404)
	}
	s.model.diagnosis.HeatMap = nil
	s.send("GET", "/api/admin/review/"+id(r.ID)+"/heatmap/", boss.Access, nil).want(404)
}

// TestOverview counts what is there; an empty store is answered, too.
func TestOverview(t *testing.T) {
	s := newSite(t, newMachine().config)
	boss := s.admin()
	s.send("GET", "/api/admin/overview/", boss.Access, nil).want(200).has(map[string]string{"data.any_record": "false", "data.days": "[]", "data.places": "[]", "data.totals.records": "0", "data.live.places": "2"})
	s.stored(3, func(i int, r *mango.Record) {
		r.Disease, r.Confidence = []string{"Anthracnose", "Healthy", mango.Unknown}[i], []float64{0.97, 0.52, 1}[i]
		r.Probabilities, r.Verified = nil, i == 0
		r.Location = &mango.Location{Latitude: 10.5, Longitude: 122.5, ConsentGiven: true}
	})
	s.send("GET", "/api/admin/overview/?days=7", boss.Access, nil).want(200).has(map[string]string{
		"data.any_record": "true", "data.totals.records": "3", "data.totals.diseased": "1", "data.totals.healthy": "1", "data.totals.unknown": "1",
		"data.verified.are": "1", "data.verified.of": "3", "data.confidence.considered": "3", "data.confidence.bins.10": "1", "data.confidence.bins.19": "2",
		"data.days.#": "3", "data.places.#": "2", // what has no class is on no map
	})
	s.send("GET", "/api/admin/overview/?days=x", boss.Access, nil).want(400)
}

// TestConfusion compares what the model said with what an expert verified.
func TestConfusion(t *testing.T) {
	s := newSite(t, newMachine().config)
	boss := s.admin()
	s.stored(4, func(i int, r *mango.Record) {
		r.Disease, r.Confidence, r.Verified = "Anthracnose", 0.9, i < 3
		r.Probabilities = []mango.Class{{Disease: "Anthracnose", Probability: 0.9}}
		if i == 2 {
			r.Classification = "Die Back"
		}
	})
	s.send("GET", "/api/admin/models/", boss.Access, nil).want(200).has(map[string]string{
		"data.card": `"# Card"`, "data.models.#": "2", "data.confusion.0.considered": "3", "data.confusion.0.right": "2",
		"data.confusion.0.cells.0.count": "2", "data.confusion.0.cells.1.is": `"Die Back"`, "data.confusion.1.cells": "[]",
	})
}

// TestChores: one at a time, its end is seen, and a fault has a sentence.
func TestChores(t *testing.T) {
	m := newMachine()
	s := newSite(t, m.config)
	boss := s.admin()
	state := func() string {
		return strings.Trim(s.send("GET", "/api/admin/storage/", boss.Access, nil).want(200).at("data.chore.state"), `"`)
	}
	until := func(want string) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); state() != want; {
			if time.Now().After(deadline) {
				t.Fatalf("it is %s, want %s", state(), want)
			}
		}
	}
	s.send("POST", "/api/admin/storage/backup/", boss.Access, object(`{}`)).want(200).has(map[string]string{"data.chore.state": `"running"`, "data.chore.what": `"backup"`})
	if what := <-m.begun; what != "backup" {
		t.Errorf("%s began", what)
	}
	s.send("POST", "/api/admin/storage/verify/", boss.Access, object(`{}`)).want(409)
	m.end <- nil
	until("done")
	s.send("POST", "/api/admin/storage/verify/", boss.Access, object(`{}`)).want(200)
	<-m.begun
	m.end <- mango.Wrap(mango.StoreFailed, errors.New("page 7 of /home/lito"), "The database has a fault.")
	until("failed")
	s.send("GET", "/api/admin/storage/", boss.Access, nil).want(200).has(map[string]string{"data.chore.message": `"The database has a fault."`})
	// One that runs is ended by the drain; newSite fails if it is not.
	s.send("POST", "/api/admin/storage/backup/", boss.Access, object(`{}`)).want(200)
	<-m.begun
}

// TestNoMachine: a server without these answers says so.
func TestNoMachine(t *testing.T) {
	s := newSite(t, nil)
	boss := s.admin()
	for _, path := range []string{"live", "storage"} {
		s.send("GET", "/api/admin/"+path+"/", boss.Access, nil).want(501)
	}
	s.send("POST", "/api/admin/storage/backup/", boss.Access, object(`{}`)).want(501)
	s.send("GET", "/api/admin/settings/", boss.Access, nil).want(200).has(map[string]string{"data.settings": "[]"})
}

// TestBundle: what a helper needs, and no folder of a person.
func TestBundle(t *testing.T) {
	s := newSite(t, newMachine().config)
	boss, lito := s.admin(), s.join("lito@farm.example")
	s.record(lito)
	a := s.send("GET", "/api/admin/support/", boss.Access, nil).want(200)
	z, err := zip.NewReader(bytes.NewReader(a.body), int64(len(a.body)))
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
		for _, personal := range []string{"lito", "Lito", "Reyes", adminEmail, "Hoskyn", "mango_images"} {
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
