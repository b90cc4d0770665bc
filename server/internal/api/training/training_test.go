package training_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"testing"

	"mangosense/server/internal/api"
	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/mango"
)

func TestModelSettings(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	s.Model.Files = append(s.Model.Files, api.ModelFile{Model: mango.Model{ID: "leaf-next", Version: "2.0.0", File: "leaf-next.tflite", Kind: mango.Leaf}})
	s.Send("GET", "/api/model-settings/", boss.Access, nil).Want(200).Has(map[string]string{
		"data.available_models.all": `["leaf-mobilenetv2.tflite","fruit-mobilenetv2.tflite","leaf-next.tflite"]`, "data.available_models.leaf": `["leaf-mobilenetv2.tflite","leaf-next.tflite"]`,
		"data.available_models.fruit": `["fruit-mobilenetv2.tflite"]`, "data.active_models": `{"fruit":"fruit-mobilenetv2.tflite","leaf":"leaf-mobilenetv2.tflite"}`,
		"data.models_dir": `""`, "data.models.2.version": `"2.0.0"`, "data.models.2.active": "false",
	})
	const path = "/api/model-settings/update/"
	for name, sent := range map[string]string{"a file": "leaf-next.tflite", "an id": "leaf-next", "an id and a version": "leaf-next@2.0.0"} {
		t.Run(name, func(t *testing.T) {
			s.Send("POST", path, boss.Access, apitest.Object(map[string]string{"leaf_model": sent})).Want(200).Has(map[string]string{
				"message": `"Model settings updated successfully."`, "data.updated": `{"leaf":"leaf-next.tflite"}`,
			})
			if s.Model.Switched[mango.Leaf] != "leaf-next.tflite" {
				t.Errorf("switched to %v", s.Model.Switched)
			}
		})
	}
	s.Model.Switched = nil
	s.Reject(t, boss.Access, map[string]apitest.Rejected{
		"an unknown file":  {Method: "POST", Path: path, Body: apitest.Object(`{"leaf_model":"x.keras"}`), Status: 400, Names: "File 'x.keras' not found in models directory."},
		"two unknown":      {Method: "POST", Path: path, Body: apitest.Object(`{"leaf_model":"x","fruit_model":"y"}`), Status: 400, Names: "File 'y' not found in models directory."},
		"of another kind":  {Method: "POST", Path: path, Body: apitest.Object(`{"fruit_model":"leaf-next.tflite"}`), Status: 400, Names: "File 'leaf-next.tflite' is a leaf model: it cannot answer for a fruit."},
		"a path":           {Method: "POST", Path: path, Body: apitest.Object(`{"leaf_model":"../../etc/passwd"}`), Status: 400, Names: "not found in models directory."},
		"nothing":          {Method: "POST", Path: path, Body: apitest.Object(`{}`), Status: 400, Names: "leaf_model"},
		"a number":         {Method: "POST", Path: path, Body: apitest.Object(`{"leaf_model":7}`), Status: 400, Names: "leaf_model"},
		"one known of two": {Method: "POST", Path: path, Body: apitest.Object(`{"leaf_model":"leaf-next","fruit_model":"y"}`), Status: 400, Names: "File 'y' not found"},
	})
	if s.Model.Switched != nil {
		t.Errorf("a refused update switched %v", s.Model.Switched)
	}
	s.Model.Err = mango.Errorf(mango.Invalid, "File 'leaf-next.tflite' cannot be used; the old model goes on.")
	s.Reject(t, boss.Access, map[string]apitest.Rejected{"one that does not load": {Method: "POST", Path: path, Body: apitest.Object(`{"leaf_model":"leaf-next"}`), Status: 400, Names: "the old model goes on"}})
}

