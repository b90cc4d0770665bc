package api_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"testing"

	"mangosense/server/internal/api"
	"mangosense/server/internal/mango"
)

func TestModelSettings(t *testing.T) {
	s := newSite(t, nil)
	boss := s.admin()
	s.model.files = append(s.model.files, api.ModelFile{Model: mango.Model{ID: "leaf-next", Version: "2.0.0", File: "leaf-next.tflite", Kind: mango.Leaf}})
	s.send("GET", "/api/model-settings/", boss.Access, nil).want(200).has(map[string]string{
		"data.available_models.all": `["leaf-mobilenetv2.tflite","fruit-mobilenetv2.tflite","leaf-next.tflite"]`, "data.available_models.leaf": `["leaf-mobilenetv2.tflite","leaf-next.tflite"]`,
		"data.available_models.fruit": `["fruit-mobilenetv2.tflite"]`, "data.active_models": `{"fruit":"fruit-mobilenetv2.tflite","leaf":"leaf-mobilenetv2.tflite"}`,
		"data.models_dir": `""`, "data.models.2.version": `"2.0.0"`, "data.models.2.active": "false",
	})
	const path = "/api/model-settings/update/"
	for name, sent := range map[string]string{"a file": "leaf-next.tflite", "an id": "leaf-next", "an id and a version": "leaf-next@2.0.0"} {
		t.Run(name, func(t *testing.T) {
			s.send("POST", path, boss.Access, object(map[string]string{"leaf_model": sent})).want(200).has(map[string]string{
				"message": `"Model settings updated successfully."`, "data.updated": `{"leaf":"leaf-next.tflite"}`,
			})
			if s.model.switched[mango.Leaf] != "leaf-next.tflite" {
				t.Errorf("switched to %v", s.model.switched)
			}
		})
	}
	s.model.switched = nil
	s.reject(t, boss.Access, map[string]rejected{
		"an unknown file":  {"POST", path, object(`{"leaf_model":"x.keras"}`), 400, "File 'x.keras' not found in models directory."},
		"two unknown":      {"POST", path, object(`{"leaf_model":"x","fruit_model":"y"}`), 400, "File 'y' not found in models directory."},
		"of another kind":  {"POST", path, object(`{"fruit_model":"leaf-next.tflite"}`), 400, "File 'leaf-next.tflite' is a leaf model: it cannot answer for a fruit."},
		"a path":           {"POST", path, object(`{"leaf_model":"../../etc/passwd"}`), 400, "not found in models directory."},
		"nothing":          {"POST", path, object(`{}`), 400, "leaf_model"},
		"a number":         {"POST", path, object(`{"leaf_model":7}`), 400, "leaf_model"},
		"one known of two": {"POST", path, object(`{"leaf_model":"leaf-next","fruit_model":"y"}`), 400, "File 'y' not found"},
	})
	if s.model.switched != nil {
		t.Errorf("a refused update switched %v", s.model.switched)
	}
	s.model.err = mango.Errorf(mango.Invalid, "File 'leaf-next.tflite' cannot be used; the old model goes on.")
	s.reject(t, boss.Access, map[string]rejected{"one that does not load": {"POST", path, object(`{"leaf_model":"leaf-next"}`), 400, "the old model goes on"}})
}

