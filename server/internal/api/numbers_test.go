package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"mangosense/server/internal/api"
	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/api/render"
	"mangosense/server/internal/mango"
)

// What the two clients make of a confidence, after their own rules.

// adminPercent is the web admin's for the details of a prediction: the first of
// the keys that is there; text is percent, a number up to 1 a fraction.
func adminPercent(p map[string]any) float64 {
	for _, key := range []string{"confidence_score", "confidence", "confidence_formatted"} {
		switch v := p[key].(type) {
		case string:
			n, _ := strconv.ParseFloat(strings.TrimSuffix(v, "%"), 64)
			return n
		case float64:
			if v <= 1 {
				return v * 100
			}
			return v
		}
	}
	return 0
}

// times100 is the web admin's for an image, a place, a notification and a
// confirmation, and the app's map: a fraction, whatever it is.
func times100(v any) float64 { n, _ := v.(float64); return n * 100 }

// unlessPercent is the app's for the history and for a place in its list.
func unlessPercent(v any) float64 {
	n, _ := v.(float64)
	if n > 1 {
		return n
	}
	return n * 100
}

// asItIs is the app's for an answer to a photo.
func asItIs(v any) float64 { n, _ := v.(float64); return n }

// small are probabilities that are at most one percent, and their neighbours.
var small = []float64{0.9858, 0.0068, 0.0066, 0.0005, 0.0003}

// TestNumbersAsClientsReadThem: of a ranking with probabilities below one
// percent every client shows the percentage that the model gave, wherever it
// reads it.
func TestNumbersAsClientsReadThem(t *testing.T) {
	for name, ranking := range map[string][]float64{
		"alternatives below one percent": small,
		"an answer of 0.9 percent":       {0.009, 0.0068, 0.0001},
		"exactly one percent":            {0.01, 0.0099},
		"certain":                        {1, 0},
		"nothing":                        {0},
	} {
		t.Run(name, func(t *testing.T) {
			s := apitest.New(t, nil)
			boss, lito := s.Admin(), s.Join("lito@farm.example")
			d := &s.Model.Diagnosis
			d.Ranking = nil
			for i, p := range ranking {
				d.Ranking = append(d.Ranking, mango.Class{Disease: []string{"Anthracnose", "Die Back", "Healthy", "Gall Midge", "Sooty Mold"}[i], Probability: p})
			}
			d.Confidence, d.Disease = ranking[0], "Anthracnose"
			shows := func(what string, got, p float64) {
				t.Helper()
				if math.Abs(got-100*p) > 0.006 {
					t.Errorf("%s shows %.4f %%, the model said %.4f %%", what, got, 100*p)
				}
			}
			tree := decoded(t, s.Send("POST", "/api/predict/tree/", lito.Access, apitest.Form(t, map[string]string{"preview_only": "true"}, apitest.Photo(t))).Want(200))
			answered := decoded(t, s.Send("POST", "/api/predict/", lito.Access, apitest.Form(t, map[string]string{"latitude": "10", "longitude": "122"}, apitest.Photo(t))).Want(200))
			for what, a := range map[string]any{"predict": answered, "tree": tree} {
				if dig(a, "data.primary_prediction.disease") == mango.Unknown {
					continue // what a tree's photos do not agree on has no places
				}
				shows(what, asItIs(dig(a, "data.primary_prediction.confidence_score")), ranking[0])
				for i, p := range ranking[:min(3, len(ranking))] {
					shows(what+" place", asItIs(dig(a, fmt.Sprintf("data.top_3_predictions.%d.confidence", i))), p)
					shows(what+" prediction", asItIs(dig(a, fmt.Sprintf("data.predictions.%d.confidence", i))), p)
				}
			}
			get := func(path string) any {
				t.Helper()
				return decoded(t, s.Send("GET", path, boss.Access, nil).Want(200))
			}
			details := dig(get("/api/classified-images/1/prediction-details/"), "data.prediction_data.data")
			shows("the details", adminPercent(dig(details, "primary_prediction").(map[string]any)), ranking[0])
			for i, p := range ranking[:min(3, len(ranking))] {
				shows("an alternative", adminPercent(dig(details, fmt.Sprintf("top_3_predictions.%d", i)).(map[string]any)), p)
			}
			shows("an image", times100(dig(get("/api/classified-images/1/"), "data.confidence_score")), ranking[0])
			shows("the gallery", times100(dig(get("/api/classified-images/"), "data.images.0.confidence_score")), ranking[0])
			shows("the bell", times100(dig(get("/api/notifications/"), "notifications.0.confidence")), ranking[0])
			shows("the data set", times100(dig(get("/api/export-dataset/"), "data.images.0.confidence_score")), ranking[0])
			places := get("/api/disease-locations/all/")
			shows("the web's map", times100(dig(places, "data.locations.0.confidence")), ranking[0])
			shows("the app's map", unlessPercent(dig(places, "data.locations.0.confidence")), ranking[0])
			history := decoded(t, s.Send("GET", "/api/history/", lito.Access, nil).Want(200))
			shows("the history", unlessPercent(dig(history, "data.analyses.0.confidence")), ranking[0])

			// The app sends percent with a confirmation, the web reads a fraction.
			s.Send("POST", "/api/save-confirmation/", lito.Access, apitest.Object(map[string]any{
				"image_id": 1, "predicted_disease": "Anthracnose", "confidence_score": 100 * ranking[0]})).Want(200)
			shows("a confirmation", times100(dig(get("/api/user-confirmations/"), "data.confirmations.0.confidence_score")), ranking[0])
			csv := strings.Split(strings.Split(string(s.Send("GET", "/api/export-confirmations/", boss.Access, nil).Want(200).Body), "\n")[1], ",")[9]
			n, _ := strconv.ParseFloat(csv, 64)
			shows("the CSV", times100(n), ranking[0])
		})
	}
}

