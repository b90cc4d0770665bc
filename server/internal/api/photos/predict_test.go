package photos_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"mangosense/server/internal/api"
	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// TestPredictAnswers: the three shapes of a good answer, as clients read them.
func TestPredictAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*mango.Diagnosis)
		stored bool
		has    map[string]string
	}{
		"named": {func(*mango.Diagnosis) {}, true, map[string]string{
			"message": `"Image processed successfully"`, "data.primary_prediction.disease": `"Anthracnose"`, "data.primary_prediction.confidence": `"91.37%"`,
			"data.primary_prediction.confidence_score": "91.37", "data.primary_prediction.confidence_level": `"High"`, "data.primary_prediction.detection_type": `"leaf"`,
			"data.top_3_predictions.#": "3", "data.top_3_predictions.0.rank": "1", "data.top_3_predictions.1.confidence": "5", "data.top_3_predictions.1.confidence_formatted": `"5.00%"`,
			"data.predictions.#": "3", "data.predictions.2.predicted_disease": `"Healthy"`, "data.predictions.2.confidence": "3.63",
			"data.prediction_summary.most_likely": `"Anthracnose"`, "data.prediction_summary.total_diseases_checked": "3",
			"data.alternative_symptoms.alternative_diseases": `["Die Back","Healthy"]`, "data.alternative_symptoms.primary_disease_symptoms": "[]",
			"data.gate_validation.passed": "true", "data.gate_validation.gate_prediction": `"Mango"`, "data.gate_validation.gate_confidence": "97",
			"data.saved_image_id": "1", "data.model_used": `"leaf"`, "data.model_path": `"leaf-mobilenetv2.tflite"`, "data.debug_info.image_size": "[16,16]", "data.debug_info.processed_size": "[96,96]",
		}},
		"unknown": {func(d *mango.Diagnosis) { d.Verdict, d.Disease, d.Confidence = mango.Unsure, mango.Unknown, 0.17 }, true, map[string]string{
			"data.primary_prediction.disease": `"Unknown"`, "data.primary_prediction.confidence_level": `"Low"`, "data.top_3_predictions": "[]",
			"data.predictions.#": "1", "data.predictions.0.disease": `"Unknown"`, "data.prediction_summary.most_likely": `"Unknown"`, "data.saved_image_id": "1",
		}},
		"no mango": {func(d *mango.Diagnosis) {
			d.Verdict, d.Gate = mango.NotMango, mango.Gate{Present: true, Leaf: 0.054, Fruit: 0.06, Other: 0.886, Threshold: 0.6}
		}, false, map[string]string{
			"success": "true", "data.primary_prediction.disease": `"Not a Mango Leaf"`, "data.primary_prediction.confidence_level": `"Low"`,
			"data.top_3_predictions": "[]", "data.predictions": "[]", "data.prediction_summary.total_diseases_checked": "0",
			"data.gate_validation.passed": "false", "data.gate_validation.mango_confidence": "5.4", "data.gate_validation.gate_predicted_confidence": "88.6",
			"data.gate_validation.threshold": "60", "data.gate_validation.gate_confidence": "-", "data.saved_image_id": "null",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := apitest.New(t, nil)
			lito := s.Join("lito@farm.example")
			c.change(&s.Model.Diagnosis)
			got := s.Send("POST", "/api/predict/", lito.Access, apitest.Form(t, map[string]string{"detection_type": "leaf"}, apitest.Photo(t))).Want(200).Has(c.has)
			if treatment := got.At("data.primary_prediction.treatment"); treatment == `""` || treatment == "-" {
				t.Error("no treatment")
			}
			want := 0
			if c.stored {
				want = 1
			}
			if n, err := s.Store.CountRecords(context.Background()); err != nil || n != want {
				t.Errorf("%d records, %v, want %d", n, err, want)
			}
			preview := s.Send("POST", "/api/predict/", lito.Access, apitest.Form(t, map[string]string{"preview_only": "true"}, apitest.Photo(t))).Want(200)
			if id := preview.At("data.saved_image_id"); id != "-" && id != "null" {
				t.Errorf("a preview has id %s", id)
			}
			if n, err := s.Store.CountRecords(context.Background()); err != nil || n != want {
				t.Errorf("a preview left a record: %d, %v", n, err)
			}
		})
	}
}