func TestTrainingData(t *testing.T) {
	s := newSite(t, nil)
	boss, lito := s.admin(), s.join("lito@farm.example")
	s.stored(12, func(i int, r *mango.Record) {
		r.User, r.Verified = lito.id, i < 8
		if i < 4 {
			r.Disease = "Healthy"
		}
	})
	s.send("GET", "/api/training-data/1/", boss.Access, nil).want(200).has(map[string]string{
		"data.id": "1", "data.original_filename": `"image_1.jpg"`, "data.disease_classification": `"Healthy"`, "data.training_ready": "false", "data.is_verified": "true", "data.selected_symptoms": "[]",
	})
	s.send("PATCH", "/api/training-data/12/", boss.Access, object(`{"disease_classification":"powdery_mildew","training_ready":true,"training_notes":"sharp"}`)).want(200).has(map[string]string{
		"message": `"Record Updated."`, "data": `{"disease_classification":"Powdery Mildew","id":12,"training_notes":"sharp","training_ready":true}`,
	})
	s.send("PATCH", "/api/training-data/12/", boss.Access, object(`{"training_ready":false}`)).want(200).has(map[string]string{"data.training_notes": `"sharp"`, "data.disease_classification": `"Powdery Mildew"`})
	s.send("PATCH", "/api/training-data/12/", boss.Access, object(`{"disease_classification":""}`)).want(200).has(map[string]string{"data.disease_classification": `"Powdery Mildew"`})
	s.send("POST", "/api/training-data/bulk-approve/", boss.Access, object(`{"image_ids":[1,2,3,5,6,7,8,9,12],"training_ready":true}`)).want(200).has(map[string]string{
		"success": "true", "updated_count": "9", "training_ready": "true",
	})
	s.send("GET", "/api/training-data/summary/", boss.Access, nil).want(200).has(map[string]string{
		"data.total_training_ready": "9", "data.total_verified": "8", "data.verified_not_yet_approved": "1", "data.breakdown_by_class.#": "3",
	})
	info := s.send("GET", "/api/retrain/dataset-info/?model_type=leaf&min_images_per_class=4", boss.Access, nil).want(200)
	info.has(map[string]string{
		"data.all_classes": `{"Anthracnose":4,"Healthy":3}`, "data.eligible_classes": `{"Anthracnose":4}`, "data.total_eligible_images": "4",
		"data.min_images_per_class": "4", "data.can_retrain": "false",
	})
	if info.at("data.reason") == "null" {
		t.Error("no reason is given")
	}
	s.send("GET", "/api/retrain/dataset-info/?model_type=leaf&min_images_per_class=3", boss.Access, nil).want(200).has(map[string]string{
		"data.can_retrain": "true", "data.reason": "null", "data.total_eligible_images": "7",
	})
	s.send("GET", "/api/retrain/dataset-info/", boss.Access, nil).want(200).has(map[string]string{"data.min_images_per_class": "5", "data.model_type": `"leaf"`})
	s.reject(t, boss.Access, map[string]rejected{
		"unknown":            {"GET", "/api/training-data/99/", nil, 404, "Image not found"},
		"patch unknown":      {"PATCH", "/api/training-data/99/", object(`{"training_ready":true}`), 404, "Image not found"},
		"ready of a word":    {"PATCH", "/api/training-data/1/", object(`{"training_ready":"soon"}`), 400, "training_ready"},
		"class of a number":  {"PATCH", "/api/training-data/1/", object(`{"disease_classification":7}`), 400, "disease_classification"},
		"approve nothing":    {"POST", "/api/training-data/bulk-approve/", object(`{"image_ids":[],"training_ready":true}`), 400, "image_ids must be a non-empty list"},
		"approve no ids":     {"POST", "/api/training-data/bulk-approve/", object(`{"training_ready":true}`), 400, "image_ids must be a non-empty list"},
		"approve unknown":    {"POST", "/api/training-data/bulk-approve/", object(`{"image_ids":[1,99],"training_ready":true}`), 400, "[99]"},
		"approve unsaid":     {"POST", "/api/training-data/bulk-approve/", object(`{"image_ids":[1]}`), 400, "training_ready"},
		"another kind":       {"GET", "/api/retrain/dataset-info/?model_type=bark", nil, 400, "model_type"},
		"a minimum of words": {"GET", "/api/retrain/dataset-info/?min_images_per_class=few", nil, 400, "min_images_per_class"},
	})
}

