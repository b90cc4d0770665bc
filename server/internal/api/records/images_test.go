package records_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/mango"
)

func TestGallery(t *testing.T) {
	s := apitest.New(t, nil)
	boss, grower := s.Admin(), s.Join("lito@farm.example")
	s.Stored(25, func(i int, r *mango.Record) {
		switch {
		case i < 5:
			r.Kind, r.Disease = mango.Fruit, "Stem end Rot"
		case i == 5:
			r.Disease = "Healthy"
		}
		if i < 10 {
			r.User = grower.ID
		}
		r.Verified = i%5 == 0
	})
	s.Stored(1, func(_ int, r *mango.Record) { r.User, r.ByAdmin, r.Disease = boss.ID, true, "Die Back" })
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
			got := s.Send("GET", "/api/classified-images/"+c.query, boss.Access, nil).Want(200)
			got.Has(map[string]string{"success": "true", "data.images.#": fmt.Sprint(c.count), "data.pagination.total_count": fmt.Sprint(c.total)})
		})
	}
	newest := s.Send("GET", "/api/classified-images/?page=1&page_size=2", boss.Access, nil).Want(200)
	newest.Has(map[string]string{
		"data.images.0.id": "26", "data.images.1.id": "25", "data.images.0.user.username": `"boss"`, "data.images.1.user": "null",
		"data.pagination": `{"has_next":true,"has_previous":false,"page":1,"page_size":2,"total_count":26,"total_pages":13}`,
	})
	s.Reject(t, boss.Access, map[string]apitest.Rejected{
		"page no number":      {Method: "GET", Path: "/api/classified-images/?page=abc", Status: 400, Names: "page"},
		"page size no number": {Method: "GET", Path: "/api/classified-images/?page_size=1.5", Status: 400, Names: "page_size"},
		"unknown kind":        {Method: "GET", Path: "/api/classified-images/?disease_type=bark", Status: 400, Names: "disease_type"},
		"unknown scope":       {Method: "GET", Path: "/api/classified-images/?uploader_scope=x", Status: 400, Names: "uploader_scope"},
		"invalid UTF-8":       {Method: "GET", Path: "/api/classified-images/?search=%ff%fe", Status: 400, Names: "search"},
		"a long search":       {Method: "GET", Path: "/api/classified-images/?search=" + strings.Repeat("a", 300), Status: 400, Names: "search"},
		"both faults":         {Method: "GET", Path: "/api/classified-images/?page=x&search=%ff", Status: 400, Names: "search"},
	})
}

