package e2e_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mangosense/preprocess/photos"
)

// The flows of the mobile app and of the web admin (contract, sections 6 and
// 8) over HTTP, with every field that those clients read.

const adminPassword = "Boss-Word-1"

// client is one of the two apps with its session.
type client struct {
	*server
	access, refresh string
}

// ask sends JSON (nil: no body) and wants a status.
func (c *client) ask(method, path string, body any, status int) answer {
	c.t.Helper()
	var content io.Reader
	header := []string{}
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		content, header = strings.NewReader(string(text)), append(header, "Content-Type", "application/json")
	}
	if c.access != "" {
		header = append(header, "Authorization", "Bearer "+c.access)
	}
	a := c.must(method, path, content, header...)
	if a.status != status {
		c.t.Fatalf("%s %s answers %d, want %d: %.400s", method, path, a.status, status, a.body)
	}
	return a
}

// upload sends a predict form.
func (c *client) upload(photo []byte, fields ...string) answer {
	c.t.Helper()
	body, kind := form(c.t, photo, fields...)
	a := c.must("POST", "/api/predict/", body, "Content-Type", kind, "Authorization", "Bearer "+c.access)
	if a.status != http.StatusOK || a.json["success"] != true {
		c.t.Fatalf("predict answers %d: %.400s", a.status, a.body)
	}
	return a
}

// list is an array within an answer.
func list(a answer, keys ...string) []any {
	l, _ := at(a.json, keys...).([]any)
	return l
}

func (c *client) check(what string, got, want any) {
	c.t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		c.t.Errorf("%s is %s, want %s", what, g, w)
	}
}

// boss is an administrator, added on the command line and logged in as W does.
func boss(t *testing.T, s *server) *client {
	t.Helper()
	add := typed(t, s.data, adminPassword+"\n", "user", "add", "--admin", "--username", "boss", "--email", "boss@farm.example", "--password-stdin")
	if add.code != 0 {
		t.Fatalf("user add: %d %s", add.code, add.errOut)
	}
	c := &client{server: s}
	a := c.ask("POST", "/api/auth/login/", map[string]string{"username": "boss", "password": adminPassword}, 200)
	c.check("is_superuser", at(a.json, "user", "is_superuser"), true)
	c.access, c.refresh = a.json["access"].(string), a.json["refresh"].(string)
	return c
}

// grown is a grower, registered and logged in as M3 does.
func grown(t *testing.T, s *server) *client {
	t.Helper()
	c := &client{server: s}
	weak := c.ask("POST", "/api/register/", map[string]string{"firstName": "Lito", "lastName": "Reyes", "email": "lito@farm.example", "password": "secret", "address": "Jordan, Guimaras"}, 400)
	if len(list(weak, "errors")) < 2 {
		t.Errorf("a weak password is refused with %s", weak.body)
	}
	made := c.ask("POST", "/api/register/", map[string]string{"firstName": "Lito", "lastName": "Reyes", "email": "Lito@farm.example", "password": "Carabao2026",
		"confirmPassword": "Carabao2026", "province": "Guimaras", "city": "Jordan", "barangay": "Hoskyn"}, 200)
	c.check("firstName", at(made.json, "user", "firstName"), "Lito")
	c.ask("POST", "/api/login/", map[string]string{"email": "lito@farm.example", "password": "wrong"}, 401)
	in := c.ask("POST", "/api/login/", map[string]string{"email": "lito@farm.example", "password": "Carabao2026"}, 200)
	c.access, c.refresh = in.json["access"].(string), in.json["refresh"].(string)
	return c
}