func TestTrainingData(t *testing.T) {
	s := apitest.New(t, nil)
	boss, lito := s.Admin(), s.Join("lito@farm.example")
	s.Stored(12, func(i int, r *mango.Record) {
		r.User, r.Verified = lito.ID, i < 8
		if i < 4 {
			r.Disease = "Healthy"
		}
	})
	s.Send("GET", "/api/training-data/1/", boss.Access, nil).Want(200).Has(map[string]string{
		"data.id": "1", "data.original_filename": `"image_1.jpg"`, "data.disease_classification": `"Healthy"`, "data.training_ready": "false", "data.is_verified": "true", "data.selected_symptoms": "[]",
	})
	s.Send("PATCH", "/api/training-data/12/", boss.Access, apitest.Object(`{"disease_classification":"powdery_mildew","training_ready":true,"training_notes":"sharp"}`)).Want(200).Has(map[string]string{
		"message": `"Record Updated."`, "data": `{"disease_classification":"Powdery Mildew","id":12,"training_notes":"sharp","training_ready":true}`,
	})
	s.Send("PATCH", "/api/training-data/12/", boss.Access, apitest.Object(`{"training_ready":false}`)).Want(200).Has(map[string]string{"data.training_notes": `"sharp"`, "data.disease_classification": `"Powdery Mildew"`})
	s.Send("PATCH", "/api/training-data/12/", boss.Access, apitest.Object(`{"disease_classification":""}`)).Want(200).Has(map[string]string{"data.disease_classification": `"Powdery Mildew"`})
	s.Send("POST", "/api/training-data/bulk-approve/", boss.Access, apitest.Object(`{"image_ids":[1,2,3,5,6,7,8,9,12],"training_ready":true}`)).Want(200).Has(map[string]string{
		"success": "true", "updated_count": "9", "training_ready": "true",
	})
	s.Send("GET", "/api/training-data/summary/", boss.Access, nil).Want(200).Has(map[string]string{
		"data.total_training_ready": "9", "data.total_verified": "8", "data.verified_not_yet_approved": "1", "data.breakdown_by_class.#": "3",
	})
	info := s.Send("GET", "/api/retrain/dataset-info/?model_type=leaf&min_images_per_class=4", boss.Access, nil).Want(200)
	info.Has(map[string]string{
		"data.all_classes": `{"Anthracnose":4,"Healthy":3}`, "data.eligible_classes": `{"Anthracnose":4}`, "data.total_eligible_images": "4",
		"data.min_images_per_class": "4", "data.can_retrain": "false",
	})
	if info.At("data.reason") == "null" {
		t.Error("no reason is given")
	}
	s.Send("GET", "/api/retrain/dataset-info/?model_type=leaf&min_images_per_class=3", boss.Access, nil).Want(200).Has(map[string]string{
		"data.can_retrain": "true", "data.reason": "null", "data.total_eligible_images": "7",
	})
	s.Send("GET", "/api/retrain/dataset-info/", boss.Access, nil).Want(200).Has(map[string]string{"data.min_images_per_class": "5", "data.model_type": `"leaf"`})
	s.Reject(t, boss.Access, map[string]apitest.Rejected{
		"unknown":            {Method: "GET", Path: "/api/training-data/99/", Status: 404, Names: "Image not found"},
		"patch unknown":      {Method: "PATCH", Path: "/api/training-data/99/", Body: apitest.Object(`{"training_ready":true}`), Status: 404, Names: "Image not found"},
		"ready of a word":    {Method: "PATCH", Path: "/api/training-data/1/", Body: apitest.Object(`{"training_ready":"soon"}`), Status: 400, Names: "training_ready"},
		"class of a number":  {Method: "PATCH", Path: "/api/training-data/1/", Body: apitest.Object(`{"disease_classification":7}`), Status: 400, Names: "disease_classification"},
		"approve nothing":    {Method: "POST", Path: "/api/training-data/bulk-approve/", Body: apitest.Object(`{"image_ids":[],"training_ready":true}`), Status: 400, Names: "image_ids must be a non-empty list"},
		"approve no ids":     {Method: "POST", Path: "/api/training-data/bulk-approve/", Body: apitest.Object(`{"training_ready":true}`), Status: 400, Names: "image_ids must be a non-empty list"},
		"approve unknown":    {Method: "POST", Path: "/api/training-data/bulk-approve/", Body: apitest.Object(`{"image_ids":[1,99],"training_ready":true}`), Status: 400, Names: "[99]"},
		"approve unsaid":     {Method: "POST", Path: "/api/training-data/bulk-approve/", Body: apitest.Object(`{"image_ids":[1]}`), Status: 400, Names: "training_ready"},
		"another kind":       {Method: "GET", Path: "/api/retrain/dataset-info/?model_type=bark", Status: 400, Names: "model_type"},
		"a minimum of words": {Method: "GET", Path: "/api/retrain/dataset-info/?min_images_per_class=few", Status: 400, Names: "min_images_per_class"},
	})
}