func TestBulkImport(t *testing.T) {
	s := newSite(t, nil)
	boss := s.admin()
	const path = "/api/training-data/bulk-import/"
	send := func(fields map[string]string, files map[string][]byte) *answer {
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
		return s.send("POST", path, boss.Access, &body{contentType: w.FormDataContentType(), bytes: b.Bytes()})
	}
	fields := map[string]string{"disease_type": "fruit", "disease_classification": "stem end rot", "training_ready": "true"}
	got := send(fields, map[string][]byte{"a.jpg": photo(t), "b.jpg": photo(t), "bad.jpg": []byte("no picture"), "empty.jpg": {}}).want(200)
	got.has(map[string]string{"success": "true", "created": "2", "errors.#": "2", "message": `"Imported 2 of 4 image(s) as Stem end Rot."`})
	s.send("GET", "/api/training-data/1/", boss.Access, nil).want(200).has(map[string]string{
		"data.disease_classification": `"Stem end Rot"`, "data.predicted_class": `"Stem end Rot"`, "data.training_ready": "true", "data.is_verified": "true", "data.disease_type": `"fruit"`,
	})
	s.send("GET", "/api/classified-images/1/", boss.Access, nil).want(200).has(map[string]string{"data.verified_by": id(boss.id), "data.confidence_score": "null"})
	for name, c := range map[string]struct {
		fields map[string]string
		files  map[string][]byte
		status int
	}{
		"no class":   {map[string]string{"disease_type": "leaf"}, map[string][]byte{"a.jpg": photo(t)}, 400},
		"no kind":    {map[string]string{"disease_classification": "Healthy"}, map[string][]byte{"a.jpg": photo(t)}, 400},
		"no photo":   {fields, nil, 400},
		"large":      {fields, map[string][]byte{"a.jpg": make([]byte, 9<<20), "b.jpg": make([]byte, 9<<20), "c.jpg": make([]byte, 9<<20)}, 413},
		"larger one": {fields, map[string][]byte{"a.jpg": make([]byte, 11<<20)}, 413},
	} {
		t.Run(name, func(t *testing.T) { send(c.fields, c.files).want(c.status).refusal() })
	}
	many := map[string][]byte{}
	for i := range 51 {
		many[fmt.Sprintf("%d.jpg", i)] = []byte("x")
	}
	send(fields, many).want(400).refusal()
	if n, err := s.store.CountRecords(context.Background()); err != nil || n != 2 {
		t.Errorf("%d records (%v), want 2: a refused import was stored", n, err)
	}
}

func TestRetrain(t *testing.T) {
	s := newSite(t, nil)
	boss := s.admin()
	got := s.send("POST", "/api/retrain/", boss.Access, object(`{"model_type":"leaf","model_kind":"mobilenetv2","epochs":3,"modality_dropout":0.3}`)).want(501)
	got.refusal()
	got.has(map[string]string{
		"error_code": `"NOT_PROVIDED"`, "data.model_type": `"leaf"`, "data.base_model": `"leaf-mobilenetv2.tflite"`, "data.output_filename": "null",
		"data.config.epochs": "3", "data.config.batch_size": "16", "data.dataset_info.can_retrain": "false",
	})
	for _, path := range []string{"/api/retrain/extract-symptoms/", "/api/retrain/preprocess/"} {
		s.send("POST", path, boss.Access, object(`{"model_type":"fruit"}`)).want(501).has(map[string]string{"data.model_type": `"fruit"`})
		s.send("GET", path+"status/", boss.Access, nil).want(200).has(map[string]string{"data.is_running": "false", "data.phase": "null", "data.progress": "0"})
	}
	s.send("GET", "/api/retrain/status/", boss.Access, nil).want(200).has(map[string]string{"data.is_running": "false", "data.accuracy": "null", "data.dataset_info": "null"})
	s.send("GET", "/api/retrain/symptoms-ready/?model_type=leaf", boss.Access, nil).want(200).has(map[string]string{"data": `{"csv_path":null,"ready":false,"rows":null}`})
	s.send("GET", "/api/retrain/preprocess/ready/", boss.Access, nil).want(200).has(map[string]string{"data": `{"classes":0,"processed":0,"ready":false}`})
	s.reject(t, boss.Access, map[string]rejected{
		"no type":         {"POST", "/api/retrain/", object(`{}`), 400, "model_type"},
		"a bad type":      {"POST", "/api/retrain/", object(`{"model_type":"bark"}`), 400, "model_type"},
		"a bad kind":      {"POST", "/api/retrain/", object(`{"model_type":"leaf","model_kind":"vgg"}`), 400, "model_kind"},
		"epochs of words": {"POST", "/api/retrain/", object(`{"model_type":"leaf","epochs":"many"}`), 400, "epochs"},
		"a huge number":   {"POST", "/api/retrain/", object(`{"model_type":"leaf","learning_rate":1e400}`), 400, "learning_rate"},
		"extract nothing": {"POST", "/api/retrain/extract-symptoms/", object(`{"model_type":null}`), 400, "model_type"},
	})
}