func TestMobileApp(t *testing.T) {
	t.Parallel()
	s := start(t, "MODELS_DIR="+lenient(t), "ACCESS_LIFETIME=5s")
	c := grown(t, s)
	photo := photos.JPEG(800, 600)

	// Verify, on entry: a preview, then the symptoms of the three diseases.
	preview := c.upload(photo, "detection_type", "leaf", "preview_only", "true")
	c.check("gate passed", at(preview.json, "data", "gate_validation", "passed"), true)
	if _, saved := at(preview.json, "data").(map[string]any)["saved_image_id"]; saved {
		t.Error("a preview was stored")
	}
	ranked := list(preview, "data", "predictions")
	if len(ranked) != 3 {
		t.Fatalf("predictions are %v, want three", ranked)
	}
	var ticked []any
	for _, p := range ranked {
		disease, _ := at(p, "disease").(string)
		a := c.ask("GET", "/api/symptoms/?plant_part=leaf&disease="+url.QueryEscape(disease), nil, 200)
		shown := list(a, "symptoms")
		if len(shown) == 0 {
			t.Fatalf("no symptom can be ticked for %s", disease)
		}
		ticked = append(ticked, shown[0])
	}
	c.ask("GET", "/api/disease-locations/all/", nil, 200)

	// Save, with all that the screen gathers. The session has expired by now:
	// the app refreshes once and repeats.
	time.Sleep(6 * time.Second)
	c.ask("GET", "/api/history/", nil, 401)
	keys, objects := []any{at(ticked[0], "key")}, ticked[:1]
	old := c.refresh
	for range 2 { // the refresh token stays good
		a := (&client{server: s}).ask("POST", "/api/auth/refresh/", map[string]string{"refresh": old}, 200)
		c.access, _ = a.json["access"].(string)
	}
	disease, _ := at(preview.json, "data", "primary_prediction", "disease").(string)
	saved := c.upload(photo, "detection_type", "leaf", "preview_only", "false", "is_detection_correct", "true", "user_feedback", "since the rain",
		"selected_symptoms", text(t, keys), "primary_symptoms", text(t, objects), "alternative_symptoms", "[]", "detected_disease", disease,
		"latitude", "10.720213", "longitude", "122.562147", "location_source", "device gps", "location_address", "12 Rizal St, Hoskyn, Jordan, Guimaras",
		"location_accuracy_confirmed", "true", "top_diseases", text(t, ranked), "symptoms_data", `{"total":1}`)
	id, _ := at(saved.json, "data", "saved_image_id").(float64)
	if id == 0 {
		t.Fatalf("nothing was saved: %s", saved.body)
	}
	for i, p := range list(saved, "data", "top_3_predictions") {
		if _, number := at(p, "confidence").(float64); !number || at(p, "treatment") == "" || at(p, "rank") != float64(i+1) {
			t.Errorf("place %d is %v", i+1, p)
		}
	}
	c.check("the summary's level", at(saved.json, "data", "prediction_summary", "confidence_level") != nil, true)

	history := c.ask("GET", "/api/history/", nil, 200)
	c.check("history", len(list(history, "data", "analyses")), 1)
	first := list(history, "data", "analyses")[0]
	c.check("its id", at(first, "id"), id)
	c.check("its disease", at(first, "disease"), disease)
	c.check("its address", at(first, "location_address"), "12 Rizal St, Hoskyn, Jordan, Guimaras")
	c.check("its verdict", at(first, "confirmed_correct"), true)
	seen := (&client{server: s}).ask("GET", strings.TrimPrefix(at(first, "image_url").(string), s.url), nil, 200) // an <img> sends no token
	c.check("the photo's type", seen.header.Get("Content-Type"), "image/jpeg")

	// Reports: the map without a token is coarse.
	reports := (&client{server: s}).ask("GET", "/api/disease-locations/all/", nil, 200)
	c.check("places", len(list(reports, "data", "locations")), 1)
	if strings.Contains(string(reports.body), "Rizal") || strings.Contains(string(reports.body), "10.7202") {
		t.Errorf("the map tells strangers too much: %s", reports.body)
	}

	confirmed := c.ask("POST", "/api/save-confirmation/", map[string]any{"image_id": id, "is_correct": true, "predicted_disease": disease, "confidence_score": 91.25}, 200)
	c.check("confirmed image", at(confirmed.json, "data", "image_id"), id)
	again := c.ask("POST", "/api/save-confirmation/", map[string]any{"image_id": id, "is_correct": true, "predicted_disease": disease}, 400)
	if !strings.Contains(string(again.body), "already exists") {
		t.Errorf("a second confirmation is refused with %s", again.body)
	}
	c.ask("GET", "/api/classified-images/", nil, 403) // 403, not 401: the phone keeps its session
}

