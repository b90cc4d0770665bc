package api_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"mangosense/server/internal/mango"
)

func TestPredictionDetails(t *testing.T) {
	s := newSite(t, nil)
	boss := s.admin()
	ids := s.stored(4, func(i int, r *mango.Record) {
		switch i {
		case 1: // no probabilities are kept: nothing is made up
			r.Probabilities = nil
		case 2: // the stored class is not the best one
			r.Disease, r.Confidence = "Healthy", 0.1
		case 3: // an expert's photo, and a model that is gone
			r.Disease, r.Confidence, r.Probabilities, r.Model, r.Classification = "", 0, nil, mango.Model{}, "Die Back"
		}
	})
	for name, c := range map[string]struct {
		id   uint64
		want map[string]string
	}{
		"with its ranking": {ids[0], map[string]string{
			"primary_prediction.disease": `"Anthracnose"`, "primary_prediction.confidence": `"90.00%"`, "primary_prediction.confidence_score": "90",
			"primary_prediction.confidence_level": `"High"`, "top_3_predictions.#": "2", "top_3_predictions.1.disease": `"Healthy"`,
			"top_3_predictions.1.confidence_level": `"Low"`, "prediction_summary.most_likely_disease": `"Anthracnose"`,
			"prediction_summary.total_diseases_checked": "2", "saved_image_id": fmt.Sprint(ids[0]), "model_used": `"leaf"`,
			"model_path": `"leaf-mobilenetv2.tflite"`, "debug_info.image_size": "[40,30]", "debug_info.processed_size": "[224,224]",
		}},
		"without one": {ids[1], map[string]string{"top_3_predictions.#": "1", "top_3_predictions.0.disease": `"Anthracnose"`, "prediction_summary.total_diseases_checked": "0"}},
		"the stored class goes first": {ids[2], map[string]string{
			"primary_prediction.disease": `"Healthy"`, "top_3_predictions.0.disease": `"Healthy"`, "top_3_predictions.1.disease": `"Anthracnose"`, "top_3_predictions.#": "2"}},
		"never predicted": {ids[3], map[string]string{"primary_prediction.disease": `"Die Back"`, "debug_info.model_loaded": "false", "debug_info.processed_size": "null", "model_path": `""`}},
	} {
		t.Run(name, func(t *testing.T) {
			got := s.send("GET", "/api/classified-images/"+id(c.id)+"/prediction-details/", boss.Access, nil).want(200)
			for path, want := range c.want {
				if v := got.at("data.prediction_data.data." + path); v != want {
					t.Errorf("%s is %s, want %s", path, v, want)
				}
			}
			if got.at("data.id") != id(c.id) {
				t.Error("the image object is not beside the details")
			}
			if strings.Contains(string(got.body), "Alternative to") || strings.Contains(got.at("data.prediction_data.data.primary_prediction.treatment"), "recommendations for") {
				t.Error("the predecessor's invented words are back")
			}
		})
	}
	s.send("GET", "/api/classified-images/99/prediction-details/", boss.Access, nil).want(404)
}

func TestStorePrediction(t *testing.T) {
	s := newSite(t, nil)
	boss := s.admin()
	s.stored(1, nil)
	s.send("POST", "/api/classified-images/1/store-prediction/", boss.Access, object(`{}`)).want(200)
	s.send("POST", "/api/classified-images/2/store-prediction/", boss.Access, object(`{}`)).want(404)
}

func TestUploadImage(t *testing.T) {
	s := newSite(t, nil)
	boss := s.admin()
	got := s.send("POST", "/api/upload-image/", boss.Access, form(t, nil, photo(t))).want(200)
	got.has(map[string]string{"data.confidence_score": "null", "data.predicted_class": `""`, "data.disease_type": `"leaf"`, "data.user.username": `"boss"`})
	fruit := s.send("POST", "/api/upload-image/", boss.Access, form(t, map[string]string{"disease_type": "fruit"}, photo(t))).want(200)
	fruit.has(map[string]string{"data.disease_type": `"fruit"`})
	s.reject(t, boss.Access, map[string]rejected{
		"no file":        {"POST", "/api/upload-image/", form(t, map[string]string{"a": "b"}, nil), 400, "No file was submitted."},
		"no picture":     {"POST", "/api/upload-image/", form(t, nil, []byte("hello")), 400, "Only JPEG and PNG images are allowed"},
		"an empty file":  {"POST", "/api/upload-image/", form(t, nil, []byte{}), 400, "The submitted file is empty."},
		"a text":         {"POST", "/api/upload-image/", form(t, map[string]string{"image": "/home/x.jpg"}, nil), 400, "Only JPEG and PNG images are allowed"},
		"too large":      {"POST", "/api/upload-image/", form(t, nil, make([]byte, 6<<20)), 400, "5MB"},
		"a bad kind":     {"POST", "/api/upload-image/", form(t, map[string]string{"disease_type": "bark"}, photo(t)), 400, "disease_type"},
		"JSON":           {"POST", "/api/upload-image/", object(`{}`), 415, ""},
		"far too large":  {"POST", "/api/upload-image/", form(t, nil, make([]byte, 12<<20)), 413, ""},
		"a gif as a jpg": {"POST", "/api/upload-image/", form(t, nil, []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;")), 400, "Only JPEG and PNG images are allowed"},
	})
	n, err := s.store.CountRecords(context.Background())
	if err != nil || n != 2 {
		t.Errorf("%d records (%v), want 2: a refused upload was stored", n, err)
	}
}

func TestExportDataset(t *testing.T) {
	s := newSite(t, nil)
	boss := s.admin()
	s.send("GET", "/api/export-dataset/", boss.Access, nil).want(200).has(map[string]string{"data.images": "[]", "data.total_count": "0"})
	s.stored(150, func(i int, r *mango.Record) { r.OriginalName = `x",=y.jpg` })
	s.send("GET", "/api/export-dataset/", boss.Access, nil).want(200).has(map[string]string{
		"data.images.#": "150", "data.total_count": "150", "data.images.0.id": "150", "data.images.149.id": "1",
		"data.images.0.filename": `"x\",=y_150.jpg"`, "data.images.0.confidence_score": "0.9", "success": "true",
	})
}
