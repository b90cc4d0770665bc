package api_test

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
)

// TestAdvice: one language in each answer, with sources, and not sent twice.
func TestAdvice(t *testing.T) {
	s := newSite(t, nil)
	for asked, want := range map[string]string{"": "en", "?language=en": "en", "?language=fil": "fil", "?language=tl-PH": "fil", "?language=de": "en"} {
		a := s.send("GET", "/api/advice/"+asked, "", nil).want(200)
		a.has(map[string]string{"data.language": fmt.Sprintf("%q", want), "data.languages.#": "2"})
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
		if err := json.Unmarshal(a.body, &got); err != nil {
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
		tag := a.header.Get("ETag")
		again := s.send("GET", "/api/advice/"+asked, "", &body{header: map[string]string{"If-None-Match": tag}})
		if again.status != 304 || len(again.body) != 0 || again.header.Get("ETag") != tag {
			t.Errorf("%q: asked again: %d, %d bytes", asked, again.status, len(again.body))
		}
	}
	s.send("GET", "/api/advice/?language="+strings.Repeat("x", 300), "", nil).want(400)
}

// TestAdviceIsCompressed: who takes brotli or gzip gets it, each form under a tag
// of its own, and a change of the words shows in all of them at once.
func TestAdviceIsCompressed(t *testing.T) {
	s := newSite(t, nil)
	boss := s.admin()
	tags := map[string]bool{}
	read := func(coding, tag string) (*answer, []byte) {
		t.Helper()
		req, err := http.NewRequest("GET", s.url+"/api/advice/", nil)
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
		a := &answer{status: resp.StatusCode, header: resp.Header}
		if a.body, err = io.ReadAll(resp.Body); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(a.header.Get("Vary"), "Accept-Encoding") {
			t.Errorf("%s: Vary is %q", coding, a.header.Get("Vary"))
		}
		var in io.Reader = bytes.NewReader(a.body)
		switch got := a.header.Get("Content-Encoding"); {
		case a.status == 200 && got != map[string]string{"br, gzip": "br", "gzip;q=0.5": "gzip"}[coding]:
			t.Errorf("%q is answered in %q", coding, got)
		case a.status != 200:
		case got == "gzip":
			z, err := gzip.NewReader(in)
			if err != nil {
				t.Fatal(err)
			}
			in = z
		case got == "br":
			plain, err := fasthttp.AppendUnbrotliBytes(nil, a.body)
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
			s.send("PUT", "/api/admin/advice/", boss.Access, object(`{"language":"en","disease":"Anthracnose","section":"first","statements":[{"text":"Prune.","sources":["pp23"]}]}`)).want(200)
		},
		func() {
			s.send("POST", "/api/admin/diseases/", boss.Access, object(`{"name":"Red Rust","plant_part":"leaf"}`)).want(201)
			s.send("PUT", "/api/admin/advice/", boss.Access, object(`{"language":"en","disease":"Red Rust","section":"first","statements":[{"text":"Prune.","sources":["pp23"]}]}`)).want(200)
		},
	} {
		change()
		_, plain := read("identity", "")
		for _, coding := range []string{"identity", "gzip;q=0.5", "br, gzip", "br;q=0, deflate"} {
			a, text := read(coding, "")
			if a.status != 200 || !bytes.Equal(text, plain) {
				t.Errorf("change %d: %q is answered with %d and %d bytes, want %d", i, coding, a.status, len(text), len(plain))
			}
			if coding == "br, gzip" && len(a.body)*4 > len(plain) {
				t.Errorf("%d bytes are compressed to %d", len(plain), len(a.body))
			}
			if tag := a.header.Get("ETag"); coding != "br;q=0, deflate" {
				if tags[tag] {
					t.Errorf("change %d: %q has the tag of another form or text", i, coding)
				}
				tags[tag] = true
				for _, has := range []string{tag, "W/" + tag, `"other", ` + tag} {
					if again, text := read(coding, has); again.status != 304 || len(text) != 0 {
						t.Errorf("%q has %s and gets %d", coding, has, again.status)
					}
				}
			}
		}
	}
}

// TestEditedAdvice: what an administrator wrote is what the page and the answer
// to a photo say, until the delivered text is brought back.
func TestEditedAdvice(t *testing.T) {
	s := newSite(t, nil)
	boss, grower := s.admin(), s.join("lito@farm.example")
	edit := func(language, disease, section, statements string) *body {
		return object(fmt.Sprintf(`{"language":%q,"disease":%q,"section":%q,"statements":%s}`, language, disease, section, statements))
	}
	said := func(language, disease string) string {
		t.Helper()
		a := s.send("GET", "/api/advice/?language="+language, "", nil).want(200)
		for i := range len(diseases.Known().Diseases) + 1 {
			if a.at(fmt.Sprintf("data.diseases.%d.disease", i)) == fmt.Sprintf("%q", disease) {
				return a.at(fmt.Sprintf("data.diseases.%d.sections.2.statements.0.text", i))
			}
		}
		t.Fatalf("nothing is said of %s", disease)
		return ""
	}
	const text = `[{"text":"Ask the <b>co-operative</b> & \u2019Inay\u2019.","sources":["pp23","https://example.org/advice"]}]`
	before := said("en", "Anthracnose")
	tag := s.send("GET", "/api/advice/", "", nil).header.Get("ETag")
	s.send("PUT", "/api/admin/advice/", grower.Access, edit("en", "Anthracnose", "first", text)).want(403)
	s.send("PUT", "/api/admin/advice/", "", edit("en", "Anthracnose", "first", text)).want(401)
	changed := s.send("PUT", "/api/admin/advice/", boss.Access, edit("en", "anthracnose", "first", text)).want(200)
	changed.has(map[string]string{"data.disease": `"Anthracnose"`, "data.sections.2.statements.#": "1"})
	if changed.at("data.sections.2.edited_at") == "null" || changed.at("data.sections.0.edited_at") != "null" {
		t.Errorf("edited at: %s", changed.body)
	}
	if got := said("en", "Anthracnose"); !strings.Contains(got, "<b>co-operative</b>") {
		t.Errorf("the advice says %s", got)
	}
	if got := said("fil", "Anthracnose"); strings.Contains(got, "co-operative") {
		t.Errorf("in Filipino it says %s", got)
	}
	if now := s.send("GET", "/api/advice/", "", nil).header.Get("ETag"); now == tag {
		t.Error("the ETag did not change")
	}
	if a := s.store.AdviceOf("Anthracnose", "leaf"); !strings.HasPrefix(a.Treatment, "Ask the <b>co-operative</b>") {
		t.Errorf("a photo is answered with %q", a.Treatment)
	}
	s.send("DELETE", "/api/admin/advice/?language=en&disease=anthracnose&section=first", grower.Access, nil).want(403)
	for range 2 { // the second brings back what is there
		s.send("DELETE", "/api/admin/advice/?language=en&disease=anthracnose&section=first", boss.Access, nil).want(200).has(map[string]string{"data.sections.2.edited_at": "null"})
	}
	if got := said("en", "Anthracnose"); got != before {
		t.Errorf("restored to %s, want %s", got, before)
	}

	long, many := strings.Repeat("é", 601), strings.TrimSuffix(strings.Repeat(`{"text":"a","sources":[]},`, 13), ",")
	for name, c := range map[string]struct {
		body   *body
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
		"fields missing":    {object(`{"language":"en"}`), 400},
	} {
		t.Run(name, func(t *testing.T) { s.send("PUT", "/api/admin/advice/", boss.Access, c.body).want(c.status) })
	}
	// A disease that only the vocabulary has gets its own.
	s.send("POST", "/api/admin/diseases/", boss.Access, object(`{"name":"Red Rust","plant_part":"leaf"}`)).want(201)
	s.send("PUT", "/api/admin/advice/", boss.Access, edit("fil", "red_rust", "first", `[{"text":"Pungusan.","sources":[]}]`)).want(200).has(map[string]string{"data.disease": `"Red Rust"`})
	s.send("DELETE", "/api/admin/advice/?language=fil&disease=Red+Rust&section=first", boss.Access, nil).want(200).has(map[string]string{"data.sections": "[]"})
}