func TestBulkImport(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	const path = "/api/training-data/bulk-import/"
	send := func(fields map[string]string, files map[string][]byte) *apitest.Answer {
		t.Helper()
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for name, value := range fields {
			if err := w.WriteField(name, value); err != nil {
				t.Fatal(err)
			}
		}
		for name, data := range files {
			part, err := w.CreateFormFile("images", name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := part.Write(data); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return s.Send("POST", path, boss.Access, &apitest.Body{ContentType: w.FormDataContentType(), Bytes: b.Bytes()})
	}
	fields := map[string]string{"disease_type": "fruit", "disease_classification": "stem end rot", "training_ready": "true"}
	got := send(fields, map[string][]byte{"a.jpg": apitest.Photo(t), "b.jpg": apitest.Photo(t), "bad.jpg": []byte("no picture"), "empty.jpg": {}}).Want(200)
	got.Has(map[string]string{"success": "true", "created": "2", "errors.#": "2", "message": `"Imported 2 of 4 image(s) as Stem end Rot."`})
	s.Send("GET", "/api/training-data/1/", boss.Access, nil).Want(200).Has(map[string]string{
		"data.disease_classification": `"Stem end Rot"`, "data.predicted_class": `"Stem end Rot"`, "data.training_ready": "true", "data.is_verified": "true", "data.disease_type": `"fruit"`,
	})
	s.Send("GET", "/api/classified-images/1/", boss.Access, nil).Want(200).Has(map[string]string{"data.verified_by": apitest.ID(boss.ID), "data.confidence_score": "null"})
	for name, c := range map[string]struct {
		fields map[string]string
		files  map[string][]byte
		status int
	}{
		"no class":   {map[string]string{"disease_type": "leaf"}, map[string][]byte{"a.jpg": apitest.Photo(t)}, 400},
		"no kind":    {map[string]string{"disease_classification": "Healthy"}, map[string][]byte{"a.jpg": apitest.Photo(t)}, 400},
		"no photo":   {fields, nil, 400},
		"large":      {fields, map[string][]byte{"a.jpg": make([]byte, 9<<20), "b.jpg": make([]byte, 9<<20), "c.jpg": make([]byte, 9<<20)}, 413},
		"larger one": {fields, map[string][]byte{"a.jpg": make([]byte, 11<<20)}, 413},
	} {
		t.Run(name, func(t *testing.T) { send(c.fields, c.files).Want(c.status).Refusal() })
	}
	many := map[string][]byte{}
	for i := range 51 {
		many[fmt.Sprintf("%d.jpg", i)] = []byte("x")
	}
	send(fields, many).Want(400).Refusal()
	if n, err := s.Store.CountRecords(context.Background()); err != nil || n != 2 {
		t.Errorf("%d records (%v), want 2: a refused import was stored", n, err)
	}
}

func TestRetrain(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	got := s.Send("POST", "/api/retrain/", boss.Access, apitest.Object(`{"model_type":"leaf","model_kind":"mobilenetv2","epochs":3,"modality_dropout":0.3}`)).Want(501)
	got.Refusal()
	got.Has(map[string]string{
		"error_code": `"NOT_PROVIDED"`, "data.model_type": `"leaf"`, "data.base_model": `"leaf-mobilenetv2.tflite"`, "data.output_filename": "null",
		"data.config.epochs": "3", "data.config.batch_size": "16", "data.dataset_info.can_retrain": "false",
	})
	for _, path := range []string{"/api/retrain/extract-symptoms/", "/api/retrain/preprocess/"} {
		s.Send("POST", path, boss.Access, apitest.Object(`{"model_type":"fruit"}`)).Want(501).Has(map[string]string{"data.model_type": `"fruit"`})
		s.Send("GET", path+"status/", boss.Access, nil).Want(200).Has(map[string]string{"data.is_running": "false", "data.phase": "null", "data.progress": "0"})
	}
	s.Send("GET", "/api/retrain/status/", boss.Access, nil).Want(200).Has(map[string]string{"data.is_running": "false", "data.accuracy": "null", "data.dataset_info": "null"})
	s.Send("GET", "/api/retrain/symptoms-ready/?model_type=leaf", boss.Access, nil).Want(200).Has(map[string]string{"data": `{"csv_path":null,"ready":false,"rows":null}`})
	s.Send("GET", "/api/retrain/preprocess/ready/", boss.Access, nil).Want(200).Has(map[string]string{"data": `{"classes":0,"processed":0,"ready":false}`})
	s.Reject(t, boss.Access, map[string]apitest.Rejected{
		"no type":         {Method: "POST", Path: "/api/retrain/", Body: apitest.Object(`{}`), Status: 400, Names: "model_type"},
		"a bad type":      {Method: "POST", Path: "/api/retrain/", Body: apitest.Object(`{"model_type":"bark"}`), Status: 400, Names: "model_type"},
		"a bad kind":      {Method: "POST", Path: "/api/retrain/", Body: apitest.Object(`{"model_type":"leaf","model_kind":"vgg"}`), Status: 400, Names: "model_kind"},
		"epochs of words": {Method: "POST", Path: "/api/retrain/", Body: apitest.Object(`{"model_type":"leaf","epochs":"many"}`), Status: 400, Names: "epochs"},
		"a huge number":   {Method: "POST", Path: "/api/retrain/", Body: apitest.Object(`{"model_type":"leaf","learning_rate":1e400}`), Status: 400, Names: "learning_rate"},
		"extract nothing": {Method: "POST", Path: "/api/retrain/extract-symptoms/", Body: apitest.Object(`{"model_type":null}`), Status: 400, Names: "model_type"},
	})
}
