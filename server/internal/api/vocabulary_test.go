package api_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestVocabulary(t *testing.T) {
	s := newSite(t, nil)
	boss := s.admin()
	do := func(method, path, body string) *answer {
		t.Helper()
		if body == "" {
			return s.send(method, "/api/admin/"+path, boss.Access, nil)
		}
		return s.send(method, "/api/admin/"+path, boss.Access, object(body))
	}
	// The seed: 22 leaf features and 12 of fruit.
	do("GET", "symptoms/?plant_part=leaf", "").want(200).has(map[string]string{"0.key": `"dark_spots_brown"`, "0.vector_index": "0", "21.key": `"leaf_curling"`, "21.vector_index": "21", "0.is_in_vocabulary": "true"})
	do("GET", "aliases/?canonical=1", "").want(200).has(map[string]string{"#": do("GET", "aliases/", "").at("#")})

	symptom := do("POST", "symptoms/", `{"key":"holes_in_leaf","plant_part":"leaf"}`).want(201)
	symptom.has(map[string]string{"key": `"holes_in_leaf"`, "vector_index": "null", "is_in_vocabulary": "false"})
	sid := symptom.at("id")
	do("PUT", "symptoms/"+sid+"/", `{"vector_index":40,"is_in_vocabulary":true}`).want(200).has(map[string]string{"vector_index": "40", "key": `"holes_in_leaf"`, "is_in_vocabulary": "true", "created_at": symptom.at("created_at")})
	do("PUT", "symptoms/"+sid+"/", `{"vector_index":null}`).want(200).has(map[string]string{"vector_index": "null", "is_in_vocabulary": "true"})

	alias := do("POST", "aliases/", `{"alias":"chewed_leaf","canonical":`+sid+`}`).want(201)
	alias.has(map[string]string{"canonical_key": `"holes_in_leaf"`, "canonical": sid})
	do("PUT", "aliases/"+alias.at("id")+"/", `{"alias":"eaten_leaf"}`).want(200).has(map[string]string{"alias": `"eaten_leaf"`, "canonical": sid})

	disease := do("POST", "diseases/", `{"name":"Leaf Hopper","plant_part":"leaf","description":"An insect.","treatment":"Ask."}`).want(201)
	did := disease.at("id")
	link := do("POST", "disease-symptoms/", `{"disease":`+did+`,"symptom":`+sid+`,"display_label":"Holes","display_order":1}`).want(201)
	link.has(map[string]string{"disease_name": `"Leaf Hopper"`, "symptom_key": `"holes_in_leaf"`, "display_label": `"Holes"`, "display_order": "1"})
	do("GET", "disease-symptoms/?disease="+did, "").want(200).has(map[string]string{"#": "1", "0.id": link.at("id")})
	grower := s.join("lito@farm.example")
	s.send("GET", "/api/symptoms/?disease=leaf+hopper", grower.Access, nil).want(200).has(map[string]string{"symptoms": `[{"key":"holes_in_leaf","label":"Holes"}]`})

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
		"label empty":         {"PUT", "disease-symptoms/" + link.at("id") + "/", `{"display_label":""}`, 400, "display_label", "empty"},
		"label too long":      {"PUT", "disease-symptoms/" + link.at("id") + "/", `{"display_label":"` + strings.Repeat("l", 301) + `"}`, 400, "display_label", "300"},
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
			if got.status != c.status {
				t.Fatalf("answers %d, want %d: %s", got.status, c.status, got.body)
			}
			r := got.refusal()
			if !strings.Contains(r.Error+strings.Join(r.Errors, " "), c.says) || !strings.HasSuffix(r.Error, ".") && c.status == 400 && !strings.Contains(r.Error, "JSON") {
				t.Errorf("error is %q, want a sentence with %q", r.Error, c.says)
			}
			if c.field != "" && !strings.HasPrefix(got.at(c.field+".0"), `"`) {
				t.Errorf("the body names no list for %s: %s", c.field, got.body)
			}
		})
	}
	do("GET", "diseases/"+did+"/", "").want(200).has(map[string]string{"name": `"Leaf Hopper"`, "treatment": `"Ask."`})

	// A disease takes its links along, then its symptom may go.
	gone := do("DELETE", "diseases/"+did+"/", "").want(204)
	if len(gone.body) != 0 {
		t.Errorf("204 with a body: %q", gone.body)
	}
	do("GET", "disease-symptoms/"+link.at("id")+"/", "").want(404)
	do("DELETE", "aliases/"+alias.at("id")+"/", "").want(204)
	do("DELETE", "symptoms/"+sid+"/", "").want(204)
	do("GET", "symptoms/"+sid+"/", "").want(404)
}

// TestAdviceShowsAtOnce: what an administrator writes is what predict says.
func TestAdviceShowsAtOnce(t *testing.T) {
	s := newSite(t, nil)
	boss, grower := s.admin(), s.join("lito@farm.example")
	list := s.send("GET", "/api/admin/diseases/?plant_part=leaf", boss.Access, nil).want(200)
	var id string
	for i := range 20 {
		if list.at(id2(i)+".name") == `"Anthracnose"` {
			id = list.at(id2(i) + ".id")
		}
	}
	ask := func() *answer {
		t.Helper()
		return s.send("POST", "/api/predict/", grower.Access, form(t, map[string]string{"preview_only": "true"}, photo(t))).want(200)
	}
	before := ask().at("data.primary_prediction.treatment")
	s.send("PUT", "/api/admin/diseases/"+id+"/", boss.Access, object(`{"treatment":"Cut and burn.","description":"A fungus."}`)).want(200)
	after := ask()
	after.has(map[string]string{
		"data.primary_prediction.treatment": `"Cut and burn."`, "data.primary_prediction.information": `"A fungus."`, "data.top_3_predictions.0.treatment": `"Cut and burn."`,
	})
	if before == after.at("data.primary_prediction.treatment") {
		t.Error("the treatment was the same before")
	}
	s.send("PUT", "/api/admin/diseases/"+id+"/", boss.Access, object(`{"treatment":""}`)).want(200)
	if got := ask().at("data.primary_prediction.treatment"); got == `""` {
		t.Error("an empty treatment reaches the grower")
	}
}

func id2(i int) string { return id(uint64(i)) }

// TestChangesMeet: two administrators who change different fields of one entry at
// one time both find their change in it.
func TestChangesMeet(t *testing.T) {
	s := newSite(t, nil)
	boss := s.admin()
	id := s.store.Vocabulary().Diseases[0].ID
	path := fmt.Sprintf("/api/admin/diseases/%d/", id)
	for round := range 20 {
		want := fmt.Sprintf("round %d", round)
		var both sync.WaitGroup
		for _, field := range []string{"description", "treatment"} {
			both.Go(func() {
				if got := s.send("PUT", path, boss.Access, object(map[string]string{field: want})); got.status != 200 {
					t.Errorf("%s: %d %s", field, got.status, got.body)
				}
			})
		}
		both.Wait()
		if e := s.store.Vocabulary().Diseases[0]; e.ID != id || e.Description != want || e.Treatment != want {
			t.Fatalf("round %d: description %q, treatment %q", round, e.Description, e.Treatment)
		}
	}
}
