package vocabulary_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"mangosense/server/internal/api/apitest"
)

func TestVocabulary(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	do := func(method, path, body string) *apitest.Answer {
		t.Helper()
		if body == "" {
			return s.Send(method, "/api/admin/"+path, boss.Access, nil)
		}
		return s.Send(method, "/api/admin/"+path, boss.Access, apitest.Object(body))
	}
	// The seed: 22 leaf features and 12 of fruit.
	do("GET", "symptoms/?plant_part=leaf", "").Want(200).Has(map[string]string{"0.key": `"dark_spots_brown"`, "0.vector_index": "0", "21.key": `"leaf_curling"`, "21.vector_index": "21", "0.is_in_vocabulary": "true"})
	do("GET", "aliases/?canonical=1", "").Want(200).Has(map[string]string{"#": do("GET", "aliases/", "").At("#")})

	symptom := do("POST", "symptoms/", `{"key":"holes_in_leaf","plant_part":"leaf"}`).Want(201)
	symptom.Has(map[string]string{"key": `"holes_in_leaf"`, "vector_index": "null", "is_in_vocabulary": "false"})
	sid := symptom.At("id")
	do("PUT", "symptoms/"+sid+"/", `{"vector_index":40,"is_in_vocabulary":true}`).Want(200).Has(map[string]string{"vector_index": "40", "key": `"holes_in_leaf"`, "is_in_vocabulary": "true", "created_at": symptom.At("created_at")})
	do("PUT", "symptoms/"+sid+"/", `{"vector_index":null}`).Want(200).Has(map[string]string{"vector_index": "null", "is_in_vocabulary": "true"})

	alias := do("POST", "aliases/", `{"alias":"chewed_leaf","canonical":`+sid+`}`).Want(201)
	alias.Has(map[string]string{"canonical_key": `"holes_in_leaf"`, "canonical": sid})
	do("PUT", "aliases/"+alias.At("id")+"/", `{"alias":"eaten_leaf"}`).Want(200).Has(map[string]string{"alias": `"eaten_leaf"`, "canonical": sid})

	disease := do("POST", "diseases/", `{"name":"Leaf Hopper","plant_part":"leaf","description":"An insect.","treatment":"Ask."}`).Want(201)
	did := disease.At("id")
	link := do("POST", "disease-symptoms/", `{"disease":`+did+`,"symptom":`+sid+`,"display_label":"Holes","display_order":1}`).Want(201)
	link.Has(map[string]string{"disease_name": `"Leaf Hopper"`, "symptom_key": `"holes_in_leaf"`, "display_label": `"Holes"`, "display_order": "1"})
	do("GET", "disease-symptoms/?disease="+did, "").Want(200).Has(map[string]string{"#": "1", "0.id": link.At("id")})
	grower := s.Join("lito@farm.example")
	s.Send("GET", "/api/symptoms/?disease=leaf+hopper", grower.Access, nil).Want(200).Has(map[string]string{"symptoms": `[{"key":"holes_in_leaf","label":"Holes"}]`})

	for name, c := range map[string]struct {
		method, path, body string
		status             int
		field, says        string
	}{
		"key twice":           {"POST", "symptoms/", `{"key":"holes_in_leaf","plant_part":"leaf"}`, 400, "key", "exists already"},
		"key missing":         {"POST", "symptoms/", `{"plant_part":"leaf"}`, 400, "key", "required"},
		"nothing":             {"POST", "symptoms/", `{}`, 400, "plant_part", "required"},
		"key no slug":         {"POST", "symptoms/", `{"key":"two words","plant_part":"leaf"}`, 400, "key", "letters"},
		"key a number":        {"POST", "symptoms/", `{"key":7,"plant_part":"leaf"}`, 400, "key", "text"},
		"key too long":        {"POST", "symptoms/", `{"key":"` + strings.Repeat("k", 81) + `","plant_part":"leaf"}`, 400, "key", "80"},
		"part unknown":        {"POST", "symptoms/", `{"key":"k","plant_part":"root"}`, 400, "plant_part", "leaf or fruit"},
		"a huge index":        {"POST", "symptoms/", `{"key":"k","plant_part":"leaf","vector_index":1e300}`, 400, "vector_index", "whole number"},
		"a linked symptom":    {"DELETE", "symptoms/" + sid + "/", "", 400, "", "Leaf Hopper"},
		"alias twice":         {"POST", "aliases/", `{"alias":"eaten_leaf","canonical":` + sid + `}`, 400, "alias", "exists already"},
		"alias of nothing":    {"POST", "aliases/", `{"alias":"x","canonical":99999}`, 400, "canonical", "no symptom"},
		"alias of a word":     {"POST", "aliases/", `{"alias":"x","canonical":"holes"}`, 400, "canonical", "id"},
		"name twice":          {"POST", "diseases/", `{"name":"leaf_hopper","plant_part":"leaf"}`, 400, "name", "exists already"},
		"name missing":        {"POST", "diseases/", `{"plant_part":"leaf","name":null}`, 400, "name", "required"},
		"order taken":         {"POST", "disease-symptoms/", `{"disease":` + did + `,"symptom":1,"display_label":"x","display_order":1}`, 400, "display_order", "already taken"},
		"label empty":         {"PUT", "disease-symptoms/" + link.At("id") + "/", `{"display_label":""}`, 400, "display_label", "empty"},
		"label too long":      {"PUT", "disease-symptoms/" + link.At("id") + "/", `{"display_label":"` + strings.Repeat("l", 301) + `"}`, 400, "display_label", "300"},
		"symptom unknown":     {"GET", "symptoms/99999/", "", 404, "", "Symptom not found"},
		"alias unknown":       {"PUT", "aliases/99999/", `{"alias":"x"}`, 404, "", "Alias not found"},
		"disease unknown":     {"DELETE", "diseases/99999/", "", 404, "", "Disease not found"},
		"link unknown":        {"DELETE", "disease-symptoms/x/", "", 404, "", "Disease symptom not found"},
		"a filter of a word":  {"GET", "disease-symptoms/?disease=x", "", 400, "disease", "id"},
		"a part of a word":    {"GET", "diseases/?plant_part=x", "", 400, "plant_part", "leaf or fruit"},
		"no JSON":             {"POST", "diseases/", `name=x`, 400, "", "JSON"},
		"a field of an array": {"PUT", "diseases/" + did + "/", `{"treatment":["x"]}`, 400, "treatment", "text"},
	} {
		t.Run(name, func(t *testing.T) {
			got := do(c.method, c.path, c.body)
			if got.Status != c.status {
				t.Fatalf("answers %d, want %d: %s", got.Status, c.status, got.Body)
			}
			r := got.Refusal()
			if !strings.Contains(r.Error+strings.Join(r.Errors, " "), c.says) || !strings.HasSuffix(r.Error, ".") && c.status == 400 && !strings.Contains(r.Error, "JSON") {
				t.Errorf("error is %q, want a sentence with %q", r.Error, c.says)
			}
			if c.field != "" && !strings.HasPrefix(got.At(c.field+".0"), `"`) {
				t.Errorf("the body names no list for %s: %s", c.field, got.Body)
			}
		})
	}
	do("GET", "diseases/"+did+"/", "").Want(200).Has(map[string]string{"name": `"Leaf Hopper"`, "treatment": `"Ask."`})

	// A disease takes its links along, then its symptom may go.
	gone := do("DELETE", "diseases/"+did+"/", "").Want(204)
	if len(gone.Body) != 0 {
		t.Errorf("204 with a body: %q", gone.Body)
	}
	do("GET", "disease-symptoms/"+link.At("id")+"/", "").Want(404)
	do("DELETE", "aliases/"+alias.At("id")+"/", "").Want(204)
	do("DELETE", "symptoms/"+sid+"/", "").Want(204)
	do("GET", "symptoms/"+sid+"/", "").Want(404)
}

