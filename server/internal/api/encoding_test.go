package api_test

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"unicode/utf16"

	"mangosense/server/internal/api/apitest"
)

// TestBareBoundaries: a photo is answered whatever its boundary looks like.
func TestBareBoundaries(t *testing.T) {
	s := apitest.New(t, nil)
	u := s.Join("lito@farm.example")
	for header, boundary := range map[string]string{
		`multipart/form-data; boundary================1616==`:        "===============1616==",
		`multipart/form-data; boundary=----=_Part_0_1`:               "----=_Part_0_1",
		`multipart/form-data; boundary=a/b:c?d,(e) f`:                "a/b:c?d,(e) f",
		`Multipart/Form-Data; charset=utf-8; Boundary="a;b" ;`:       "a;b",
		`multipart/form-data;boundary=plain;charset=utf-8`:           "plain",
		`multipart/form-data; boundary=` + strings.Repeat("=?", 100): strings.Repeat("=?", 100),
	} {
		b := apitest.Form(t, map[string]string{"preview_only": "true"}, apitest.Photo(t))
		_, was, _ := strings.Cut(b.ContentType, "boundary=")
		b.Bytes, b.ContentType = bytes.ReplaceAll(b.Bytes, []byte(was), []byte(boundary)), header
		s.Send("POST", "/api/predict/", u.Access, b).Want(200)
	}
	b := apitest.Form(t, nil, apitest.Photo(t))
	b.ContentType = "multipart/form-data"
	if r := s.Send("POST", "/api/predict/", u.Access, b).Want(415).Refusal(); !strings.Contains(r.Error, "boundary") {
		t.Errorf("without a boundary it says %q", r.Error)
	}
	for _, noise := range []int{10, 100_000} { // a short preamble, and one that no header can be
		b := apitest.Body{Bytes: append(bytes.Repeat([]byte("x"), noise), apitest.Form(t, nil, apitest.Photo(t)).Bytes...), ContentType: "multipart/form-data; boundary=other"}
		if r := s.Send("POST", "/api/predict/", u.Access, &b).Want(400).Refusal(); !strings.Contains(r.Error, "does not begin with the boundary") {
			t.Errorf("with another's boundary, %d bytes before it, it says %q", noise, r.Error)
		}
	}
}

// TestOddEncodings: a body in an encoding that is not read is a 415 with a
// sentence, on every kind of route; one that can be read is.
func TestOddEncodings(t *testing.T) {
	s := apitest.New(t, nil)
	u := s.Join("lito@farm.example")
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
	login := `{"email":"lito@farm.example","password":"` + apitest.Password + `"}`
	predict := apitest.Form(t, map[string]string{"preview_only": "true"}, apitest.Photo(t))
	coded := func(coding string, b *apitest.Body) *apitest.Body {
		return &apitest.Body{ContentType: b.ContentType, Bytes: zip(b.Bytes), Header: map[string]string{"Content-Encoding": coding}}
	}
	as := func(kind string, text []byte) *apitest.Body { return &apitest.Body{ContentType: kind, Bytes: text} }
	for name, c := range map[string]struct {
		path   string
		body   *apitest.Body
		status int
		says   string
	}{
		"photo, gzip":                   {"/api/predict/", coded("gzip", predict), 415, "ompressed"},
		"photo, br":                     {"/api/predict/", coded("br", predict), 415, "ompressed"},
		"photo, deflate and gzip":       {"/api/predict/", coded("deflate, gzip", predict), 415, "ompressed"},
		"photo, gzip that nobody names": {"/api/predict/", as(predict.ContentType, zip(bytes.Repeat(predict.Bytes, 20))), 415, "ompressed"},
		"tree, gzip":                    {"/api/predict/tree/", coded("gzip", predict), 415, "ompressed"},
		"form, gzip":                    {"/api/predict/", coded("gzip", as("application/x-www-form-urlencoded", []byte("a=b"))), 415, "ompressed"},
		"tensor, gzip":                  {"/v2/models/leaf-mobilenetv2/infer", coded("gzip", apitest.Object("{}")), 415, "ompressed"},
		"login, gzip":                   {"/api/login/", coded("GZIP", apitest.Object(login)), 415, "ompressed"},
		"login, gzip that nobody names": {"/api/login/", as("application/json", zip([]byte(login))), 415, "ompressed"},
		"login, identity":               {"/api/login/", &apitest.Body{ContentType: "application/json", Bytes: []byte(login), Header: map[string]string{"Content-Encoding": "identity"}}, 200, ""},
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
			a := s.In(t).Send("POST", c.path, u.Access, c.body).Want(c.status)
			if c.status == 200 {
				return
			}
			if r := a.Refusal(); !strings.Contains(r.Error, c.says) {
				t.Errorf("says %q, want something of %q", r.Error, c.says)
			}
			if c.body.Header != nil && a.Header.Get("Accept-Encoding") != "identity" {
				t.Error("it does not say which encoding is read")
			}
		})
	}
	s.Send("GET", "/api/health/", "", &apitest.Body{ContentType: "application/octet-stream", Header: map[string]string{"Content-Encoding": "gzip"}}).Want(200)
}
