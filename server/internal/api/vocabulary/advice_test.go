package vocabulary_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"

	"mangosense/diseases"
	"mangosense/server/internal/api/apitest"
)

// TestAdvice: one language in each answer, with sources, and not sent twice.
func TestAdvice(t *testing.T) {
	s := apitest.New(t, nil)
	for asked, want := range map[string]string{"": "en", "?language=en": "en", "?language=fil": "fil", "?language=tl-PH": "fil", "?language=de": "en"} {
		a := s.Send("GET", "/api/advice/"+asked, "", nil).Want(200)
		a.Has(map[string]string{"data.language": fmt.Sprintf("%q", want), "data.languages.#": "2"})
		var got struct {
			Data struct {
				Diseases []struct {
					Disease  string
					Drawings []struct{ Part, Text string }
					Sections []struct {
						Section    string
						Statements []struct {
							Text    string
							Sources []string
						}
					}
				}
				Sources []struct{ Key string }
			}
		}
		if err := json.Unmarshal(a.Body, &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Data.Diseases) != len(diseases.Known().Diseases)+1 || len(got.Data.Sources) != len(diseases.Known().Advice.Sources) {
			t.Errorf("%q: %d diseases, %d sources", asked, len(got.Data.Diseases), len(got.Data.Sources))
		}
		for _, d := range got.Data.Diseases {
			if len(d.Sections) != len(diseases.Sections) {
				t.Errorf("%s has %d sections", d.Disease, len(d.Sections))
			}
		}
		for _, d := range got.Data.Diseases {
			if want, ok := map[string]int{"Anthracnose": 2, "Die Back": 1, "Unknown": 0}[d.Disease]; ok && len(d.Drawings) != want {
				t.Errorf("%s has %d drawings", d.Disease, len(d.Drawings))
			}
		}
		tag := a.Header.Get("ETag")
		again := s.Send("GET", "/api/advice/"+asked, "", &apitest.Body{Header: map[string]string{"If-None-Match": tag}})
		if again.Status != 304 || len(again.Body) != 0 || again.Header.Get("ETag") != tag {
			t.Errorf("%q: asked again: %d, %d bytes", asked, again.Status, len(again.Body))
		}
	}
	s.Send("GET", "/api/advice/?language="+strings.Repeat("x", 300), "", nil).Want(400)
}

