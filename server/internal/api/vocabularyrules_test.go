package api_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"mangosense/server/internal/mango"
)

// diseaseID is the vocabulary's id of a disease, "" where it has none.
func (s *site) diseaseID(name string, part mango.Kind) string {
	for _, d := range s.store.Vocabulary().Diseases {
		if d.Name == name && d.Part == part {
			return id(d.ID)
		}
	}
	return ""
}

// TestInClassifierIsWhatTheModelsKnow: the models of these tests know three
// classes; nobody can tell the page otherwise.
func TestInClassifierIsWhatTheModelsKnow(t *testing.T) {
	s := newSite(t, nil)
	boss := s.admin()
	knows := map[string]bool{}
	for _, m := range s.model.Models() {
		for _, c := range m.Classes {
			knows[string(m.Kind)+" "+c] = true
		}
	}
	list := s.send("GET", "/api/admin/diseases/", boss.Access, nil).want(200)
	known, rows := 0, len(s.store.Vocabulary().Diseases)
	for i := range rows {
		at := fmt.Sprint(i)
		name, part, says := strings.Trim(list.at(at+".name"), `"`), strings.Trim(list.at(at+".plant_part"), `"`), list.at(at+".is_in_classifier")
		if want := fmt.Sprint(knows[part+" "+name]); says != want {
			t.Errorf("%s of the %s: in the classifier %s, want %s", name, part, says, want)
		}
		if says == "true" {
			known++
		}
	}
	if known != len(knows) {
		t.Errorf("%d of %d classes are in the classifier", known, len(knows))
	}
	for name, sent := range map[string]string{"Gall Midge": "true", "Anthracnose": "false"} {
		was := s.send("GET", "/api/admin/diseases/"+s.diseaseID(name, mango.Fruit)+"/", boss.Access, nil).at("is_in_classifier")
		s.send("PUT", "/api/admin/diseases/"+s.diseaseID(name, mango.Fruit)+"/", boss.Access, object(`{"is_in_classifier":`+sent+`}`)).want(200).
			has(map[string]string{"is_in_classifier": was})
	}
	// Another spelling in the manifest is the same class.
	s.send("POST", "/api/admin/diseases/", boss.Access, object(`{"name":"Red Rust","plant_part":"leaf","is_in_classifier":true}`)).want(201).
		has(map[string]string{"is_in_classifier": "false"})
}

// TestFallbackStays: the questions for a disease that is not known cannot be
// deleted or renamed, and a store that lost them can be given them again.
func TestFallbackStays(t *testing.T) {
	s := newSite(t, nil)
	boss, grower := s.admin(), s.join("lito@farm.example")
	for _, part := range []mango.Kind{mango.Leaf, mango.Fruit} {
		path := "/api/admin/diseases/" + s.diseaseID(mango.FallbackDisease, part) + "/"
		s.reject(t, boss.Access, map[string]rejected{
			string(part) + " deleted":        {"DELETE", path, nil, 400, "It stays"},
			string(part) + " renamed":        {"PUT", path, object(`{"name":"Something else"}`), 400, "It stays"},
			string(part) + " made twice":     {"POST", "/api/admin/diseases/", object(`{"name":"_fallback","plant_part":"` + string(part) + `"}`), 400, "exists already"},
			string(part) + " in other dress": {"POST", "/api/admin/diseases/", object(`{"name":"Fallback","plant_part":"` + string(part) + `"}`), 400, "exists already"},
		})
		s.send("PUT", path, boss.Access, object(`{"name":"_fallback","description":"Asked where nothing is known."}`)).want(200).
			has(map[string]string{"name": `"_fallback"`})
		s.send("GET", "/api/symptoms/?disease=Xylella&plant_part="+string(part), grower.Access, nil).want(200).has(map[string]string{"symptoms.#": "4"})
	}
	s.reject(t, boss.Access, map[string]rejected{"moved to the other part": {"PUT", "/api/admin/diseases/" + s.diseaseID(mango.FallbackDisease, mango.Leaf) + "/",
		object(`{"plant_part":"fruit"}`), 400, "It stays"}})
}

// TestSearchFoldsAccents: pena finds Peña, however either is written.
func TestSearchFoldsAccents(t *testing.T) {
	s := newSite(t, nil)
	boss := s.admin()
	for i, name := range []string{"Peña", "Pen\u0303a", "PEÑA", "Pena", "Reyes"} {
		u := &mango.User{Username: fmt.Sprintf("grower_%d", i), FirstName: "José", LastName: name, Email: fmt.Sprintf("grower%d@farm.example", i)}
		if i == 4 {
			u.Email = "señor@peñas.example"
		}
		if _, err := s.store.AddUser(context.Background(), mango.System, u); err != nil {
			t.Fatal(err)
		}
	}
	for search, want := range map[string]string{"pena": "5", "PEÑA": "5", "pe%C3%B1a": "5", "pen%CC%83a": "5", "jose": "5", "JOS%C3%89": "5", "senor": "1", "peñ%20x": "0"} {
		s.send("GET", "/api/users/?search="+search, boss.Access, nil).want(200).has(map[string]string{"data.pagination.total_count": want})
	}
	s.send("POST", "/api/admin/diseases/", boss.Access, object(`{"name":"Añublo","plant_part":"leaf"}`)).want(201)
	s.stored(1, func(_ int, r *mango.Record) { r.Disease = "Añublo" })
	for _, name := range []string{"tree_Peña_3.jpg", "Pena.jpg", "mata ng mangga.jpg"} {
		s.stored(1, func(_ int, r *mango.Record) { r.OriginalName = name })
	}
	for search, want := range map[string]string{"pena": "2", "PE%C3%91A": "2", "_pen%CC%83a": "1", "ng+mangga": "1", "pena.jpg": "1", "tree_": "1", "penang": "0"} {
		s.send("GET", "/api/classified-images/?search="+search, boss.Access, nil).want(200).has(map[string]string{"data.pagination.total_count": want})
	}
	for _, query := range []string{"disease=anublo", "search=ANUBLO", "disease=A%C3%B1ub", "search=an%CC%83u"} {
		s.send("GET", "/api/classified-images/?"+query, boss.Access, nil).want(200).has(map[string]string{"data.images.#": "1"})
	}
}

// TestWrongMethodSaysSo: a 405 has a code of its own, and Allow.
func TestWrongMethodSaysSo(t *testing.T) {
	s := newSite(t, nil)
	for path, method := range map[string]string{"/api/history/": "PUT", "/api/login/": "GET", "/api/users/1/": "DELETE", "/v2/models/leaf/infer": "GET"} {
		got := s.send(method, path, "", nil).want(405)
		if r := got.refusal(); r.ErrorCode != "WRONG_METHOD" || got.header.Get("Allow") == "" {
			t.Errorf("%s %s: %s, Allow %q", method, path, r.ErrorCode, got.header.Get("Allow"))
		}
	}
}