func TestWebAdmin(t *testing.T) {
	t.Parallel()
	s := start(t, "MODELS_DIR="+lenient(t))
	c, lito := boss(t, s), grown(t, s)
	var ids []float64
	for i := range 3 {
		a := lito.upload(photos.JPEG(320+i*8, 240), "detection_type", "leaf")
		id, _ := at(a.json, "data", "saved_image_id").(float64)
		ids = append(ids, id)
	}
	lito.ask("POST", "/api/save-confirmation/", map[string]any{"image_id": ids[0], "is_correct": false, "predicted_disease": "Anthracnose",
		"user_feedback": "=1+1", "confidence_score": 91.25, "location_consent_given": true, "latitude": 10.7, "longitude": 122.5, "location_address": "Jordan"}, 200)

	dashboard := c.ask("GET", "/api/classified-images/?page=1&page_size=1000", nil, 200)
	c.check("images", len(list(dashboard, "data", "images")), 3)
	gallery := c.ask("GET", "/api/classified-images/?_t=1762000000000", nil, 200)
	names := map[any]bool{}
	for _, image := range list(gallery, "data", "images") {
		names[at(image, "original_filename")] = true
		c.check("the uploader", at(image, "user", "email"), "lito@farm.example")
	}
	c.check("different file names", len(names), 3)

	path := fmt.Sprintf("/api/classified-images/%.0f/", ids[0])
	c.ask("PUT", path, map[string]any{"is_verified": true, "notes": "clear case"}, 200)
	kept := c.ask("PUT", path, map[string]any{"is_verified": true, "notes": ""}, 200)
	c.check("notes", at(kept.json, "data", "notes"), "clear case")
	if at(kept.json, "data", "verified_by") == nil || at(kept.json, "data", "verified_date") == nil {
		t.Errorf("who verified, and when, is not kept: %s", kept.body)
	}
	details := c.ask("GET", path+"prediction-details/", nil, 200)
	if n := len(list(details, "data", "prediction_data", "data", "top_3_predictions")); n != 3 {
		t.Errorf("%d predictions in the details", n)
	}
	c.ask("POST", "/api/classified-images/bulk-update/", map[string]any{"image_ids": ids[1:], "updates": map[string]any{"is_verified": true}}, 200)
	c.ask("POST", "/api/training-data/bulk-approve/", map[string]any{"image_ids": ids, "training_ready": true}, 200)
	c.check("ready", at(c.ask("GET", "/api/training-data/summary/", nil, 200).json, "data", "total_training_ready"), 3)
	c.check("retrain", c.ask("POST", "/api/retrain/", map[string]any{"model_type": "leaf"}, 501).json["success"], false)

	bell := c.ask("GET", "/api/notifications/", nil, 200)
	c.check("notifications", len(list(bell, "notifications")), 3)
	newest := list(bell, "notifications")[0]
	c.check("its image", at(newest, "image_id"), strconv.Itoa(int(ids[2])))
	c.ask("PATCH", fmt.Sprintf("/api/notifications/%s/mark-read/", at(newest, "id")), nil, 200)
	c.ask("POST", "/api/notifications/delete-selected/", map[string]any{"ids": []any{at(newest, "id")}}, 200)
	c.check("left", len(list(c.ask("GET", "/api/notifications/", nil, 200), "notifications")), 2)

	users := c.ask("GET", "/api/users/?page=1&page_size=20&search=REYES", nil, 200)
	c.check("users found", len(list(users, "data", "users")), 1)
	c.check("counted images", at(list(users, "data", "users")[0], "verified_images"), 3)
	stats := c.ask("GET", "/api/disease-statistics/", nil, 200)
	c.check("total", at(stats.json, "data", "total_images"), 3)
	c.check("verified", at(stats.json, "data", "verification_stats", "verified"), 3)

	page := c.ask("GET", "/api/user-confirmations/?page=1&page_size=10", nil, 200)
	c.check("confirmations", at(page.json, "data", "count"), 1)
	row := list(page, "data", "results")[0]
	c.check("as a fraction", at(row, "confidence_score"), 0.9125)
	c.check("place", at(row, "address"), "Jordan")
	if u, _ := at(row, "image_data", "image_url").(string); !strings.HasPrefix(u, s.url) {
		t.Errorf("the confirmation's picture is %q", u)
	}
	c.check("flat", at(c.ask("GET", "/api/confirmation-statistics/", nil, 200).json, "data", "total_confirmations"), 1)
	export := c.ask("GET", "/api/export-confirmations/?disease=Anthracnose&start_date=&end_date=", nil, 200)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(export.body), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 2 || !strings.Contains(strings.Join(rows[1], "|"), "|'=1+1|") {
		t.Errorf("the CSV is %q (%v)", export.body, err)
	}

	deleted := c.ask("DELETE", path, nil, 200)
	c.check("deleted", deleted.json["message"], "Image deleted successfully")
	c.check("confirmations left", at(c.ask("GET", "/api/user-confirmations/", nil, 200).json, "data", "count"), 0)
}

