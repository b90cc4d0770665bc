package confirmations_test

import (
	"fmt"
	"testing"

	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/mango"
)

func TestSaveConfirmation(t *testing.T) {
	s := apitest.New(t, nil)
	grower, other := s.Join("lito@farm.example"), s.Join("ana@farm.example")
	ids := s.Stored(4, func(_ int, r *mango.Record) { r.User = grower.ID })
	say := func(v string) *apitest.Body { return apitest.Object(v) }
	const path = "/api/save-confirmation/"
	got := s.Send("POST", path, grower.Access, say(fmt.Sprintf(
		`{"image_id":%d,"is_correct":true,"predicted_disease":"Anthracnose","confidence_score":91.37,"user_feedback":"yes","location_consent_given":true,"latitude":10.7,"longitude":"122.5","location_address":"Jordan"}`, ids[0]))).Want(200)
	got.Has(map[string]string{
		"message": `"User confirmation saved successfully"`, "data.image_id": apitest.ID(ids[0]), "data.is_correct": "true",
		"data.predicted_disease": `"Anthracnose"`, "data.location_saved": "true", "data.confirmation_id": "1",
	})
	s.Send("POST", path, grower.Access, say(fmt.Sprintf(`{"image_id":"%d","predicted_disease":"Anthracnose","latitude":10.7,"longitude":122.5}`, ids[1]))).Want(200).
		Has(map[string]string{"data.is_correct": "null", "data.location_saved": "false"})
	good := func(id uint64, more string) *apitest.Body {
		return say(fmt.Sprintf(`{"image_id":%d,"predicted_disease":"X"%s}`, id, more))
	}
	s.Reject(t, grower.Access, map[string]apitest.Rejected{
		"a second one":        {Method: "POST", Path: path, Body: good(ids[0], ""), Status: 400, Names: "already exists"},
		"nothing was saved":   {Method: "POST", Path: path, Body: good(0, ""), Status: 404, Names: "Image not found"},
		"unknown image":       {Method: "POST", Path: path, Body: good(999, ""), Status: 404, Names: "Image not found"},
		"no image":            {Method: "POST", Path: path, Body: say(`{"predicted_disease":"X"}`), Status: 400, Names: "Missing fields: image_id"},
		"nothing":             {Method: "POST", Path: path, Body: say(`{}`), Status: 400, Names: "Missing fields: image_id, predicted_disease"},
		"an id of a word":     {Method: "POST", Path: path, Body: say(`{"image_id":"x","predicted_disease":"X"}`), Status: 400, Names: "image_id"},
		"a negative id":       {Method: "POST", Path: path, Body: say(`{"image_id":-1,"predicted_disease":"X"}`), Status: 400, Names: "image_id"},
		"a huge id":           {Method: "POST", Path: path, Body: say(`{"image_id":1e40,"predicted_disease":"X"}`), Status: 400, Names: "image_id"},
		"a disease of a list": {Method: "POST", Path: path, Body: say(`{"image_id":1,"predicted_disease":[]}`), Status: 400, Names: "predicted_disease"},
		"beyond the pole":     {Method: "POST", Path: path, Body: good(ids[2], `,"location_consent_given":true,"latitude":91,"longitude":1`), Status: 400, Names: "latitude"},
		"percent above 100":   {Method: "POST", Path: path, Body: good(ids[2], `,"confidence_score":101`), Status: 400, Names: "confidence_score"},
		"consent of a text":   {Method: "POST", Path: path, Body: good(ids[2], `,"location_consent_given":"perhaps"`), Status: 400, Names: "location_consent_given"},
		"no JSON":             {Method: "POST", Path: path, Body: say(`image_id=1`), Status: 400, Names: "JSON"},
		"a depth bomb":        {Method: "POST", Path: path, Body: apitest.Deep(100000), Status: 400, Names: "deep"},
	})
	s.Reject(t, other.Access, map[string]apitest.Rejected{"another's image": {Method: "POST", Path: path, Body: good(ids[3], ""), Status: 404, Names: "Image not found"}})
}
