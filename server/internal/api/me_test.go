package api_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"mangosense/server/internal/mango"
)

func TestMe(t *testing.T) {
	s := newSite(t, nil)
	lito := s.join("lito@farm.example")
	s.record(lito)
	var got struct {
		Success bool `json:"success"`
		Data    struct {
			ID      uint64 `json:"id"`
			Email   string `json:"email"`
			Images  int    `json:"total_images"`
			Profile struct {
				Address string `json:"address"`
			} `json:"profile"`
		} `json:"data"`
	}
	answer := s.send("GET", "/api/me/", lito.Access, nil).want(200).read(&got)
	if got.Data.ID != lito.id || got.Data.Email != "lito@farm.example" || got.Data.Images != 1 || got.Data.Profile.Address != "Hoskyn, Jordan" {
		t.Errorf("%s", answer.body)
	}
	if strings.Contains(string(answer.body), "argon2") {
		t.Error("the answer holds the password's hash")
	}
}

func TestMyExport(t *testing.T) {
	s := newSite(t, nil)
	lito, ana := s.join("lito@farm.example"), s.join("ana@farm.example")
	mine := []*mango.Record{s.record(lito), s.record(lito)}
	s.record(ana)
	s.send("POST", "/api/save-confirmation/", lito.Access, object(map[string]any{"image_id": mine[0].ID, "is_correct": true, "predicted_disease": "Anthracnose"})).want(200)
	got := s.send("GET", "/api/me/export/", lito.Access, nil).want(200)
	if got.header.Get("Content-Type") != "application/zip" {
		t.Errorf("type %q", got.header.Get("Content-Type"))
	}
	z, err := zip.NewReader(bytes.NewReader(got.body), int64(len(got.body)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
	}
	var records []struct {
		ID    uint64 `json:"id"`
		Photo string `json:"photo"`
	}
	if err := json.Unmarshal(files["records.json"], &records); err != nil || len(records) != 2 {
		t.Fatalf("records.json: %v, %s", err, files["records.json"])
	}
	for _, r := range records {
		if len(files[r.Photo]) == 0 {
			t.Errorf("record %d: no photo %s", r.ID, r.Photo)
		}
	}
	var confirmations []map[string]any
	if err := json.Unmarshal(files["confirmations.json"], &confirmations); err != nil || len(confirmations) != 1 {
		t.Errorf("confirmations.json: %v, %s", err, files["confirmations.json"])
	}
	if !bytes.Contains(files["account.json"], []byte("lito@farm.example")) || len(files) != 5 {
		t.Errorf("%d files, account %s", len(files), files["account.json"])
	}
	if bytes.Contains(got.body, []byte("ana@farm")) {
		t.Error("the export speaks of somebody else")
	}
}

func TestChangePassword(t *testing.T) {
	s := newSite(t, nil)
	lito := s.join("lito@farm.example")
	other, _, err := s.accounts.Login(context.Background(), "lito@farm.example", password)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		old, new any
		status   int
	}{
		{"missing", nil, "Tamaraw2026", 400},
		{"no new one", password, "", 400},
		{"wrong", "Carabao2025", "Tamaraw2026", 403}, // 401 would log the phone out
		{"weak", password, "tamaraw", 400},
		{"number", password, 12345678, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			s.send("POST", "/api/me/password/", lito.Access, object(map[string]any{"old_password": c.old, "new_password": c.new})).want(c.status).refusal()
		})
	}
	var fresh loggedIn
	s.send("POST", "/api/me/password/", lito.Access, object(map[string]string{"old_password": password, "new_password": "Tamaraw2026"})).want(200).read(&fresh)
	s.send("GET", "/api/me/", fresh.Access, nil).want(200)
	s.send("GET", "/api/me/", lito.Access, nil).want(401)
	s.send("POST", "/api/auth/refresh/", "", object(map[string]string{"refresh": lito.Refresh})).want(401)
	s.send("POST", "/api/auth/refresh/", "", object(map[string]string{"refresh": fresh.Refresh})).want(200)
	s.send("GET", "/api/me/", other.Access, nil).want(401)
	s.send("POST", "/api/auth/refresh/", "", object(map[string]string{"refresh": other.Refresh})).want(401)
}

func TestDeleteMe(t *testing.T) {
	s := newSite(t, nil)
	lito, ana := s.join("lito@farm.example"), s.join("ana@farm.example")
	mine, hers := s.record(lito), s.record(ana)
	s.send("DELETE", "/api/me/", lito.Access, object("{}")).want(400).refusal()
	s.send("DELETE", "/api/me/", lito.Access, object(map[string]string{"password": "x"})).want(403).refusal()
	s.send("GET", "/api/me/", lito.Access, nil).want(200)
	s.send("DELETE", "/api/me/", lito.Access, object(map[string]string{"password": password})).want(200)
	s.send("GET", "/api/me/", lito.Access, nil).want(401)
	s.send("POST", "/api/login/", "", object(map[string]string{"email": "lito@farm.example", "password": password})).want(401)
	if _, err := s.store.Record(context.Background(), mango.System, mine.ID); mango.CodeOf(err) != mango.NotFound {
		t.Errorf("the record is still there: %v", err)
	}
	if _, err := s.store.Record(context.Background(), mango.System, hers.ID); err != nil {
		t.Errorf("somebody else's record: %v", err)
	}
}