func TestImage(t *testing.T) {
	s := apitest.New(t, nil)
	boss, grower := s.Admin(), s.Join("lito@farm.example")
	sent := s.Send("POST", "/api/predict/", grower.Access, apitest.Form(t, map[string]string{
		"detection_type": "leaf", "latitude": "10.7202", "longitude": "122.5621", "location_source": "device gps", "location_address": "Hoskyn, Jordan",
		"location_accuracy_confirmed": "true", "selected_symptoms": `["dark_spots_brown"]`, "primary_symptoms": `[{"key":"dark_spots_brown","label":"Brown spots"}]`,
		"user_feedback": "since the rain", "is_detection_correct": "false", "symptoms_data": `{"total":1}`,
	}, apitest.Photo(t))).Want(200)
	id := sent.At("data.saved_image_id")
	got := s.Send("GET", "/api/classified-images/"+id, boss.Access, nil).Want(200)
	got.Has(map[string]string{
		"data.id": id, "data.user.email": `"lito@farm.example"`, "data.original_filename": `"image_` + id + `.jpg"`,
		"data.predicted_class": `"Anthracnose"`, "data.confidence_score": "0.9137", "data.disease_type": `"leaf"`, "data.is_verified": "false",
		"data.verified_by": "null", "data.verified_date": "null", "data.user_feedback": `"since the rain"`, "data.user_confirmed_correct": "false",
		"data.latitude": "10.7202", "data.longitude": "122.5621", "data.location_consent_given": "true", "data.location_source": `"device gps"`,
		"data.selected_symptoms": `["dark_spots_brown"]`, "data.primary_symptoms.0.label": `"Brown spots"`, "data.alternative_symptoms": "[]",
		"data.symptoms_data": `{"total":1}`, "data.image_size": `"16x16"`, "data.model_used": `"leaf"`, "data.client_ip": "-", "data.model_path": "-",
	})
	url := strings.Trim(got.At("data.image_url"), `"`)
	if url != strings.Trim(got.At("data.image"), `"`) || !strings.HasPrefix(url, s.URL+"/api/media/") {
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
	s := apitest.New(t, nil)
	boss := s.Admin()
	id := fmt.Sprint(s.Stored(1, nil)[0])
	path := "/api/classified-images/" + id + "/"
	put := func(v any) *apitest.Answer {
		t.Helper()
		return s.Send("PUT", path, boss.Access, apitest.Object(v)).Want(200)
	}
	put(`{"is_verified":true,"notes":"clear case","unknown":[1]}`).Has(map[string]string{
		"message": `"Image updated successfully"`, "data.is_verified": "true", "data.notes": `"clear case"`, "data.verified_by": fmt.Sprint(boss.ID),
	})
	put(`{"is_verified":true,"notes":""}`).Has(map[string]string{"data.notes": `"clear case"`})
	put(`{"is_verified":false}`).Has(map[string]string{"data.verified_by": "null", "data.verified_date": "null", "data.notes": `"clear case"`})
	put(`{"predicted_class":"Die Back","confidence_score":0.5,"disease_type":"fruit","image_size":"400x300","processing_time":1.5}`).Has(map[string]string{
		"data.predicted_class": `"Anthracnose"`, "data.disease_classification": `"Die Back"`, "data.confidence_score": "null", "data.disease_type": `"fruit"`,
		"data.image_size": `"400x300"`, "data.processing_time": "1.5",
	})
	s.Reject(t, boss.Access, map[string]apitest.Rejected{
		"unknown image":       {Method: "PUT", Path: "/api/classified-images/999/", Body: apitest.Object(`{"is_verified":true}`), Status: 404, Names: "Image not found"},
		"no id":               {Method: "PUT", Path: "/api/classified-images/abc/", Body: apitest.Object(`{"is_verified":true}`), Status: 404, Names: "Image not found"},
		"a huge id":           {Method: "GET", Path: "/api/classified-images/99999999999999999999999/", Status: 404, Names: "Image not found"},
		"confidence above 1":  {Method: "PUT", Path: path, Body: apitest.Object(`{"confidence_score":91.3}`), Status: 400, Names: "confidence_score"},
		"a huge confidence":   {Method: "PUT", Path: path, Body: apitest.Object(`{"confidence_score":1e999}`), Status: 400, Names: "confidence_score"},
		"a class of a number": {Method: "PUT", Path: path, Body: apitest.Object(`{"predicted_class":7}`), Status: 400, Names: "predicted_class"},
		"a class of nothing":  {Method: "PUT", Path: path, Body: apitest.Object(`{"predicted_class":" "}`), Status: 400, Names: "predicted_class"},
		"a bad size":          {Method: "PUT", Path: path, Body: apitest.Object(`{"image_size":"big"}`), Status: 400, Names: "image_size"},
		"a bad kind":          {Method: "PUT", Path: path, Body: apitest.Object(`{"disease_type":"bark"}`), Status: 400, Names: "disease_type"},
		"verified is a list":  {Method: "PUT", Path: path, Body: apitest.Object(`{"is_verified":[]}`), Status: 400, Names: "is_verified"},
		"no JSON":             {Method: "PUT", Path: path, Body: apitest.Object(`{"is_verified":tru`), Status: 400, Names: "JSON"},
		"a list":              {Method: "PUT", Path: path, Body: apitest.Object(`[]`), Status: 400, Names: "JSON"},
		"invalid UTF-8":       {Method: "PUT", Path: path, Body: apitest.Object("{\"notes\":\"\xff\xfe\"}"), Status: 400, Names: ""},
		"a depth bomb":        {Method: "PUT", Path: path, Body: apitest.Deep(5000), Status: 400, Names: "deep"},
		"ten thousand keys":   {Method: "PUT", Path: path, Body: apitest.Wide(10000), Status: 400, Names: "many"},
		"long notes":          {Method: "PUT", Path: path, Body: apitest.Object(`{"notes":"` + strings.Repeat("n", 6000) + `"}`), Status: 400, Names: "notes"},
	})
	s.Send("GET", path, boss.Access, nil).Want(200).Has(map[string]string{"data.disease_classification": `"Die Back"`, "data.confidence_score": "null"})
}

func TestDeleteImage(t *testing.T) {
	s := apitest.New(t, nil)
	boss, grower := s.Admin(), s.Join("lito@farm.example")
	r := s.Record(grower)
	s.Send("DELETE", "/api/classified-images/"+apitest.ID(r.ID)+"/", boss.Access, nil).Want(200).Has(map[string]string{"message": `"Image deleted successfully"`})
	s.Send("GET", "/api/classified-images/"+apitest.ID(r.ID)+"/", boss.Access, nil).Want(404)
	s.Send("DELETE", "/api/classified-images/"+apitest.ID(r.ID)+"/", boss.Access, nil).Want(404)
	s.Send("GET", "/api/notifications/", boss.Access, nil).Want(200).Has(map[string]string{"notifications.#": "0"})
}

func TestBulkUpdate(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	s.Stored(3, nil)
	const path = "/api/classified-images/bulk-update/"
	s.Send("POST", path, boss.Access, apitest.Object(`{"image_ids":[1,3,3],"updates":{"is_verified":true}}`)).Want(200).Has(map[string]string{
		"success": "true", "message": `"Successfully updated 2 images"`, "updated_count": "2",
	})
	s.Send("GET", "/api/classified-images/?verified=true", boss.Access, nil).Want(200).Has(map[string]string{"data.pagination.total_count": "2"})
	s.Reject(t, boss.Access, map[string]apitest.Rejected{
		"unknown ids":     {Method: "POST", Path: path, Body: apitest.Object(`{"image_ids":[2,77],"updates":{"is_verified":true}}`), Status: 400, Names: "Images with IDs [77] do not exist"},
		"forbidden field": {Method: "POST", Path: path, Body: apitest.Object(`{"image_ids":[2],"updates":{"notes":"x"}}`), Status: 400, Names: "Invalid fields: ['notes']"},
		"no ids":          {Method: "POST", Path: path, Body: apitest.Object(`{"updates":{"is_verified":true}}`), Status: 400, Names: "image_ids"},
		"an empty list":   {Method: "POST", Path: path, Body: apitest.Object(`{"image_ids":[],"updates":{"is_verified":true}}`), Status: 400, Names: "image_ids"},
		"ids of words":    {Method: "POST", Path: path, Body: apitest.Object(`{"image_ids":["x"],"updates":{"is_verified":true}}`), Status: 400, Names: "image_ids"},
		"id zero":         {Method: "POST", Path: path, Body: apitest.Object(`{"image_ids":[0],"updates":{"is_verified":true}}`), Status: 400, Names: "image_ids"},
		"no updates":      {Method: "POST", Path: path, Body: apitest.Object(`{"image_ids":[2]}`), Status: 400, Names: "updates"},
		"updates a list":  {Method: "POST", Path: path, Body: apitest.Object(`{"image_ids":[2],"updates":[]}`), Status: 400, Names: "updates"},
		"empty updates":   {Method: "POST", Path: path, Body: apitest.Object(`{"image_ids":[2],"updates":{}}`), Status: 400, Names: "updates"},
		"a bad value":     {Method: "POST", Path: path, Body: apitest.Object(`{"image_ids":[2],"updates":{"is_verified":"maybe"}}`), Status: 400, Names: "updates.is_verified"},
	})
	s.Send("GET", "/api/classified-images/2/", boss.Access, nil).Want(200).Has(map[string]string{"data.is_verified": "false"})
}
