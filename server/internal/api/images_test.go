package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"mangosense/server/internal/mango"
)

// stored adds records past the HTTP, for lists.
func (s *site) stored(n int, change func(i int, r *mango.Record)) []uint64 {
	s.t.Helper()
	var ids []uint64
	for i := range n {
		r := &mango.Record{
			Kind: mango.Leaf, Disease: "Anthracnose", Confidence: 0.9, Verdict: mango.Named, OriginalName: "image.jpg",
			Probabilities: []mango.Class{{Disease: "Anthracnose", Probability: 0.9}, {Disease: "Healthy", Probability: 0.1}},
			Model:         s.model.files[0].Model, Photo: mango.Photo{Format: "jpeg", Width: 40, Height: 30},
		}
		if change != nil {
			change(i, r)
		}
		id, err := s.store.AddRecord(context.Background(), mango.System, r)
		if err != nil {
			s.t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func TestGallery(t *testing.T) {
	s := newSite(t, nil)
	boss, grower := s.admin(), s.join("lito@farm.example")
	s.stored(25, func(i int, r *mango.Record) {
		switch {
		case i < 5:
			r.Kind, r.Disease = mango.Fruit, "Stem end Rot"
		case i == 5:
			r.Disease = "Healthy"
		}
		if i < 10 {
			r.User = grower.id
		}
		r.Verified = i%5 == 0
	})
	s.stored(1, func(_ int, r *mango.Record) { r.User, r.ByAdmin, r.Disease = boss.id, true, "Die Back" })
	for name, c := range map[string]struct {
		query string
		count int // images in the answer
		total int
	}{
		"no paging means all":        {"?_t=12345", 26, 26},
		"first page":                 {"?page=1", 20, 26},
		"second page":                {"?page=2", 6, 26},
		"page size":                  {"?page=1&page_size=7", 7, 26},
		"page size of the dashboard": {"?page=1&page_size=1000", 26, 26},
		"page zero is the first":     {"?page=0&page_size=3", 3, 26},
		"a negative page":            {"?page=-4&page_size=3", 3, 26},
		"page size zero is one":      {"?page=1&page_size=0", 1, 26},
		"past the end":               {"?page=99999999999999999999", 0, 26},
		"leaf":                       {"?disease_type=leaf", 21, 21},
		"fruit":                      {"?disease_type=fruit", 5, 5},
		"part of a disease":          {"?disease=stem", 5, 5},
		"search in the class":        {"?search=healthy", 1, 1},
		"verified":                   {"?verified=true", 5, 5},
		"not verified":               {"?verified=false", 21, 21},
		"users":                      {"?uploader_scope=users", 10, 10},
		"admins":                     {"?uploader_scope=admins", 1, 1},
		"anonymous":                  {"?uploader_scope=anonymous", 15, 15},
		"all scopes":                 {"?uploader_scope=all", 26, 26},
		"together":                   {"?uploader_scope=users&disease_type=fruit&verified=true", 1, 1},
		"empty filters":              {"?search=&disease=&disease_type=&verified=&uploader_scope=", 26, 26},
	} {
		t.Run(name, func(t *testing.T) {
			got := s.send("GET", "/api/classified-images/"+c.query, boss.Access, nil).want(200)
			got.has(map[string]string{"success": "true", "data.images.#": fmt.Sprint(c.count), "data.pagination.total_count": fmt.Sprint(c.total)})
		})
	}
	newest := s.send("GET", "/api/classified-images/?page=1&page_size=2", boss.Access, nil).want(200)
	newest.has(map[string]string{
		"data.images.0.id": "26", "data.images.1.id": "25", "data.images.0.user.username": `"boss"`, "data.images.1.user": "null",
		"data.pagination": `{"has_next":true,"has_previous":false,"page":1,"page_size":2,"total_count":26,"total_pages":13}`,
	})
	s.reject(t, boss.Access, map[string]rejected{
		"page no number":      {"GET", "/api/classified-images/?page=abc", nil, 400, "page"},
		"page size no number": {"GET", "/api/classified-images/?page_size=1.5", nil, 400, "page_size"},
		"unknown kind":        {"GET", "/api/classified-images/?disease_type=bark", nil, 400, "disease_type"},
		"unknown scope":       {"GET", "/api/classified-images/?uploader_scope=x", nil, 400, "uploader_scope"},
		"invalid UTF-8":       {"GET", "/api/classified-images/?search=%ff%fe", nil, 400, "search"},
		"a long search":       {"GET", "/api/classified-images/?search=" + strings.Repeat("a", 300), nil, 400, "search"},
		"both faults":         {"GET", "/api/classified-images/?page=x&search=%ff", nil, 400, "search"},
	})
}

func TestImage(t *testing.T) {
	s := newSite(t, nil)
	boss, grower := s.admin(), s.join("lito@farm.example")
	sent := s.send("POST", "/api/predict/", grower.Access, form(t, map[string]string{
		"detection_type": "leaf", "latitude": "10.7202", "longitude": "122.5621", "location_source": "device gps", "location_address": "Hoskyn, Jordan",
		"location_accuracy_confirmed": "true", "selected_symptoms": `["dark_spots_brown"]`, "primary_symptoms": `[{"key":"dark_spots_brown","label":"Brown spots"}]`,
		"user_feedback": "since the rain", "is_detection_correct": "false", "symptoms_data": `{"total":1}`,
	}, photo(t))).want(200)
	id := sent.at("data.saved_image_id")
	got := s.send("GET", "/api/classified-images/"+id, boss.Access, nil).want(200)
	got.has(map[string]string{
		"data.id": id, "data.user.email": `"lito@farm.example"`, "data.original_filename": `"image_` + id + `.jpg"`,
		"data.predicted_class": `"Anthracnose"`, "data.confidence_score": "0.9137", "data.disease_type": `"leaf"`, "data.is_verified": "false",
		"data.verified_by": "null", "data.verified_date": "null", "data.user_feedback": `"since the rain"`, "data.user_confirmed_correct": "false",
		"data.latitude": "10.7202", "data.longitude": "122.5621", "data.location_consent_given": "true", "data.location_source": `"device gps"`,
		"data.selected_symptoms": `["dark_spots_brown"]`, "data.primary_symptoms.0.label": `"Brown spots"`, "data.alternative_symptoms": "[]",
		"data.symptoms_data": `{"total":1}`, "data.image_size": `"16x16"`, "data.model_used": `"leaf"`, "data.client_ip": "-", "data.model_path": "-",
	})
	url := strings.Trim(got.at("data.image_url"), `"`)
	if url != strings.Trim(got.at("data.image"), `"`) || !strings.HasPrefix(url, s.url+"/api/media/") {
		t.Errorf("the image's address is %s", url)
	}
	seen, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer seen.Body.Close()
	if seen.StatusCode != 200 || seen.Header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("the signed address answers %d, %s", seen.StatusCode, seen.Header.Get("Content-Type"))
	}
}

func TestChangeImage(t *testing.T) {
	s := newSite(t, nil)
	boss := s.admin()
	id := fmt.Sprint(s.stored(1, nil)[0])
	path := "/api/classified-images/" + id + "/"
	put := func(v any) *answer { t.Helper(); return s.send("PUT", path, boss.Access, object(v)).want(200) }
	put(`{"is_verified":true,"notes":"clear case","unknown":[1]}`).has(map[string]string{
		"message": `"Image updated successfully"`, "data.is_verified": "true", "data.notes": `"clear case"`, "data.verified_by": fmt.Sprint(boss.id),
	})
	put(`{"is_verified":true,"notes":""}`).has(map[string]string{"data.notes": `"clear case"`})
	put(`{"is_verified":false}`).has(map[string]string{"data.verified_by": "null", "data.verified_date": "null", "data.notes": `"clear case"`})
	put(`{"predicted_class":"Die Back","confidence_score":0.5,"disease_type":"fruit","image_size":"400x300","processing_time":1.5}`).has(map[string]string{
		"data.predicted_class": `"Anthracnose"`, "data.disease_classification": `"Die Back"`, "data.confidence_score": "null", "data.disease_type": `"fruit"`,
		"data.image_size": `"400x300"`, "data.processing_time": "1.5",
	})
	s.reject(t, boss.Access, map[string]rejected{
		"unknown image":       {"PUT", "/api/classified-images/999/", object(`{"is_verified":true}`), 404, "Image not found"},
		"no id":               {"PUT", "/api/classified-images/abc/", object(`{"is_verified":true}`), 404, "Image not found"},
		"a huge id":           {"GET", "/api/classified-images/99999999999999999999999/", nil, 404, "Image not found"},
		"confidence above 1":  {"PUT", path, object(`{"confidence_score":91.3}`), 400, "confidence_score"},
		"a huge confidence":   {"PUT", path, object(`{"confidence_score":1e999}`), 400, "confidence_score"},
		"a class of a number": {"PUT", path, object(`{"predicted_class":7}`), 400, "predicted_class"},
		"a class of nothing":  {"PUT", path, object(`{"predicted_class":" "}`), 400, "predicted_class"},
		"a bad size":          {"PUT", path, object(`{"image_size":"big"}`), 400, "image_size"},
		"a bad kind":          {"PUT", path, object(`{"disease_type":"bark"}`), 400, "disease_type"},
		"verified is a list":  {"PUT", path, object(`{"is_verified":[]}`), 400, "is_verified"},
		"no JSON":             {"PUT", path, object(`{"is_verified":tru`), 400, "JSON"},
		"a list":              {"PUT", path, object(`[]`), 400, "JSON"},
		"invalid UTF-8":       {"PUT", path, object("{\"notes\":\"\xff\xfe\"}"), 400, ""},
		"a depth bomb":        {"PUT", path, deep(5000), 400, "deep"},
		"ten thousand keys":   {"PUT", path, wide(10000), 400, "many"},
		"long notes":          {"PUT", path, object(`{"notes":"` + strings.Repeat("n", 6000) + `"}`), 400, "notes"},
	})
	s.send("GET", path, boss.Access, nil).want(200).has(map[string]string{"data.disease_classification": `"Die Back"`, "data.confidence_score": "null"})
}

func TestDeleteImage(t *testing.T) {
	s := newSite(t, nil)
	boss, grower := s.admin(), s.join("lito@farm.example")
	r := s.record(grower)
	s.send("DELETE", "/api/classified-images/"+id(r.ID)+"/", boss.Access, nil).want(200).has(map[string]string{"message": `"Image deleted successfully"`})
	s.send("GET", "/api/classified-images/"+id(r.ID)+"/", boss.Access, nil).want(404)
	s.send("DELETE", "/api/classified-images/"+id(r.ID)+"/", boss.Access, nil).want(404)
	s.send("GET", "/api/notifications/", boss.Access, nil).want(200).has(map[string]string{"notifications.#": "0"})
}

func TestBulkUpdate(t *testing.T) {
	s := newSite(t, nil)
	boss := s.admin()
	s.stored(3, nil)
	const path = "/api/classified-images/bulk-update/"
	s.send("POST", path, boss.Access, object(`{"image_ids":[1,3,3],"updates":{"is_verified":true}}`)).want(200).has(map[string]string{
		"success": "true", "message": `"Successfully updated 2 images"`, "updated_count": "2",
	})
	s.send("GET", "/api/classified-images/?verified=true", boss.Access, nil).want(200).has(map[string]string{"data.pagination.total_count": "2"})
	s.reject(t, boss.Access, map[string]rejected{
		"unknown ids":     {"POST", path, object(`{"image_ids":[2,77],"updates":{"is_verified":true}}`), 400, "Images with IDs [77] do not exist"},
		"forbidden field": {"POST", path, object(`{"image_ids":[2],"updates":{"notes":"x"}}`), 400, "Invalid fields: ['notes']"},
		"no ids":          {"POST", path, object(`{"updates":{"is_verified":true}}`), 400, "image_ids"},
		"an empty list":   {"POST", path, object(`{"image_ids":[],"updates":{"is_verified":true}}`), 400, "image_ids"},
		"ids of words":    {"POST", path, object(`{"image_ids":["x"],"updates":{"is_verified":true}}`), 400, "image_ids"},
		"id zero":         {"POST", path, object(`{"image_ids":[0],"updates":{"is_verified":true}}`), 400, "image_ids"},
		"no updates":      {"POST", path, object(`{"image_ids":[2]}`), 400, "updates"},
		"updates a list":  {"POST", path, object(`{"image_ids":[2],"updates":[]}`), 400, "updates"},
		"empty updates":   {"POST", path, object(`{"image_ids":[2],"updates":{}}`), 400, "updates"},
		"a bad value":     {"POST", path, object(`{"image_ids":[2],"updates":{"is_verified":"maybe"}}`), 400, "updates.is_verified"},
	})
	s.send("GET", "/api/classified-images/2/", boss.Access, nil).want(200).has(map[string]string{"data.is_verified": "false"})
}