// TestAdviceIsCompressed: who takes brotli or gzip gets it, each form under a tag
// of its own, and a change of the words shows in all of them at once.
func TestAdviceIsCompressed(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	tags := map[string]bool{}
	read := func(coding, tag string) (*apitest.Answer, []byte) {
		t.Helper()
		req, err := http.NewRequest("GET", s.URL+"/api/advice/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", coding)
		req.Header.Set("If-None-Match", tag)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		a := &apitest.Answer{Status: resp.StatusCode, Header: resp.Header}
		if a.Body, err = io.ReadAll(resp.Body); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(a.Header.Get("Vary"), "Accept-Encoding") {
			t.Errorf("%s: Vary is %q", coding, a.Header.Get("Vary"))
		}
		var in io.Reader = bytes.NewReader(a.Body)
		switch got := a.Header.Get("Content-Encoding"); {
		case a.Status == 200 && got != map[string]string{"br, gzip": "br", "gzip;q=0.5": "gzip"}[coding]:
			t.Errorf("%q is answered in %q", coding, got)
		case a.Status != 200:
		case got == "gzip":
			z, err := gzip.NewReader(in)
			if err != nil {
				t.Fatal(err)
			}
			in = z
		case got == "br":
			plain, err := fasthttp.AppendUnbrotliBytes(nil, a.Body)
			if err != nil {
				t.Fatal(err)
			}
			in = bytes.NewReader(plain)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		return a, text
	}
	for i, change := range []func(){
		func() {},
		func() {
			s.Send("PUT", "/api/admin/advice/", boss.Access, apitest.Object(`{"language":"en","disease":"Anthracnose","section":"first","statements":[{"text":"Prune.","sources":["pp23"]}]}`)).Want(200)
		},
		func() {
			s.Send("POST", "/api/admin/diseases/", boss.Access, apitest.Object(`{"name":"Red Rust","plant_part":"leaf"}`)).Want(201)
			s.Send("PUT", "/api/admin/advice/", boss.Access, apitest.Object(`{"language":"en","disease":"Red Rust","section":"first","statements":[{"text":"Prune.","sources":["pp23"]}]}`)).Want(200)
		},
	} {
		change()
		_, plain := read("identity", "")
		for _, coding := range []string{"identity", "gzip;q=0.5", "br, gzip", "br;q=0, deflate"} {
			a, text := read(coding, "")
			if a.Status != 200 || !bytes.Equal(text, plain) {
				t.Errorf("change %d: %q is answered with %d and %d bytes, want %d", i, coding, a.Status, len(text), len(plain))
			}
			if coding == "br, gzip" && len(a.Body)*4 > len(plain) {
				t.Errorf("%d bytes are compressed to %d", len(plain), len(a.Body))
			}
			if tag := a.Header.Get("ETag"); coding != "br;q=0, deflate" {
				if tags[tag] {
					t.Errorf("change %d: %q has the tag of another form or text", i, coding)
				}
				tags[tag] = true
				for _, has := range []string{tag, "W/" + tag, `"other", ` + tag} {
					if again, text := read(coding, has); again.Status != 304 || len(text) != 0 {
						t.Errorf("%q has %s and gets %d", coding, has, again.Status)
					}
				}
			}
		}
	}
}

// TestEditedAdvice: what an administrator wrote is what the page and the answer
// to a photo say, until the delivered text is brought back.
func TestEditedAdvice(t *testing.T) {
	s := apitest.New(t, nil)
	boss, grower := s.Admin(), s.Join("lito@farm.example")
	edit := func(language, disease, section, statements string) *apitest.Body {
		return apitest.Object(fmt.Sprintf(`{"language":%q,"disease":%q,"section":%q,"statements":%s}`, language, disease, section, statements))
	}
	said := func(language, disease string) string {
		t.Helper()
		a := s.Send("GET", "/api/advice/?language="+language, "", nil).Want(200)
		for i := range len(diseases.Known().Diseases) + 1 {
			if a.At(fmt.Sprintf("data.diseases.%d.disease", i)) == fmt.Sprintf("%q", disease) {
				return a.At(fmt.Sprintf("data.diseases.%d.sections.2.statements.0.text", i))
			}
		}
		t.Fatalf("nothing is said of %s", disease)
		return ""
	}
	const text = `[{"text":"Ask the <b>co-operative</b> & \u2019Inay\u2019.","sources":["pp23","https://example.org/advice"]}]`
	before := said("en", "Anthracnose")
	tag := s.Send("GET", "/api/advice/", "", nil).Header.Get("ETag")
	s.Send("PUT", "/api/admin/advice/", grower.Access, edit("en", "Anthracnose", "first", text)).Want(403)
	s.Send("PUT", "/api/admin/advice/", "", edit("en", "Anthracnose", "first", text)).Want(401)
	changed := s.Send("PUT", "/api/admin/advice/", boss.Access, edit("en", "anthracnose", "first", text)).Want(200)
	changed.Has(map[string]string{"data.disease": `"Anthracnose"`, "data.sections.2.statements.#": "1"})
	if changed.At("data.sections.2.edited_at") == "null" || changed.At("data.sections.0.edited_at") != "null" {
		t.Errorf("edited at: %s", changed.Body)
	}
	if got := said("en", "Anthracnose"); !strings.Contains(got, "<b>co-operative</b>") {
		t.Errorf("the advice says %s", got)
	}
	if got := said("fil", "Anthracnose"); strings.Contains(got, "co-operative") {
		t.Errorf("in Filipino it says %s", got)
	}
	if now := s.Send("GET", "/api/advice/", "", nil).Header.Get("ETag"); now == tag {
		t.Error("the ETag did not change")
	}
	if a := s.Store.AdviceOf("Anthracnose", "leaf"); !strings.HasPrefix(a.Treatment, "Ask the <b>co-operative</b>") {
		t.Errorf("a photo is answered with %q", a.Treatment)
	}
	s.Send("DELETE", "/api/admin/advice/?language=en&disease=anthracnose&section=first", grower.Access, nil).Want(403)
	for range 2 { // the second brings back what is there
		s.Send("DELETE", "/api/admin/advice/?language=en&disease=anthracnose&section=first", boss.Access, nil).Want(200).Has(map[string]string{"data.sections.2.edited_at": "null"})
	}
	if got := said("en", "Anthracnose"); got != before {
		t.Errorf("restored to %s, want %s", got, before)
	}

	long, many := strings.Repeat("é", 601), strings.TrimSuffix(strings.Repeat(`{"text":"a","sources":[]},`, 13), ",")
	for name, c := range map[string]struct {
		body   *apitest.Body
		status int
	}{
		"no language":       {edit("de", "Anthracnose", "first", text), 404},
		"no section":        {edit("en", "Anthracnose", "second", text), 404},
		"no disease":        {edit("en", "Blight of Nowhere", "first", text), 404},
		"nothing":           {edit("en", "Anthracnose", "first", `[]`), 400},
		"no list":           {edit("en", "Anthracnose", "first", `"x"`), 400},
		"too long":          {edit("en", "Anthracnose", "first", `[{"text":"`+long+`","sources":[]}]`), 400},
		"too many":          {edit("en", "Anthracnose", "first", `[`+many+`]`), 400},
		"a control":         {edit("en", "Anthracnose", "first", `[{"text":"a\u0007b","sources":[]}]`), 400},
		"a direction":       {edit("en", "Anthracnose", "first", `[{"text":"a\u202Eb","sources":[]}]`), 400},
		"two lines":         {edit("en", "Anthracnose", "first", `[{"text":"a\nb","sources":[]}]`), 400},
		"an unknown source": {edit("en", "Anthracnose", "first", `[{"text":"a","sources":["hearsay"]}]`), 400},
		"a script":          {edit("en", "Anthracnose", "first", `[{"text":"a","sources":["javascript:alert(1)"]}]`), 400},
		"a secret":          {edit("en", "Anthracnose", "first", `[{"text":"a","sources":["https://me:pw@example.org/"]}]`), 400},
		"fields missing":    {apitest.Object(`{"language":"en"}`), 400},
	} {
		t.Run(name, func(t *testing.T) { s.Send("PUT", "/api/admin/advice/", boss.Access, c.body).Want(c.status) })
	}
	// A disease that only the vocabulary has gets its own.
	s.Send("POST", "/api/admin/diseases/", boss.Access, apitest.Object(`{"name":"Red Rust","plant_part":"leaf"}`)).Want(201)
	s.Send("PUT", "/api/admin/advice/", boss.Access, edit("fil", "red_rust", "first", `[{"text":"Pungusan.","sources":[]}]`)).Want(200).Has(map[string]string{"data.disease": `"Red Rust"`})
	s.Send("DELETE", "/api/admin/advice/?language=fil&disease=Red+Rust&section=first", boss.Access, nil).Want(200).Has(map[string]string{"data.sections": "[]"})
}
