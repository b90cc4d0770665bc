package records_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/mango"
)

func TestPredictionDetails(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	ids := s.Stored(4, func(i int, r *mango.Record) {
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
			"model_path": `"leaf-mobilenetv2.tflite"`, "debug_info.image_size": "[40,30]", "debug_info.processed_size": "[96,96]",
		}},
		"without one": {ids[1], map[string]string{"top_3_predictions.#": "1", "top_3_predictions.0.disease": `"Anthracnose"`, "prediction_summary.total_diseases_checked": "0"}},
		"the stored class goes first": {ids[2], map[string]string{
			"primary_prediction.disease": `"Healthy"`, "top_3_predictions.0.disease": `"Healthy"`, "top_3_predictions.1.disease": `"Anthracnose"`, "top_3_predictions.#": "2"}},
		"never predicted": {ids[3], map[string]string{"primary_prediction.disease": `"Die Back"`, "debug_info.model_loaded": "false", "debug_info.processed_size": "null", "model_path": `""`}},
	} {
		t.Run(name, func(t *testing.T) {
			got := s.Send("GET", "/api/classified-images/"+apitest.ID(c.id)+"/prediction-details/", boss.Access, nil).Want(200)
			for path, want := range c.want {
				if v := got.At("data.prediction_data.data." + path); v != want {
					t.Errorf("%s is %s, want %s", path, v, want)
				}
			}
			if got.At("data.id") != apitest.ID(c.id) {
				t.Error("the image object is not beside the details")
			}
			if strings.Contains(string(got.Body), "Alternative to") || strings.Contains(got.At("data.prediction_data.data.primary_prediction.treatment"), "recommendations for") {
				t.Error("the predecessor's invented words are back")
			}
		})
	}
	s.Send("GET", "/api/classified-images/99/prediction-details/", boss.Access, nil).Want(404)
}

func TestStorePrediction(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	s.Stored(1, nil)
	s.Send("POST", "/api/classified-images/1/store-prediction/", boss.Access, apitest.Object(`{}`)).Want(200)
	s.Send("POST", "/api/classified-images/2/store-prediction/", boss.Access, apitest.Object(`{}`)).Want(404)
}

func TestUploadImage(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	got := s.Send("POST", "/api/upload-image/", boss.Access, apitest.Form(t, nil, apitest.Photo(t))).Want(200)
	got.Has(map[string]string{"data.confidence_score": "null", "data.predicted_class": `""`, "data.disease_type": `"leaf"`, "data.user.username": `"boss"`})
	fruit := s.Send("POST", "/api/upload-image/", boss.Access, apitest.Form(t, map[string]string{"disease_type": "fruit"}, apitest.Photo(t))).Want(200)
	fruit.Has(map[string]string{"data.disease_type": `"fruit"`})
	s.Reject(t, boss.Access, map[string]apitest.Rejected{
		"no file":        {Method: "POST", Path: "/api/upload-image/", Body: apitest.Form(t, map[string]string{"a": "b"}, nil), Status: 400, Names: "No file was submitted."},
		"no picture":     {Method: "POST", Path: "/api/upload-image/", Body: apitest.Form(t, nil, []byte("hello")), Status: 400, Names: "Only JPEG and PNG images are allowed"},
		"an empty file":  {Method: "POST", Path: "/api/upload-image/", Body: apitest.Form(t, nil, []byte{}), Status: 400, Names: "The submitted file is empty."},
		"a text":         {Method: "POST", Path: "/api/upload-image/", Body: apitest.Form(t, map[string]string{"image": "/home/x.jpg"}, nil), Status: 400, Names: "Only JPEG and PNG images are allowed"},
		"too large":      {Method: "POST", Path: "/api/upload-image/", Body: apitest.Form(t, nil, make([]byte, 6<<20)), Status: 400, Names: "5MB"},
		"a bad kind":     {Method: "POST", Path: "/api/upload-image/", Body: apitest.Form(t, map[string]string{"disease_type": "bark"}, apitest.Photo(t)), Status: 400, Names: "disease_type"},
		"JSON":           {Method: "POST", Path: "/api/upload-image/", Body: apitest.Object(`{}`), Status: 415, Names: ""},
		"far too large":  {Method: "POST", Path: "/api/upload-image/", Body: apitest.Form(t, nil, make([]byte, 12<<20)), Status: 413, Names: ""},
		"a gif as a jpg": {Method: "POST", Path: "/api/upload-image/", Body: apitest.Form(t, nil, []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;")), Status: 400, Names: "Only JPEG and PNG images are allowed"},
	})
	n, err := s.Store.CountRecords(context.Background())
	if err != nil || n != 2 {
		t.Errorf("%d records (%v), want 2: a refused upload was stored", n, err)
	}
}

func TestExportDataset(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	s.Send("GET", "/api/export-dataset/", boss.Access, nil).Want(200).Has(map[string]string{"data.images": "[]", "data.total_count": "0"})
	s.Stored(150, func(i int, r *mango.Record) { r.OriginalName = `x",=y.jpg` })
	s.Send("GET", "/api/export-dataset/", boss.Access, nil).Want(200).Has(map[string]string{
		"data.images.#": "150", "data.total_count": "150", "data.images.0.id": "150", "data.images.149.id": "1",
		"data.images.0.filename": `"x\",=y_150.jpg"`, "data.images.0.confidence_score": "0.9", "success": "true",
	})
}
