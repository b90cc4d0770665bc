package vocabulary_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/mango"
)

// diseaseID is the vocabulary's id of a disease, "" where it has none.
func diseaseID(s *apitest.Site, name string, part mango.Kind) string {
	for _, d := range s.Store.Vocabulary().Diseases {
		if d.Name == name && d.Part == part {
			return apitest.ID(d.ID)
		}
	}
	return ""
}

// TestInClassifierIsWhatTheModelsKnow: the models of these tests know three
// classes; nobody can tell the page otherwise.
func TestInClassifierIsWhatTheModelsKnow(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	knows := map[string]bool{}
	for _, m := range s.Model.Models() {
		for _, c := range m.Classes {
			knows[string(m.Kind)+" "+c] = true
		}
	}
	list := s.Send("GET", "/api/admin/diseases/", boss.Access, nil).Want(200)
	known, rows := 0, len(s.Store.Vocabulary().Diseases)
	for i := range rows {
		at := fmt.Sprint(i)
		name, part, says := strings.Trim(list.At(at+".name"), `"`), strings.Trim(list.At(at+".plant_part"), `"`), list.At(at+".is_in_classifier")
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
		was := s.Send("GET", "/api/admin/diseases/"+diseaseID(s, name, mango.Fruit)+"/", boss.Access, nil).At("is_in_classifier")
		s.Send("PUT", "/api/admin/diseases/"+diseaseID(s, name, mango.Fruit)+"/", boss.Access, apitest.Object(`{"is_in_classifier":`+sent+`}`)).Want(200).
			Has(map[string]string{"is_in_classifier": was})
	}
	// Another spelling in the manifest is the same class.
	s.Send("POST", "/api/admin/diseases/", boss.Access, apitest.Object(`{"name":"Red Rust","plant_part":"leaf","is_in_classifier":true}`)).Want(201).
		Has(map[string]string{"is_in_classifier": "false"})
}

// TestFallbackStays: the questions for a disease that is not known cannot be
// deleted or renamed, and a store that lost them can be given them again.
func TestFallbackStays(t *testing.T) {
	s := apitest.New(t, nil)
	boss, grower := s.Admin(), s.Join("lito@farm.example")
	for _, part := range []mango.Kind{mango.Leaf, mango.Fruit} {
		path := "/api/admin/diseases/" + diseaseID(s, mango.FallbackDisease, part) + "/"
		s.Reject(t, boss.Access, map[string]apitest.Rejected{
			string(part) + " deleted":        {Method: "DELETE", Path: path, Status: 400, Names: "It stays"},
			string(part) + " renamed":        {Method: "PUT", Path: path, Body: apitest.Object(`{"name":"Something else"}`), Status: 400, Names: "It stays"},
			string(part) + " made twice":     {Method: "POST", Path: "/api/admin/diseases/", Body: apitest.Object(`{"name":"_fallback","plant_part":"` + string(part) + `"}`), Status: 400, Names: "exists already"},
			string(part) + " in other dress": {Method: "POST", Path: "/api/admin/diseases/", Body: apitest.Object(`{"name":"Fallback","plant_part":"` + string(part) + `"}`), Status: 400, Names: "exists already"},
		})
		s.Send("PUT", path, boss.Access, apitest.Object(`{"name":"_fallback","description":"Asked where nothing is known."}`)).Want(200).
			Has(map[string]string{"name": `"_fallback"`})
		s.Send("GET", "/api/symptoms/?disease=Xylella&plant_part="+string(part), grower.Access, nil).Want(200).Has(map[string]string{"symptoms.#": "4"})
	}
	s.Reject(t, boss.Access, map[string]apitest.Rejected{"moved to the other part": {Method: "PUT", Path: "/api/admin/diseases/" + diseaseID(s, mango.FallbackDisease, mango.Leaf) + "/",
		Body: apitest.Object(`{"plant_part":"fruit"}`), Status: 400, Names: "It stays"}})
}

// TestSearchFoldsAccents: pena finds Peña, however either is written.
func TestSearchFoldsAccents(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	for i, name := range []string{"Peña", "Pen\u0303a", "PEÑA", "Pena", "Reyes"} {
		u := &mango.User{Username: fmt.Sprintf("grower_%d", i), FirstName: "José", LastName: name, Email: fmt.Sprintf("grower%d@farm.example", i)}
		if i == 4 {
			u.Email = "señor@peñas.example"
		}
		if _, err := s.Store.AddUser(context.Background(), mango.System, u); err != nil {
			t.Fatal(err)
		}
	}
	for search, want := range map[string]string{"pena": "5", "PEÑA": "5", "pe%C3%B1a": "5", "pen%CC%83a": "5", "jose": "5", "JOS%C3%89": "5", "senor": "1", "peñ%20x": "0"} {
		s.Send("GET", "/api/users/?search="+search, boss.Access, nil).Want(200).Has(map[string]string{"data.pagination.total_count": want})
	}
	s.Send("POST", "/api/admin/diseases/", boss.Access, apitest.Object(`{"name":"Añublo","plant_part":"leaf"}`)).Want(201)
	s.Stored(1, func(_ int, r *mango.Record) { r.Disease = "Añublo" })
	for _, name := range []string{"tree_Peña_3.jpg", "Pena.jpg", "mata ng mangga.jpg"} {
		s.Stored(1, func(_ int, r *mango.Record) { r.OriginalName = name })
	}
	for search, want := range map[string]string{"pena": "2", "PE%C3%91A": "2", "_pen%CC%83a": "1", "ng+mangga": "1", "pena.jpg": "1", "tree_": "1", "penang": "0"} {
		s.Send("GET", "/api/classified-images/?search="+search, boss.Access, nil).Want(200).Has(map[string]string{"data.pagination.total_count": want})
	}
	for _, query := range []string{"disease=anublo", "search=ANUBLO", "disease=A%C3%B1ub", "search=an%CC%83u"} {
		s.Send("GET", "/api/classified-images/?"+query, boss.Access, nil).Want(200).Has(map[string]string{"data.images.#": "1"})
	}
}

// TestWrongMethodSaysSo: a 405 has a code of its own, and Allow.
func TestWrongMethodSaysSo(t *testing.T) {
	s := apitest.New(t, nil)
	for path, method := range map[string]string{"/api/history/": "PUT", "/api/login/": "GET", "/api/users/1/": "DELETE", "/v2/models/leaf/infer": "GET"} {
		got := s.Send(method, path, "", nil).Want(405)
		if r := got.Refusal(); r.ErrorCode != "WRONG_METHOD" || got.Header.Get("Allow") == "" {
			t.Errorf("%s %s: %s, Allow %q", method, path, r.ErrorCode, got.Header.Get("Allow"))
		}
	}
}