// TestModelSwitch exchanges the leaf model while photos are under way: every
// one is answered, and the choice outlives a restart.
func TestModelSwitch(t *testing.T) {
	t.Parallel()
	dir := lenient(t)
	second(t, dir)
	s := start(t, "MODELS_DIR="+dir)
	c := boss(t, s)
	settings := c.ask("GET", "/api/model-settings/", nil, 200)
	before, _ := at(settings.json, "data", "active_models", "leaf").(string)
	c.check("leaf models", len(list(settings, "data", "available_models", "leaf")), 4)
	if before == "leaf-second.tflite" {
		t.Fatal("the second model answers before it was chosen")
	}
	for _, unfit := range []string{"leaf-damaged.tflite", "leaf-flipped.tflite"} {
		c.ask("POST", "/api/model-settings/update/", map[string]string{"leaf_model": unfit}, 400)
	}
	c.check("after a refusal", at(c.ask("GET", "/api/model-settings/", nil, 200).json, "data", "active_models", "leaf"), before)

	var busy sync.WaitGroup
	end := make(chan struct{})
	for i := range 3 {
		busy.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-end:
					return
				default:
				}
				if a := s.predict(photos.JPEG(200+i, 150+n%50), "detection_type", "leaf"); a.status != 200 {
					t.Errorf("a photo under way gets %d: %.200s", a.status, a.body)
					return
				}
			}
		})
	}
	for i := range 4 {
		file := []string{"leaf-second.tflite", before}[i%2]
		a := c.ask("POST", "/api/model-settings/update/", map[string]string{"leaf_model": file}, 200)
		c.check("updated", at(a.json, "data", "updated", "leaf"), file)
	}
	c.ask("POST", "/api/model-settings/update/", map[string]string{"leaf_model": "leaf-second.tflite"}, 200)
	close(end)
	busy.Wait()
	a := s.predict(photos.JPEG(333, 222), "detection_type", "leaf")
	c.check("who answers", at(a.json, "data", "model_path"), "leaf-second.tflite")
	if code := s.stop(); code != 0 {
		t.Errorf("the server ended with %d:\n%s", code, s.logged())
	}
	next := startIn(t, s.data, "MODELS_DIR="+dir)
	a = next.predict(photos.JPEG(333, 222), "detection_type", "leaf")
	c.check("who answers after a restart", at(a.json, "data", "model_path"), "leaf-second.tflite")
}

// second adds a copy of the leaf model under another name to a models folder,
// and one whose file is damaged.
func second(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, "manifest.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Schema int              `json:"schema"`
		Models []map[string]any `json:"models"`
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		t.Fatal(err)
	}
	var leaf map[string]any
	for _, m := range manifest.Models {
		if m["kind"] == "leaf" {
			leaf = m
		}
	}
	tflite, _ := at(leaf, "files", "tflite").(map[string]any)
	weights, err := os.ReadFile(filepath.Join(dir, tflite["name"].(string)))
	if err != nil {
		t.Fatal(err)
	}
	for name, bytes := range map[string][]byte{"leaf-second": weights, "leaf-damaged": weights[:len(weights)/2], "leaf-flipped": weights} {
		copied := map[string]any{}
		for k, v := range leaf {
			copied[k] = v
		}
		copied["id"] = name
		copied["files"] = map[string]any{"tflite": map[string]any{"name": name + ".tflite", "sha256": tflite["sha256"], "bytes": tflite["bytes"]}}
		manifest.Models = append(manifest.Models, copied)
		if err := os.WriteFile(filepath.Join(dir, name+".tflite"), bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		if name == "leaf-flipped" {
			damageWeights(t, filepath.Join(dir, name+".tflite"))
		}
	}
	if data, err = json.Marshal(manifest); err == nil {
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// typed runs a command on a data folder and types into it.
func typed(t *testing.T, data, input string, args ...string) result {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Env = append(os.Environ(), "DATA_DIR="+data)
	cmd.Stdin = strings.NewReader(input)
	var out, errOut strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errOut.String()}
}
