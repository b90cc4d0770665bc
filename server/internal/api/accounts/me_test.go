package accounts_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/mango"
)

func TestMe(t *testing.T) {
	s := apitest.New(t, nil)
	lito := s.Join("lito@farm.example")
	s.Record(lito)
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
	answer := s.Send("GET", "/api/me/", lito.Access, nil).Want(200).Read(&got)
	if got.Data.ID != lito.ID || got.Data.Email != "lito@farm.example" || got.Data.Images != 1 || got.Data.Profile.Address != "Hoskyn, Jordan" {
		t.Errorf("%s", answer.Body)
	}
	if strings.Contains(string(answer.Body), "argon2") {
		t.Error("the answer holds the password's hash")
	}
}

func TestMyExport(t *testing.T) {
	s := apitest.New(t, nil)
	lito, ana := s.Join("lito@farm.example"), s.Join("ana@farm.example")
	mine := []*mango.Record{s.Record(lito), s.Record(lito)}
	s.Record(ana)
	s.Send("POST", "/api/save-confirmation/", lito.Access, apitest.Object(map[string]any{"image_id": mine[0].ID, "is_correct": true, "predicted_disease": "Anthracnose"})).Want(200)
	got := s.Send("GET", "/api/me/export/", lito.Access, nil).Want(200)
	if got.Header.Get("Content-Type") != "application/zip" {
		t.Errorf("type %q", got.Header.Get("Content-Type"))
	}
	z, err := zip.NewReader(bytes.NewReader(got.Body), int64(len(got.Body)))
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
	if bytes.Contains(got.Body, []byte("ana@farm")) {
		t.Error("the export speaks of somebody else")
	}
}

func TestChangePassword(t *testing.T) {
	s := apitest.New(t, nil)
	lito := s.Join("lito@farm.example")
	other, _, err := s.Accounts.Login(context.Background(), "lito@farm.example", apitest.Password)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		old, new any
		status   int
	}{
		{"missing", nil, "Tamaraw2026", 400},
		{"no new one", apitest.Password, "", 400},
		{"wrong", "Carabao2025", "Tamaraw2026", 403}, // 401 would log the phone out
		{"weak", apitest.Password, "tamaraw", 400},
		{"number", apitest.Password, 12345678, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.In(t)
			s.Send("POST", "/api/me/password/", lito.Access, apitest.Object(map[string]any{"old_password": c.old, "new_password": c.new})).Want(c.status).Refusal()
		})
	}
	var fresh loggedIn
	s.Send("POST", "/api/me/password/", lito.Access, apitest.Object(map[string]string{"old_password": apitest.Password, "new_password": "Tamaraw2026"})).Want(200).Read(&fresh)
	s.Send("GET", "/api/me/", fresh.Access, nil).Want(200)
	s.Send("GET", "/api/me/", lito.Access, nil).Want(401)
	s.Send("POST", "/api/auth/refresh/", "", apitest.Object(map[string]string{"refresh": lito.Refresh})).Want(401)
	s.Send("POST", "/api/auth/refresh/", "", apitest.Object(map[string]string{"refresh": fresh.Refresh})).Want(200)
	s.Send("GET", "/api/me/", other.Access, nil).Want(401)
	s.Send("POST", "/api/auth/refresh/", "", apitest.Object(map[string]string{"refresh": other.Refresh})).Want(401)
}

func TestDeleteMe(t *testing.T) {
	s := apitest.New(t, nil)
	lito, ana := s.Join("lito@farm.example"), s.Join("ana@farm.example")
	mine, hers := s.Record(lito), s.Record(ana)
	s.Send("DELETE", "/api/me/", lito.Access, apitest.Object("{}")).Want(400).Refusal()
	s.Send("DELETE", "/api/me/", lito.Access, apitest.Object(map[string]string{"password": "x"})).Want(403).Refusal()
	s.Send("GET", "/api/me/", lito.Access, nil).Want(200)
	s.Send("DELETE", "/api/me/", lito.Access, apitest.Object(map[string]string{"password": apitest.Password})).Want(200)
	s.Send("GET", "/api/me/", lito.Access, nil).Want(401)
	s.Send("POST", "/api/login/", "", apitest.Object(map[string]string{"email": "lito@farm.example", "password": apitest.Password})).Want(401)
	if _, err := s.Store.Record(context.Background(), mango.System, mine.ID); mango.CodeOf(err) != mango.NotFound {
		t.Errorf("the record is still there: %v", err)
	}
	if _, err := s.Store.Record(context.Background(), mango.System, hers.ID); err != nil {
		t.Errorf("somebody else's record: %v", err)
	}
}