// TestAdviceShowsAtOnce: what an administrator writes is what predict says.
func TestAdviceShowsAtOnce(t *testing.T) {
	s := apitest.New(t, nil)
	boss, grower := s.Admin(), s.Join("lito@farm.example")
	list := s.Send("GET", "/api/admin/diseases/?plant_part=leaf", boss.Access, nil).Want(200)
	var id string
	for i := range 20 {
		if list.At(id2(i)+".name") == `"Anthracnose"` {
			id = list.At(id2(i) + ".id")
		}
	}
	ask := func() *apitest.Answer {
		t.Helper()
		return s.Send("POST", "/api/predict/", grower.Access, apitest.Form(t, map[string]string{"preview_only": "true"}, apitest.Photo(t))).Want(200)
	}
	before := ask().At("data.primary_prediction.treatment")
	s.Send("PUT", "/api/admin/diseases/"+id+"/", boss.Access, apitest.Object(`{"treatment":"Cut and burn.","description":"A fungus."}`)).Want(200)
	after := ask()
	after.Has(map[string]string{
		"data.primary_prediction.treatment": `"Cut and burn."`, "data.primary_prediction.information": `"A fungus."`, "data.top_3_predictions.0.treatment": `"Cut and burn."`,
	})
	if before == after.At("data.primary_prediction.treatment") {
		t.Error("the treatment was the same before")
	}
	s.Send("PUT", "/api/admin/diseases/"+id+"/", boss.Access, apitest.Object(`{"treatment":""}`)).Want(200)
	if got := ask().At("data.primary_prediction.treatment"); got == `""` {
		t.Error("an empty treatment reaches the grower")
	}
}

func id2(i int) string { return apitest.ID(uint64(i)) }

// TestChangesMeet: two administrators who change different fields of one entry at
// one time both find their change in it.
func TestChangesMeet(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	id := s.Store.Vocabulary().Diseases[0].ID
	path := fmt.Sprintf("/api/admin/diseases/%d/", id)
	for round := range 20 {
		want := fmt.Sprintf("round %d", round)
		var both sync.WaitGroup
		for _, field := range []string{"description", "treatment"} {
			both.Go(func() {
				if got := s.Send("PUT", path, boss.Access, apitest.Object(map[string]string{field: want})); got.Status != 200 {
					t.Errorf("%s: %d %s", field, got.Status, got.Body)
				}
			})
		}
		both.Wait()
		if e := s.Store.Vocabulary().Diseases[0]; e.ID != id || e.Description != want || e.Treatment != want {
			t.Fatalf("round %d: description %q, treatment %q", round, e.Description, e.Treatment)
		}
	}
}
