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

	"mangosense/server/internal/mango"
)

// classInputs are the places where a request names a class, by the description:
// "PUT /api/classified-images/{id}/ predicted_class".
func classInputs(t *testing.T) map[string]bool {
	t.Helper()
	c, err := loadContract()
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(^|_)(class|disease|classification)$`)
	found := map[string]bool{}
	for _, p := range c.paths {
		for method, op := range p.item.Operations() {
			at := method + " " + p.name + " "
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
	type door func(t *testing.T, s *site, boss, lito account, sent string) string
	unquoted := func(a *answer, path string) string { return strings.Trim(a.at(path), `"`) }
	one := func(s *site, class string, change func(*mango.Record)) uint64 {
		return s.stored(1, func(_ int, r *mango.Record) {
			r.Disease, r.Probabilities = class, nil
			if change != nil {
				change(r)
			}
		})[0]
	}
	predict := func(path string) door {
		return func(t *testing.T, s *site, _, lito account, sent string) string {
			got := s.send("POST", path, lito.Access, form(t, map[string]string{"detected_disease": sent}, photo(t))).want(200)
			page, err := s.store.PageRecords(context.Background(), mango.System, mango.RecordFilter{}, mango.Page{Number: 1, Size: 1})
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
		"PUT /api/classified-images/{id}/ predicted_class": func(t *testing.T, s *site, boss, _ account, sent string) string {
			got := s.send("PUT", "/api/classified-images/"+id(one(s, "Healthy", nil))+"/", boss.Access, object(map[string]any{"predicted_class": sent})).want(200)
			return unquoted(got, "data.disease_classification")
		},
		"POST /api/classified-images/bulk-update/ predicted_class": func(t *testing.T, s *site, boss, _ account, sent string) string {
			n := one(s, "Healthy", nil)
			s.send("POST", "/api/classified-images/bulk-update/", boss.Access, object(map[string]any{"image_ids": []uint64{n}, "updates": map[string]any{"predicted_class": sent}})).want(200)
			return unquoted(s.send("GET", "/api/classified-images/"+id(n)+"/", boss.Access, nil).want(200), "data.disease_classification")
		},
		"PATCH /api/training-data/{id}/ disease_classification": func(t *testing.T, s *site, boss, _ account, sent string) string {
			got := s.send("PATCH", "/api/training-data/"+id(one(s, "Healthy", nil))+"/", boss.Access, object(map[string]any{"disease_classification": sent})).want(200)
			return unquoted(got, "data.disease_classification")
		},
		"POST /api/training-data/bulk-import/ disease_classification": func(t *testing.T, s *site, boss, _ account, sent string) string {
			s.send("POST", "/api/training-data/bulk-import/", boss.Access, imports(t, map[string]string{"disease_type": "leaf", "disease_classification": sent}, photo(t))).want(200)
			return unquoted(s.send("GET", "/api/classified-images/?page_size=1", boss.Access, nil).want(200), "data.images.0.disease_classification")
		},
		"POST /api/save-confirmation/ predicted_disease": func(t *testing.T, s *site, _, lito account, sent string) string {
			n := one(s, "Healthy", func(r *mango.Record) { r.User = lito.id })
			got := s.send("POST", "/api/save-confirmation/", lito.Access, object(map[string]any{"image_id": n, "predicted_disease": sent})).want(200)
			return unquoted(got, "data.predicted_disease")
		},
		"POST /api/admin/diseases/ name": func(t *testing.T, s *site, boss, _ account, sent string) string {
			// The name is there already, in its own spelling.
			got := s.send("POST", "/api/admin/diseases/", boss.Access, object(map[string]any{"name": sent, "plant_part": "fruit"})).want(400)
			_, rest, _ := strings.Cut(got.refusal().Error, "with the name ")
			return strings.TrimSuffix(rest, " exists already.")
		},
		"PUT /api/admin/diseases/{id}/ name": func(t *testing.T, s *site, boss, _ account, sent string) string {
			for _, d := range s.store.Vocabulary().Diseases {
				if mango.SameClass(d.Name, sent) && d.Part == mango.Fruit {
					got := s.send("PUT", "/api/admin/diseases/"+id(d.ID)+"/", boss.Access, object(map[string]any{"name": sent})).want(200)
					return unquoted(got, "name")
				}
			}
			return "not in the vocabulary"
		},
		"PUT /api/admin/advice/ disease": func(t *testing.T, s *site, boss, _ account, sent string) string {
			got := s.send("PUT", "/api/admin/advice/", boss.Access, object(map[string]any{"language": "en", "disease": sent, "section": "what", "statements": []any{map[string]any{"text": "A mould.", "sources": []string{}}}})).want(200)
			return unquoted(got, "data.disease")
		},
		"DELETE /api/admin/advice/ disease": func(t *testing.T, s *site, boss, _ account, sent string) string {
			got := s.send("DELETE", "/api/admin/advice/?language=en&section=what&disease="+url.QueryEscape(sent), boss.Access, nil).want(200)
			return unquoted(got, "data.disease")
		},
		"GET /api/symptoms/ disease": func(t *testing.T, s *site, _, lito account, sent string) string {
			got := s.send("GET", "/api/symptoms/?plant_part=fruit&disease="+url.QueryEscape(sent), lito.Access, nil).want(200)
			if got.at("symptoms.0.key") == `"obs_discolouration"` {
				t.Error("gets the prompts of an unknown disease")
			}
			return unquoted(got, "disease")
		},
		"GET /api/disease-locations/similar/ disease": func(t *testing.T, s *site, _, _ account, sent string) string {
			one(s, sent, func(r *mango.Record) { r.Location = &mango.Location{Latitude: 10, Longitude: 122, ConsentGiven: true} })
			return unquoted(s.send("GET", "/api/disease-locations/similar/?disease="+url.QueryEscape(sent), "", nil).want(200), "data.locations.0.disease")
		},
		"GET /api/classified-images/ disease": func(t *testing.T, s *site, boss, _ account, sent string) string {
			one(s, sent, nil)
			return unquoted(s.send("GET", "/api/classified-images/?disease="+url.QueryEscape(sent), boss.Access, nil).want(200), "data.images.0.predicted_class")
		},
		"GET /api/admin/review/ disease": func(t *testing.T, s *site, boss, _ account, sent string) string {
			one(s, sent, nil)
			return unquoted(s.send("GET", "/api/admin/review/?disease="+url.QueryEscape(sent), boss.Access, nil).want(200), "data.rows.0.disease")
		},
		"GET /api/user-confirmations/ disease": func(t *testing.T, s *site, boss, lito account, sent string) string {
			confirmed(t, s, lito, sent)
			return unquoted(s.send("GET", "/api/user-confirmations/?disease="+url.QueryEscape(sent), boss.Access, nil).want(200), "data.confirmations.0.predicted_disease")
		},
		"GET /api/export-confirmations/ disease": func(t *testing.T, s *site, boss, lito account, sent string) string {
			confirmed(t, s, lito, sent)
			lines := strings.Split(string(s.send("GET", "/api/export-confirmations/?disease="+url.QueryEscape(sent), boss.Access, nil).want(200).body), "\n")
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
	s := newSite(t, nil)
	boss, lito := s.admin(), s.join("lito@farm.example")
	for _, at := range slices.Sorted(maps.Keys(doors)) {
		for want, spellings := range misspelled {
			for _, sent := range spellings {
				t.Run(fmt.Sprintf("%s=%s", at, sent), func(t *testing.T) {
					if got := doors[at](t, s.in(t), boss, lito, sent); got != want {
						t.Errorf("%q is %q, want %q", sent, got, want)
					}
				})
			}
		}
	}
}

func confirmed(t *testing.T, s *site, by account, class string) {
	t.Helper()
	n := s.stored(1, func(_ int, r *mango.Record) { r.User = by.id })[0]
	if _, err := s.store.AddConfirmation(context.Background(), mango.System, &mango.Confirmation{Record: n, User: by.id, Predicted: class}); err != nil {
		t.Fatal(err)
	}
}

// TestClassOfTheVocabulary: a disease that an administrator added has its
// spelling from there.
func TestClassOfTheVocabulary(t *testing.T) {
	s := newSite(t, nil)
	boss := s.admin()
	s.send("POST", "/api/admin/diseases/", boss.Access, object(`{"name":"Red Rust","plant_part":"leaf"}`)).want(201)
	n := s.stored(1, func(_ int, r *mango.Record) { r.Disease = "red_rust" })[0]
	s.send("GET", "/api/classified-images/"+id(n)+"/", boss.Access, nil).want(200).has(map[string]string{"data.predicted_class": `"Red Rust"`})
	s.send("PATCH", "/api/training-data/"+id(n)+"/", boss.Access, object(`{"disease_classification":"RED-RUST"}`)).want(200).
		has(map[string]string{"data.disease_classification": `"Red Rust"`})
	s.send("GET", "/api/classified-images/?disease=red%20ru", boss.Access, nil).want(200).has(map[string]string{"data.images.#": "1"})
}
