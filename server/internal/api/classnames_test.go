package api_test

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/mango"
)

// classInputs are the places where a request names a class, by the description:
// "PUT /api/classified-images/{id}/ predicted_class".
func classInputs(t *testing.T) map[string]bool {
	t.Helper()
	c, err := apitest.LoadContract()
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(^|_)(class|disease|classification)$`)
	found := map[string]bool{}
	for _, p := range c.Paths {
		for method, op := range p.Item.Operations() {
			at := method + " " + p.Name + " "
			take := func(name string, schema *openapi3.SchemaRef) {
				switch {
				case isClass(schema):
					found[at+name] = true
				case named.MatchString(name) && schema.Value.Type.Permits("string"):
					t.Errorf("%s%s looks like a class's name: give it the schema ClassName or ClassFilter", at, name)
				}
			}
			for _, q := range op.Parameters {
				take(q.Value.Name, q.Value.Schema)
			}
			if op.RequestBody == nil {
				continue
			}
			for _, content := range op.RequestBody.Value.Content {
				eachProperty(content.Schema, take)
			}
		}
	}
	return found
}

func isClass(s *openapi3.SchemaRef) bool {
	if strings.HasSuffix(s.Ref, "/ClassName") || strings.HasSuffix(s.Ref, "/ClassFilter") {
		return true
	}
	return s.Value != nil && slices.ContainsFunc(s.Value.AnyOf, isClass)
}

func eachProperty(s *openapi3.SchemaRef, visit func(name string, schema *openapi3.SchemaRef)) {
	if s == nil || s.Value == nil {
		return
	}
	for name, p := range s.Value.Properties {
		visit(name, p)
		eachProperty(p, visit)
	}
	for _, part := range s.Value.AllOf {
		eachProperty(part, visit)
	}
}

// misspelled are ways in which clients, folders and older programs write what
// is Sooty Mold and Stem end Rot.
var misspelled = map[string][]string{
	"Sooty Mold":   {"sooty_mould", "SOOTY MOULD", "Sooty-Mold", "  sooty   mold ", "SootyMould"},
	"Stem end Rot": {"stem-end rot", "stem_end_rot", "STEM END ROT", "Stem-End_Rot"},
}

// TestClassNamesComeToOneSpelling walks every place that takes a class's name.
// One that the description has and this table has not fails: a new route cannot
// forget the door.
func TestClassNamesComeToOneSpelling(t *testing.T) {
	// Each case sends the spelling and returns what the server makes of it.
	type door func(t *testing.T, s *apitest.Site, boss, lito apitest.Account, sent string) string
	unquoted := func(a *apitest.Answer, path string) string { return strings.Trim(a.At(path), `"`) }
	one := func(s *apitest.Site, class string, change func(*mango.Record)) uint64 {
		return s.Stored(1, func(_ int, r *mango.Record) {
			r.Disease, r.Probabilities = class, nil
			if change != nil {
				change(r)
			}
		})[0]
	}
	predict := func(path string) door {
		return func(t *testing.T, s *apitest.Site, _, lito apitest.Account, sent string) string {
			got := s.Send("POST", path, lito.Access, apitest.Form(t, map[string]string{"detected_disease": sent}, apitest.Photo(t))).Want(200)
			page, err := s.Store.PageRecords(context.Background(), mango.System, mango.RecordFilter{}, mango.Page{Number: 1, Size: 1})
			if err != nil || len(page.Records) == 0 {
				t.Fatal(err)
			}
			if echoed := unquoted(got, "data.user_verification.detected_disease"); echoed != page.Records[0].Answers.DetectedDisease {
				t.Errorf("echoes %q and stores %q", echoed, page.Records[0].Answers.DetectedDisease)
			}
			return page.Records[0].Answers.DetectedDisease
		}
	}
	doors := map[string]door{
		"POST /api/predict/ detected_disease":      predict("/api/predict/"),
		"POST /api/predict/tree/ detected_disease": predict("/api/predict/tree/"),
		"PUT /api/classified-images/{id}/ predicted_class": func(t *testing.T, s *apitest.Site, boss, _ apitest.Account, sent string) string {
			got := s.Send("PUT", "/api/classified-images/"+apitest.ID(one(s, "Healthy", nil))+"/", boss.Access, apitest.Object(map[string]any{"predicted_class": sent})).Want(200)
			return unquoted(got, "data.disease_classification")
		},
		"POST /api/classified-images/bulk-update/ predicted_class": func(t *testing.T, s *apitest.Site, boss, _ apitest.Account, sent string) string {
			n := one(s, "Healthy", nil)
			s.Send("POST", "/api/classified-images/bulk-update/", boss.Access, apitest.Object(map[string]any{"image_ids": []uint64{n}, "updates": map[string]any{"predicted_class": sent}})).Want(200)
			return unquoted(s.Send("GET", "/api/classified-images/"+apitest.ID(n)+"/", boss.Access, nil).Want(200), "data.disease_classification")
		},
		"PATCH /api/training-data/{id}/ disease_classification": func(t *testing.T, s *apitest.Site, boss, _ apitest.Account, sent string) string {
			got := s.Send("PATCH", "/api/training-data/"+apitest.ID(one(s, "Healthy", nil))+"/", boss.Access, apitest.Object(map[string]any{"disease_classification": sent})).Want(200)
			return unquoted(got, "data.disease_classification")
		},
		"POST /api/training-data/bulk-import/ disease_classification": func(t *testing.T, s *apitest.Site, boss, _ apitest.Account, sent string) string {
			s.Send("POST", "/api/training-data/bulk-import/", boss.Access, apitest.Imports(t, map[string]string{"disease_type": "leaf", "disease_classification": sent}, apitest.Photo(t))).Want(200)
			return unquoted(s.Send("GET", "/api/classified-images/?page_size=1", boss.Access, nil).Want(200), "data.images.0.disease_classification")
		},
		"POST /api/save-confirmation/ predicted_disease": func(t *testing.T, s *apitest.Site, _, lito apitest.Account, sent string) string {
			n := one(s, "Healthy", func(r *mango.Record) { r.User = lito.ID })
			got := s.Send("POST", "/api/save-confirmation/", lito.Access, apitest.Object(map[string]any{"image_id": n, "predicted_disease": sent})).Want(200)
			return unquoted(got, "data.predicted_disease")
		},
		"POST /api/admin/diseases/ name": func(t *testing.T, s *apitest.Site, boss, _ apitest.Account, sent string) string {
			// The name is there already, in its own spelling.
			got := s.Send("POST", "/api/admin/diseases/", boss.Access, apitest.Object(map[string]any{"name": sent, "plant_part": "fruit"})).Want(400)
			_, rest, _ := strings.Cut(got.Refusal().Error, "with the name ")
			return strings.TrimSuffix(rest, " exists already.")
		},
		"PUT /api/admin/diseases/{id}/ name": func(t *testing.T, s *apitest.Site, boss, _ apitest.Account, sent string) string {
			for _, d := range s.Store.Vocabulary().Diseases {
				if mango.SameClass(d.Name, sent) && d.Part == mango.Fruit {
					got := s.Send("PUT", "/api/admin/diseases/"+apitest.ID(d.ID)+"/", boss.Access, apitest.Object(map[string]any{"name": sent})).Want(200)
					return unquoted(got, "name")
				}
			}
			return "not in the vocabulary"
		},
		"PUT /api/admin/advice/ disease": func(t *testing.T, s *apitest.Site, boss, _ apitest.Account, sent string) string {
			got := s.Send("PUT", "/api/admin/advice/", boss.Access, apitest.Object(map[string]any{"language": "en", "disease": sent, "section": "what", "statements": []any{map[string]any{"text": "A mould.", "sources": []string{}}}})).Want(200)
			return unquoted(got, "data.disease")
		},
		"DELETE /api/admin/advice/ disease": func(t *testing.T, s *apitest.Site, boss, _ apitest.Account, sent string) string {
			got := s.Send("DELETE", "/api/admin/advice/?language=en&section=what&disease="+url.QueryEscape(sent), boss.Access, nil).Want(200)
			return unquoted(got, "data.disease")
		},
		"GET /api/symptoms/ disease": func(t *testing.T, s *apitest.Site, _, lito apitest.Account, sent string) string {
			got := s.Send("GET", "/api/symptoms/?plant_part=fruit&disease="+url.QueryEscape(sent), lito.Access, nil).Want(200)
			if got.At("symptoms.0.key") == `"obs_discolouration"` {
				t.Error("gets the prompts of an unknown disease")
			}
			return unquoted(got, "disease")
		},
		"GET /api/disease-locations/similar/ disease": func(t *testing.T, s *apitest.Site, _, _ apitest.Account, sent string) string {
			one(s, sent, func(r *mango.Record) { r.Location = &mango.Location{Latitude: 10, Longitude: 122, ConsentGiven: true} })
			return unquoted(s.Send("GET", "/api/disease-locations/similar/?disease="+url.QueryEscape(sent), "", nil).Want(200), "data.locations.0.disease")
		},
		"GET /api/classified-images/ disease": func(t *testing.T, s *apitest.Site, boss, _ apitest.Account, sent string) string {
			one(s, sent, nil)
			return unquoted(s.Send("GET", "/api/classified-images/?disease="+url.QueryEscape(sent), boss.Access, nil).Want(200), "data.images.0.predicted_class")
		},
		"GET /api/admin/review/ disease": func(t *testing.T, s *apitest.Site, boss, _ apitest.Account, sent string) string {
			one(s, sent, nil)
			return unquoted(s.Send("GET", "/api/admin/review/?disease="+url.QueryEscape(sent), boss.Access, nil).Want(200), "data.rows.0.disease")
		},
		"GET /api/user-confirmations/ disease": func(t *testing.T, s *apitest.Site, boss, lito apitest.Account, sent string) string {
			confirmed(t, s, lito, sent)
			return unquoted(s.Send("GET", "/api/user-confirmations/?disease="+url.QueryEscape(sent), boss.Access, nil).Want(200), "data.confirmations.0.predicted_disease")
		},
		"GET /api/export-confirmations/ disease": func(t *testing.T, s *apitest.Site, boss, lito apitest.Account, sent string) string {
			confirmed(t, s, lito, sent)
			lines := strings.Split(string(s.Send("GET", "/api/export-confirmations/?disease="+url.QueryEscape(sent), boss.Access, nil).Want(200).Body), "\n")
			return strings.Split(lines[1]+",,,,,,,,,", ",")[8]
		},
	}
	inputs := classInputs(t)
	for at := range inputs {
		if doors[at] == nil {
			t.Errorf("%s takes a class's name, but nothing here tries it", at)
		}
	}
	for at := range doors {
		if !inputs[at] {
			t.Errorf("%s is tried, but the description has no such class", at)
		}
	}
	s := apitest.New(t, nil)
	boss, lito := s.Admin(), s.Join("lito@farm.example")
	for _, at := range slices.Sorted(maps.Keys(doors)) {
		for want, spellings := range misspelled {
			for _, sent := range spellings {
				t.Run(fmt.Sprintf("%s=%s", at, sent), func(t *testing.T) {
					if got := doors[at](t, s.In(t), boss, lito, sent); got != want {
						t.Errorf("%q is %q, want %q", sent, got, want)
					}
				})
			}
		}
	}
}