// TestShownPercentagesAddUp: rounding brings no three places above 100, and
// none above the one before it.
func TestShownPercentagesAddUp(t *testing.T) {
	for _, ranking := range [][]float64{
		{0.500050001, 0.499949999}, {0.33335, 0.33335, 0.3333}, {0.999950001, 0.000049999}, {0.5, 0.5}, {0.33333334, 0.33333333, 0.33333333},
	} {
		var classes []mango.Class
		for _, p := range ranking {
			classes = append(classes, mango.Class{Probability: p})
		}
		sum := 0.0
		shown := render.Percents(classes)
		for i, v := range shown {
			sum += v
			if i > 0 && v > shown[i-1] || math.Abs(v-100*ranking[i]) > 0.0151 {
				t.Errorf("%v are shown as %v", ranking, shown)
			}
		}
		if math.Round(sum*100) > 10000 {
			t.Errorf("%v are shown as %v, together %v", ranking, shown, sum)
		}
	}
}

// TestNoNumberHasNoise reads every list and count that can be asked for without
// an id: no number has the tail of binary arithmetic.
func TestNoNumberHasNoise(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	s.Model.Diagnosis.Confidence = 0.1 + 0.2 // 0.30000000000000004
	s.Model.Diagnosis.Ranking[0].Probability = 0.1 + 0.2
	s.Model.Diagnosis.Processing = 41234567
	users := []apitest.Account{boss}
	for i := range 11 {
		users = append(users, s.Join(fmt.Sprintf("grower%d@farm.example", i)))
	}
	for i := range 61 { // 61 records of 12 users: 5.083333…
		s.Stored(1, func(_ int, r *mango.Record) { r.User, r.Confidence = users[i%12].ID, 1.0/3 })
	}
	s.Send("POST", "/api/predict/", boss.Access, apitest.Form(t, map[string]string{"latitude": "10.1", "longitude": "122.3"}, apitest.Photo(t))).Want(200)
	for i := range 3 {
		n := s.Stored(1, func(_ int, r *mango.Record) { r.User = boss.ID })[0]
		s.Send("POST", "/api/save-confirmation/", boss.Access, apitest.Object(map[string]any{"image_id": n, "is_correct": i > 0, "predicted_disease": "Anthracnose", "confidence_score": 91.37})).Want(200)
	}
	s.Send("GET", "/api/users/statistics/", boss.Access, nil).Want(200).Has(map[string]string{"data.average_images_per_user": "5.42"})
	noise := regexp.MustCompile(`[0-9]\.[0-9]{9,}|[0-9]e-[0-9]+`)
	read := 0
	for _, row := range api.Rows(s.Server) {
		if row.Method != "GET" || strings.Contains(row.Path, "{path") || strings.HasPrefix(row.Path, "/v2/models") || row.Path == "/metrics" || row.Path == "/api/docs" {
			continue
		}
		path := strings.TrimSuffix(strings.ReplaceAll(row.Path, "{id}", "62"), "/") + "/"
		got := s.Send("GET", path+"?disease=Anthracnose", boss.Access, nil)
		if got.Status != 200 || !strings.HasPrefix(got.Header.Get("Content-Type"), "application/json") {
			continue
		}
		read++
		if found := noise.FindAll(got.Body, 3); found != nil {
			t.Errorf("%s has %s", path, found)
		}
	}
	if read < 20 {
		t.Errorf("only %d answers were read", read)
	}
	for _, preview := range []string{"true", "false"} {
		got := s.Send("POST", "/api/predict/", boss.Access, apitest.Form(t, map[string]string{"preview_only": preview}, apitest.Photo(t))).Want(200)
		if found := noise.FindAll(got.Body, 3); found != nil {
			t.Errorf("predict has %s", found)
		}
	}
	if row := s.Send("GET", "/api/me/export/", boss.Access, nil).Want(200); apitest.OwnRecord(t, row)["confidence"] != 0.3 {
		t.Errorf("the own data say %v", apitest.OwnRecord(t, row)["confidence"])
	}
}

func decoded(t *testing.T, a *apitest.Answer) any {
	t.Helper()
	var v any
	if err := json.NewDecoder(bytes.NewReader(a.Body)).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// dig is the value at a path such as "data.images.0.id", nil where there is
// none.
func dig(v any, path string) any {
	for step := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(in) {
				return nil
			}
			v = in[i]
		default:
			return nil
		}
	}
	return v
}