// TestPredictTolerates: an analysis is kept whatever its further fields hold;
// what cannot be kept of them is left out and counted.
func TestPredictTolerates(t *testing.T) {
	long := func(n int) string { return `["` + strings.Repeat("x", n) + `"]` }
	for name, c := range map[string]struct {
		fields  map[string]string
		counted []string
		check   func(*mango.Record) bool
	}{
		"a verdict without a comment": {map[string]string{"is_detection_correct": "false"}, nil,
			func(r *mango.Record) bool {
				return r.Answers.Correct != nil && !*r.Answers.Correct && r.Answers.Feedback == ""
			}},
		"no verdict": {nil, nil, func(r *mango.Record) bool {
			return r.Answers.Correct == nil && r.Answers.DetectedDisease == "Anthracnose"
		}},
		"JSON that is none": {map[string]string{"selected_symptoms": `["a"`, "top_diseases": "{}", "symptoms_data": "[]"},
			[]string{"selected_symptoms", "symptoms_data", "top_diseases"}, func(r *mango.Record) bool { return r.Answers.SelectedSymptoms == nil && r.Answers.SymptomsData == nil }},
		"a depth bomb": {map[string]string{"top_diseases": strings.Repeat("[", 50_000) + strings.Repeat("]", 50_000)}, []string{"top_diseases"},
			func(r *mango.Record) bool { return r.Answers.TopDiseases == nil }},
		"a field too long": {map[string]string{"selected_symptoms": `["a"]`, "top_diseases": long(100_000)}, []string{"top_diseases"},
			func(r *mango.Record) bool {
				return string(r.Answers.SelectedSymptoms) == `["a"]` && r.Answers.TopDiseases == nil
			}},
		"fields too long together": {map[string]string{"selected_symptoms": long(10_000), "primary_symptoms": long(10_000), "alternative_symptoms": `["b"]`}, []string{"primary_symptoms"},
			func(r *mango.Record) bool {
				return r.Answers.SelectedSymptoms != nil && string(r.Answers.AlternativeSymptoms) == `["b"]`
			}},
		"texts too long": {map[string]string{"user_feedback": strings.Repeat("ñ", 9000), "detected_disease": strings.Repeat("y", 900)}, nil,
			func(r *mango.Record) bool {
				return len(r.Answers.Feedback) == 2*5000 && len(r.Answers.DetectedDisease) == 50
			}},
		"broken UTF-8": {map[string]string{"user_feedback": "a\xffb", "location_source": "\xff", "latitude": "1", "longitude": "2"}, nil,
			func(r *mango.Record) bool { return r.Answers.Feedback == "a�b" && r.Location != nil }},
		"half a place": {map[string]string{"latitude": "10.7"}, []string{"latitude,longitude"}, func(r *mango.Record) bool { return r.Location == nil }},
		"no place":     {map[string]string{"latitude": "NaN", "longitude": "1e999"}, []string{"latitude,longitude"}, func(r *mango.Record) bool { return r.Location == nil }},
		"beyond Earth": {map[string]string{"latitude": "91", "longitude": "0"}, []string{"latitude,longitude"}, func(r *mango.Record) bool { return r.Location == nil }},
		"a place": {map[string]string{"latitude": "10.7", "longitude": "122.5", "location_source": "device gps", "location_accuracy": "x", "location_accuracy_confirmed": "true", "location_address": "Jordan"}, []string{"location_accuracy"},
			func(r *mango.Record) bool {
				return r.Location != nil && *r.Location == mango.Location{Latitude: 10.7, Longitude: 122.5, Source: "device gps", AccuracyConfirmed: true, Address: "Jordan", ConsentGiven: true}
			}},
		"unknown fields": {map[string]string{"has_location": "true", strings.Repeat("k", 150): "v"}, nil, func(*mango.Record) bool { return true }},
	} {
		t.Run(name, func(t *testing.T) {
			var counted []string
			s := apitest.New(t, func(cfg *api.Config) { cfg.Observe.BadField = func(name string) { counted = append(counted, name) } })
			r := s.RecordWith(s.Join("lito@farm.example"), c.fields)
			if !c.check(r) {
				t.Errorf("kept as %+v at %+v", r.Answers, r.Location)
			}
			slices.Sort(counted)
			if !slices.Equal(counted, c.counted) {
				t.Errorf("counted %q, want %q", counted, c.counted)
			}
		})
	}
}

// TestPredictFails: an error of the diagnosis is an error, and nothing of it is
// kept. That nothing could be stored is said with the diagnosis.
func TestPredictFails(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		waits  bool
	}{
		"full":         {mango.Errorf(mango.Busy, "full"), 503, true},
		"too slow":     {context.DeadlineExceeded, 504, false},
		"model failed": {mango.Errorf(mango.Internal, "no model"), 500, false},
		"no photo":     {mango.Errorf(mango.InvalidPhoto, "The photo could not be read."), 400, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := apitest.New(t, nil)
			s.Model.Err = c.err
			got := s.Send("POST", "/api/predict/", s.Join("lito@farm.example").Access, apitest.Form(t, nil, apitest.Photo(t))).Want(c.status)
			got.Refusal()
			if (got.Header.Get("Retry-After") != "") != c.waits {
				t.Errorf("Retry-After %q", got.Header.Get("Retry-After"))
			}
			if n, err := s.Store.CountRecords(context.Background()); err != nil || n != 0 {
				t.Errorf("%d records, %v", n, err)
			}
		})
	}
	s := apitest.New(t, (&brokenRecords{code: mango.Internal}).behind)
	s.Send("POST", "/api/predict/", s.Join("lito@farm.example").Access, apitest.Form(t, nil, apitest.Photo(t))).Want(500).Refusal()
}

// brokenRecords stores nothing while it has a code.
type brokenRecords struct {
	code  mango.Code
	cause error
	intake.Records
}

// behind has a site's intake store its records here.
func (b *brokenRecords) behind(c *api.Config) {
	b.Records = c.Store.(intake.Records)
	c.Intake = apitest.IntakeOf(c.Inference.(*apitest.StandIn), b, c.Photos.(intake.Files))
}

func (b *brokenRecords) AddRecords(ctx context.Context, by mango.Actor, all []*mango.Record, once *mango.Once) ([]mango.Saved, []byte, error) {
	if b.code != "" {
		return nil, nil, mango.Wrap(b.code, b.cause, "It could not be stored.")
	}
	return b.Records.AddRecords(ctx, by, all, once)
}