func confirmed(t *testing.T, s *apitest.Site, by apitest.Account, class string) {
	t.Helper()
	n := s.Stored(1, func(_ int, r *mango.Record) { r.User = by.ID })[0]
	if _, err := s.Store.AddConfirmation(context.Background(), mango.System, &mango.Confirmation{Record: n, User: by.ID, Predicted: class}); err != nil {
		t.Fatal(err)
	}
}

// TestClassOfTheVocabulary: a disease that an administrator added has its
// spelling from there.
func TestClassOfTheVocabulary(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	s.Send("POST", "/api/admin/diseases/", boss.Access, apitest.Object(`{"name":"Red Rust","plant_part":"leaf"}`)).Want(201)
	n := s.Stored(1, func(_ int, r *mango.Record) { r.Disease = "red_rust" })[0]
	s.Send("GET", "/api/classified-images/"+apitest.ID(n)+"/", boss.Access, nil).Want(200).Has(map[string]string{"data.predicted_class": `"Red Rust"`})
	s.Send("PATCH", "/api/training-data/"+apitest.ID(n)+"/", boss.Access, apitest.Object(`{"disease_classification":"RED-RUST"}`)).Want(200).
		Has(map[string]string{"data.disease_classification": `"Red Rust"`})
	s.Send("GET", "/api/classified-images/?disease=red%20ru", boss.Access, nil).Want(200).Has(map[string]string{"data.images.#": "1"})
}
