package records_test

import (
	"testing"

	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/mango"
)

// TestCorrectedClass: after a correction what the model said stays what the
// model said, and no confidence stands beside the expert's class.
func TestCorrectedClass(t *testing.T) {
	for name, correct := range map[string]struct{ method, path, body string }{
		"one image":  {"PUT", "/api/classified-images/1/", `{"predicted_class":"Die Back","confidence_score":0.99}`},
		"many":       {"POST", "/api/classified-images/bulk-update/", `{"image_ids":[1],"updates":{"predicted_class":"Die Back"}}`},
		"training":   {"PATCH", "/api/training-data/1/", `{"disease_classification":"Die Back"}`},
		"to a place": {"PUT", "/api/classified-images/1/", `{"predicted_class":"die_back"}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := apitest.New(t, nil)
			boss, lito := s.Admin(), s.Join("lito@farm.example")
			s.Send("POST", "/api/predict/", lito.Access, apitest.Form(t, map[string]string{"latitude": "10", "longitude": "122"}, apitest.Photo(t))).Want(200)
			s.Send(correct.method, correct.path, boss.Access, apitest.Object(correct.body)).Want(200)
			get := func(path, token string) *apitest.Answer { t.Helper(); return s.Send("GET", path, token, nil).Want(200) }

			image := map[string]string{"predicted_class": `"Anthracnose"`, "disease_classification": `"Die Back"`, "confidence_score": "null"}
			for field, want := range image {
				get("/api/classified-images/1/", boss.Access).Has(map[string]string{"data." + field: want})
				get("/api/classified-images/", boss.Access).Has(map[string]string{"data.images.0." + field: want})
				get("/api/users/"+apitest.ID(lito.ID)+"/images/", boss.Access).Has(map[string]string{"data.images.0." + field: want})
			}
			const details = "data.prediction_data.data."
			got := get("/api/classified-images/1/prediction-details/", boss.Access)
			got.Has(map[string]string{
				details + "primary_prediction.disease": `"Anthracnose"`, details + "primary_prediction.confidence": `"91.37%"`,
				details + "top_3_predictions.#": "3", details + "top_3_predictions.0.disease": `"Anthracnose"`,
				details + "top_3_predictions.1.disease": `"Die Back"`, details + "top_3_predictions.1.confidence": `"5.00%"`,
				details + "prediction_summary.most_likely_disease": `"Anthracnose"`, "data.disease_classification": `"Die Back"`,
			})
			get("/api/history/", lito.Access).Has(map[string]string{
				"data.analyses.0.disease": `"Die Back"`, "data.analyses.0.confidence": "null",
				"data.analyses.0.notes": `"Predicted as Anthracnose with 91.37% confidence; corrected by an expert"`,
			})
			get("/api/disease-locations/all/", "").Has(map[string]string{"data.locations.0.disease": `"Die Back"`, "data.locations.0.confidence": "null"})
			get("/api/notifications/", boss.Access).Has(map[string]string{
				"notifications.0.disease_classification": `"Die Back"`, "notifications.0.confidence": "null", "notifications.0.message": `"image_1.jpg: Die Back"`,
			})
			get("/api/export-dataset/", boss.Access).Has(map[string]string{
				"data.images.0.predicted_class": `"Anthracnose"`, "data.images.0.confidence_score": "0.9137", "data.images.0.disease_classification": `"Die Back"`,
			})
			if row := apitest.OwnRecord(t, get("/api/me/export/", lito.Access)); row["disease"] != "Anthracnose" || row["confidence"] != 0.9137 || row["expert_class"] != "Die Back" {
				t.Errorf("the owner takes home %v", row)
			}
			// Back to what the model said: its confidence stands beside it again.
			s.Send("PUT", "/api/classified-images/1/", boss.Access, apitest.Object(`{"predicted_class":"anthracnose"}`)).Want(200).
				Has(map[string]string{"data.disease_classification": `"Anthracnose"`, "data.confidence_score": "0.9137"})
		})
	}
}

// TestCorrectionOfAnEarlierProgram: earlier ones wrote the correction over the
// model's answer, whose confidence stayed.
func TestCorrectionOfAnEarlierProgram(t *testing.T) {
	ranking := []mango.Class{{Disease: "Anthracnose", Probability: 0.9}, {Disease: "Sooty Mould", Probability: 0.06}, {Disease: "Healthy", Probability: 0.04}}
	for name, c := range map[string]struct {
		stored    mango.Record
		predicted string
		corrected bool
	}{
		"as the model said":  {mango.Record{Disease: "Anthracnose", Confidence: 0.9, Probabilities: ranking}, "Anthracnose", false},
		"another spelling":   {mango.Record{Disease: "ANTHRACNOSE", Confidence: 0.9, Probabilities: ranking}, "Anthracnose", false},
		"written over":       {mango.Record{Disease: "Healthy", Confidence: 0.9, Probabilities: ranking}, "Anthracnose", true},
		"with a confidence":  {mango.Record{Disease: "Healthy", Confidence: 0.5, Probabilities: ranking}, "Anthracnose", true},
		"over Unknown":       {mango.Record{Disease: "sooty_mould", Confidence: 0.9, Verdict: mango.Unsure, Probabilities: ranking}, mango.Unknown, true},
		"Unknown":            {mango.Record{Disease: mango.Unknown, Confidence: 0.9, Verdict: mango.Unsure, Probabilities: ranking}, mango.Unknown, false},
		"an import's tie":    {mango.Record{Disease: "Healthy", Confidence: 0.0401, Probabilities: ranking}, "Healthy", false},
		"without a ranking":  {mango.Record{Disease: "Healthy", Confidence: 0.9}, "Healthy", false},
		"and an expert then": {mango.Record{Disease: "Anthracnose", Confidence: 0.9, Probabilities: ranking, Classification: "gall_midge"}, "Anthracnose", true},
	} {
		t.Run(name, func(t *testing.T) {
			r := c.stored
			r.Changes = 1
			said, ok := r.Predicted()
			if !ok || said.Disease != c.predicted || r.Corrected() != c.corrected || (r.ClassConfidence() == nil) != c.corrected {
				t.Errorf("the model said %v (%v), corrected %v", said, ok, r.Corrected())
			}
		})
	}
}
