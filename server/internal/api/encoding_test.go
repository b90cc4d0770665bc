package api_test

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"unicode/utf16"
)

// TestBareBoundaries: a photo is answered whatever its boundary looks like.
func TestBareBoundaries(t *testing.T) {
	s := newSite(t, nil)
	u := s.join("lito@farm.example")
	for header, boundary := range map[string]string{
		`multipart/form-data; boundary================1616==`:        "===============1616==",
		`multipart/form-data; boundary=----=_Part_0_1`:               "----=_Part_0_1",
		`multipart/form-data; boundary=a/b:c?d,(e) f`:                "a/b:c?d,(e) f",
		`Multipart/Form-Data; charset=utf-8; Boundary="a;b" ;`:       "a;b",
		`multipart/form-data;boundary=plain;charset=utf-8`:           "plain",
		`multipart/form-data; boundary=` + strings.Repeat("=?", 100): strings.Repeat("=?", 100),
	} {
		b := form(t, map[string]string{"preview_only": "true"}, photo(t))
		_, was, _ := strings.Cut(b.contentType, "boundary=")
		b.bytes, b.contentType = bytes.ReplaceAll(b.bytes, []byte(was), []byte(boundary)), header
		s.send("POST", "/api/predict/", u.Access, b).want(200)
	}
	b := form(t, nil, photo(t))
	b.contentType = "multipart/form-data"
	if r := s.send("POST", "/api/predict/", u.Access, b).want(415).refusal(); !strings.Contains(r.Error, "boundary") {
		t.Errorf("without a boundary it says %q", r.Error)
	}
	for _, noise := range []int{10, 100_000} { // a short preamble, and one that no header can be
		b := body{bytes: append(bytes.Repeat([]byte("x"), noise), form(t, nil, photo(t)).bytes...), contentType: "multipart/form-data; boundary=other"}
		if r := s.send("POST", "/api/predict/", u.Access, &b).want(400).refusal(); !strings.Contains(r.Error, "does not begin with the boundary") {
			t.Errorf("with another's boundary, %d bytes before it, it says %q", noise, r.Error)
		}
	}
}

// TestOddEncodings: a body in an encoding that is not read is a 415 with a
// sentence, on every kind of route; one that can be read is.
func TestOddEncodings(t *testing.T) {
	s := newSite(t, nil)
	u := s.join("lito@farm.example")
	zip := func(b []byte) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		if _, err := w.Write(b); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	wide := func(text string, big bool) []byte {
		var out []byte
		for _, c := range utf16.Encode([]rune(text)) {
			if pair := []byte{byte(c), byte(c >> 8)}; big {
				out = append(out, pair[1], pair[0])
			} else {
				out = append(out, pair...)
			}
		}
		return out
	}
	login := `{"email":"lito@farm.example","password":"` + password + `"}`
	predict := form(t, map[string]string{"preview_only": "true"}, photo(t))
	coded := func(coding string, b *body) *body {
		return &body{contentType: b.contentType, bytes: zip(b.bytes), header: map[string]string{"Content-Encoding": coding}}
	}
	as := func(kind string, text []byte) *body { return &body{contentType: kind, bytes: text} }
	for name, c := range map[string]struct {
		path   string
		body   *body
		status int
		says   string
	}{
		"photo, gzip":                   {"/api/predict/", coded("gzip", predict), 415, "ompressed"},
		"photo, br":                     {"/api/predict/", coded("br", predict), 415, "ompressed"},
		"photo, deflate and gzip":       {"/api/predict/", coded("deflate, gzip", predict), 415, "ompressed"},
		"photo, gzip that nobody names": {"/api/predict/", as(predict.contentType, zip(bytes.Repeat(predict.bytes, 20))), 415, "ompressed"},
		"tree, gzip":                    {"/api/predict/tree/", coded("gzip", predict), 415, "ompressed"},
		"form, gzip":                    {"/api/predict/", coded("gzip", as("application/x-www-form-urlencoded", []byte("a=b"))), 415, "ompressed"},
		"tensor, gzip":                  {"/v2/models/leaf-mobilenetv2/infer", coded("gzip", object("{}")), 415, "ompressed"},
		"login, gzip":                   {"/api/login/", coded("GZIP", object(login)), 415, "ompressed"},
		"login, gzip that nobody names": {"/api/login/", as("application/json", zip([]byte(login))), 415, "ompressed"},
		"login, identity":               {"/api/login/", &body{"application/json", []byte(login), map[string]string{"Content-Encoding": "identity"}}, 200, ""},
		"login, a mark before it":       {"/api/login/", as("application/json", []byte("\xef\xbb\xbf"+login)), 200, ""},
		"login, charset=UTF-8":          {"/api/login/", as(`application/json; charset="UTF-8"`, []byte(login)), 200, ""},
		"login, Latin-1, ASCII letters": {"/api/login/", as("application/json; charset=ISO-8859-1", []byte(login)), 200, ""},
		"login, Latin-1":                {"/api/login/", as("application/json; charset=ISO-8859-1", []byte(`{"email":"pi`+"\xf1"+`a@farm.example","password":"x"}`)), 415, "UTF-8"},
		"login, UTF-16, little":         {"/api/login/", as("application/json", wide(login, false)), 415, "UTF-8"},
		"login, UTF-16, big, marked":    {"/api/login/", as("application/json; charset=utf-16", wide("\ufeff"+login, true)), 415, "UTF-8"},
		"login, UTF-32":                 {"/api/login/", as("application/json", []byte("\x00\x00\x00{\x00\x00\x00}")), 415, "UTF-8"},
		"login, said to be UTF-16":      {"/api/login/", as("application/json; charset=utf-16", []byte(login)), 415, "UTF-8"},
		"login, half a letter":          {"/api/login/", as("application/json", []byte("{\"email\":\"\xc3\",\"password\":\"x\"}")), 400, ""},
		"login, nothing but the mark":   {"/api/login/", as("application/json", []byte("\xef\xbb\xbf")), 400, ""},
		"tensor, a mark before it":      {"/v2/models/leaf-mobilenetv2/infer", as("application/json", []byte("\xef\xbb\xbf{}")), 400, "inputs"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.in(t).send("POST", c.path, u.Access, c.body).want(c.status)
			if c.status == 200 {
				return
			}
			if r := a.refusal(); !strings.Contains(r.Error, c.says) {
				t.Errorf("says %q, want something of %q", r.Error, c.says)
			}
			if c.body.header != nil && a.header.Get("Accept-Encoding") != "identity" {
				t.Error("it does not say which encoding is read")
			}
		})
	}
	s.send("GET", "/api/health/", "", &body{contentType: "application/octet-stream", header: map[string]string{"Content-Encoding": "gzip"}}).want(200)
}
