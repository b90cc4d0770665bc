package upload_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"strings"
	"testing"

	"mangosense/server/internal/api/upload"
)

// TestBoundaries: what clients write after multipart/form-data, and the
// boundary that they mean.
func TestBoundaries(t *testing.T) {
	for name, c := range map[string]struct{ header, want string }{
		"plain":                           {`multipart/form-data; boundary=abc`, "abc"},
		"of a browser":                    {`multipart/form-data; boundary=----WebKitFormBoundaryAb12`, "----WebKitFormBoundaryAb12"},
		"of Python's email":               {`multipart/form-data; boundary================1616==`, "===============1616=="},
		"of Java's mail":                  {`multipart/form-data; boundary=----=_Part_0_1`, "----=_Part_0_1"},
		"bare, all that is allowed":       {`multipart/form-data; boundary='()+_,-./:=?0aZ`, "'()+_,-./:=?0aZ"},
		"bare, a space inside":            {`multipart/form-data; boundary=a b  c`, "a b  c"},
		"bare, a space behind":            {`multipart/form-data; boundary=abc  `, "abc"},
		"bare, then another":              {`multipart/form-data; boundary=a/b:c?d ; charset=utf-8`, "a/b:c?d"},
		"quoted":                          {`multipart/form-data; boundary="a/b:c?d;e"`, "a/b:c?d;e"},
		"quoted, with escapes":            {`multipart/form-data; boundary="a\"b\\c"`, `a"b\c`},
		"quoted, another backslash":       {`multipart/form-data; boundary="a\bc"`, `a\bc`},
		"quoted, something behind":        {`multipart/form-data; boundary="abc" ; charset=utf-8`, "abc"},
		"a quote that never ends":         {`multipart/form-data; boundary="abc`, `"abc`},
		"upper case":                      {`Multipart/Form-Data; Boundary=AbC`, "AbC"},
		"capitals":                        {`MULTIPART/FORM-DATA; BOUNDARY=AbC`, "AbC"},
		"charset before":                  {`multipart/form-data; charset=utf-8; boundary=abc`, "abc"},
		"charset after":                   {`multipart/form-data; boundary=abc; charset=utf-8`, "abc"},
		"semicolon at the end":            {`multipart/form-data; boundary=abc;`, "abc"},
		"two semicolons":                  {`multipart/form-data;; boundary=abc;;`, "abc"},
		"no spaces":                       {`multipart/form-data;boundary=abc`, "abc"},
		"spaces everywhere":               {"  multipart/form-data \t; \t boundary \t= \tabc\t ", "abc"},
		"a word without a value":          {`multipart/form-data; odd; boundary=abc`, "abc"},
		"a value without a word":          {`multipart/form-data; =odd; boundary=abc`, "abc"},
		"twice the same":                  {`multipart/form-data; boundary=abc; boundary="abc"`, "abc"},
		"twice, two":                      {`multipart/form-data; boundary=abc; boundary=abd`, ""},
		"extended":                        {`multipart/form-data; boundary*=us-ascii''a%2Fb`, "a/b"},
		"in pieces":                       {`multipart/form-data; boundary*0="ab"; boundary*1=cd`, "abcd"},
		"extended, in pieces":             {`multipart/form-data; boundary*0*=us-ascii''a%2F; boundary*1*=b%2F; boundary*2=c`, "a/b/c"},
		"extended pieces, no charset":     {`multipart/form-data; boundary*0*=a%2F; boundary*1=b`, ""},
		"a piece missing":                 {`multipart/form-data; boundary*0=ab; boundary*2=cd`, "ab"},
		"pieces from 1":                   {`multipart/form-data; boundary*1=ab`, ""},
		"plain before pieces":             {`multipart/form-data; boundary=ab; boundary*0=cd`, "ab"},
		"extended, one quote":             {`multipart/form-data; boundary=ab; boundary*=us-ascii'cd`, "ab"},
		"extended, no quote":              {`multipart/form-data; boundary=ab; boundary*=cd`, "ab"},
		"extended, charset unknown":       {`multipart/form-data; boundary=ab; boundary*=utf-16''cd`, "ab"},
		"extended, not in it":             {`multipart/form-data; boundary=ab; boundary*=utf-8''%ff`, "ab"},
		"a backslash, no end":             {`multipart/form-data; boundary="ab\`, `"ab\`},
		"a quote that is escaped, no end": {`multipart/form-data; boundary="ab\"`, `"ab\"`},
		"quoted, a backslash last":        {`multipart/form-data; boundary="ab\\"`, `ab\`},
		"the 32nd parameter":              {`multipart/form-data` + numbered(31) + `; boundary=abc`, "abc"},
		"the 33rd parameter":              {`multipart/form-data` + numbered(32) + `; boundary=abc`, ""},
		"from space to tilde":             {`multipart/form-data; boundary="! ~"`, "! ~"},
		"a space only":                    {`multipart/form-data; boundary=" "`, ""},
		"a letter above the tilde":        {"multipart/form-data; boundary=a\x7fb", ""},
		"one letter":                      {`multipart/form-data; boundary=a`, "a"},
		"70 letters":                      {`multipart/form-data; boundary=` + strings.Repeat("x", 70), strings.Repeat("x", 70)},
		"200 letters":                     {`multipart/form-data; boundary=` + strings.Repeat("x", 200), strings.Repeat("x", 200)},
		"201 letters":                     {`multipart/form-data; boundary=` + strings.Repeat("x", 201), ""},
		"none":                            {`multipart/form-data`, ""},
		"empty":                           {`multipart/form-data; boundary=`, ""},
		"empty, then another":             {`multipart/form-data; boundary=; charset=utf-8`, ""},
		"empty, quoted":                   {`multipart/form-data; boundary=""`, ""},
		"quoted, ending in a space":       {`multipart/form-data; boundary="abc "`, ""},
		"a letter beyond ASCII":           {`multipart/form-data; boundary=añb`, ""},
		"a control character":             {"multipart/form-data; boundary=a\x01b", ""},
		"more parameters than looked":     {`multipart/form-data; boundary=abc` + strings.Repeat("; x=y", 1000), "abc"},
	} {
		t.Run(name, func(t *testing.T) {
			h := upload.ParseHeader(c.header)
			if h.Value != "multipart/form-data" || h.Boundary() != c.want {
				t.Errorf("%q is %q with boundary %q, want %q", c.header, h.Value, h.Boundary(), c.want)
			}
		})
	}
}

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "; p%d=x", i)
	}
	return b.String()
}

// TestBodiesOfOddBoundaries reads a whole body by each of them.
func TestBodiesOfOddBoundaries(t *testing.T) {
	for _, b := range []string{"===============1616==", "----=_Part_0_1", "a/b:c?d", "a b", "(a,b)", "'q'", "--", "-", "=", strings.Repeat("x", 200)} {
		raw := strings.ReplaceAll(strings.Join([]string{
			"a preamble", "--B", `Content-Disposition: form-data; name="image"; filename="i.jpg"`, "", "photo\r\n--", "--B",
			`Content-Disposition: form-data; name="kind"`, "", "leaf", "--B--", "an epilogue", "",
		}, "\r\n"), "--B", "--"+b)
		for end, text := range map[string]string{"": raw, ", lines of LF": strings.ReplaceAll(raw, "\r\n", "\n"), ", no line's end behind": raw[:strings.LastIndex(raw, "\r\nan epilogue")]} {
			form, err := upload.Read(context.Background(), strings.NewReader(text), b, limits, lease(roomy()), image)
			if err != nil {
				t.Errorf("%q%s: %v", b, end, err)
				continue
			}
			if got := string(form.File("image").Bytes()); strings.ReplaceAll(got, "\r\n", "\n") != "photo\n--" || form.Fields["kind"] != "leaf" {
				t.Errorf("%q%s: file %q, fields %q", b, end, got, form.Fields)
			}
			form.Release()
		}
	}
}

// TestPartHeaders: what clients write before a part's body.
func TestPartHeaders(t *testing.T) {
	photo := []byte("\xff\xd8 a photo \xff\xd9 of some length")
	plain := string(photo)
	for name, c := range map[string]struct {
		header, body string
		file         string // its name; empty: a field is expected
		field        string
	}{
		"quoted":                        {`form-data; name="image"; filename="i.jpg"`, plain, "i.jpg", ""},
		"bare":                          {`form-data; name=image; filename=i.jpg`, plain, "i.jpg", ""},
		"bare, a space and brackets":    {`form-data; name=image; filename=my photo (1).jpg`, plain, "my photo (1).jpg", ""},
		"capitals":                      {`FORM-DATA; NAME="image"; FileName="i.jpg"`, plain, "i.jpg", ""},
		"spaces":                        {`form-data ;  name = "image" ;filename= "i.jpg" ;`, plain, "i.jpg", ""},
		"as an attachment":              {`attachment; name="image"; filename="i.jpg"`, plain, "i.jpg", ""},
		"folded":                        {"form-data;\r\n\tname=\"image\";\r\n  filename=\"i.jpg\"", plain, "i.jpg", ""},
		"a quote and a semicolon":       {`form-data; name="image"; filename="a\"b;c.jpg"`, plain, `a"b;c.jpg`, ""},
		"a path of Windows":             {`form-data; name="image"; filename="C:\Users\bob\i.jpg"`, plain, "i.jpg", ""},
		"a path":                        {`form-data; name="image"; filename="../../i.jpg"`, plain, "i.jpg", ""},
		"ñ as it is":                    {`form-data; name="image"; filename="piña.jpg"`, plain, "piña.jpg", ""},
		"ñ, extended":                   {`form-data; name="image"; filename*=UTF-8''pi%C3%B1a.jpg`, plain, "piña.jpg", ""},
		"ñ, extended and plain":         {`form-data; name="image"; filename="pina.jpg"; filename*=utf-8'es'pi%C3%B1a.jpg`, plain, "piña.jpg", ""},
		"ñ, extended in Latin-1":        {`form-data; name="image"; filename*=ISO-8859-1''pi%F1a.jpg`, plain, "piña.jpg", ""},
		"extended, not readable":        {`form-data; name="image"; filename="i.jpg"; filename*=UTF-8''%zz`, plain, "i.jpg", ""},
		"binary":                        {"form-data; name=\"image\"; filename=\"i.jpg\"\r\nContent-Transfer-Encoding: binary", plain, "i.jpg", ""},
		"base64":                        {"form-data; name=\"image\"; filename=\"i.jpg\"\r\nContent-Transfer-Encoding: BASE64", base64.StdEncoding.EncodeToString(photo[:10]) + base64.StdEncoding.EncodeToString(photo[10:]), "i.jpg", ""},
		"text":                          {"form-data; name=\"note\"\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit", "piña", "", "piña"},
		"text in Latin-1":               {"form-data; name=\"note\"\r\nContent-Type: text/plain; charset=ISO-8859-1", "pi\xf1a", "", "piña"},
		"text in ASCII":                 {"form-data; name=\"note\"\r\nContent-Type: text/plain; charset=US-ASCII", "pina", "", "pina"},
		"text in quoted-printable":      {"form-data; name=\"note\"\r\nContent-Transfer-Encoding: quoted-printable", "pi=C3=B1a", "", "piña"},
		"text in base64, two lines":     {"form-data; name=\"note\"\r\nContent-Transfer-Encoding: base64", "cGnD\r\nsWE=", "", "piña"},
		"text in 7bit":                  {"form-data; name=\"note\"\r\nContent-Transfer-Encoding: 7bit", "pina", "", "pina"},
		"not text, a charset":           {"form-data; name=\"note\"\r\nContent-Type: application/json; charset=utf-16", "{}", "", "{}"},
		"text of latin1":                {"form-data; name=\"note\"\r\nContent-Type: text/csv; charset=latin1", "pi\xf1a", "", "piña"},
		"no file name":                  {`form-data; name="image"`, plain, ".", ""},
		"text with another disposition": {`x-odd; name="note"`, "v", "", "v"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.body == "" {
				t.Fatal("no body")
			}
			if name == "base64" {
				c.body = base64.StdEncoding.EncodeToString(photo)
			}
			raw := "--" + boundary + "\r\nContent-Disposition: " + c.header + "\r\n\r\n" + c.body + "\r\n--" + boundary + "--\r\n"
			b := roomy()
			form, err := upload.Read(context.Background(), strings.NewReader(raw), boundary, limits, lease(b), image)
			if err != nil {
				t.Fatal(err)
			}
			defer form.Release()
			if c.file == "" {
				if form.Fields["note"] != c.field {
					t.Errorf("fields %q, want %q", form.Fields, c.field)
				}
				return
			}
			f := form.File("image")
			if c.file == "." { // none
				c.file = ""
			}
			if f == nil || f.Name != c.file || !bytes.Equal(f.Bytes(), photo) {
				t.Errorf("file %+v, fields %q", f, form.Fields)
			}
		})
	}
}

// TestUnreadableEncodings: what is not read is refused by name.
func TestUnreadableEncodings(t *testing.T) {
	part := func(header, body string) string {
		return "--" + boundary + "\r\n" + header + "\r\n\r\n" + body + "\r\n--" + boundary + "--\r\n"
	}
	for name, c := range map[string]struct {
		body string
		want error
	}{
		"gzip":                 {"\x1f\x8b\x08\x00" + strings.Repeat("\x93x", 40_000), upload.ErrCompressed},
		"gzip, a line's end":   {"\x1f\x8b\x08\x00\r\n\r\n" + strings.Repeat("\n", 100), upload.ErrCompressed},
		"gzip, cut":            {"\x1f\x8b", upload.ErrCompressed},
		"almost gzip":          {"\x1f", upload.ErrMalformed},
		"zstd":                 {"\x28\xb5\x2f\xfd" + strings.Repeat("\x93x", 40_000), upload.ErrCompressed},
		"a ZIP":                {"PK\x03\x04" + strings.Repeat("\x93x", 40_000), upload.ErrCompressed},
		"noise":                {strings.Repeat("\x93x", 40_000), upload.ErrMalformed},
		"text in another":      {part("Content-Disposition: form-data; name=n\r\nContent-Type: text/plain; charset=utf-16", "\xff\xfea\x00"), upload.ErrEncoding},
		"text that is not so":  {part("Content-Disposition: form-data; name=n\r\nContent-Type: text/plain; charset=utf-8", "\xff\xfe"), upload.ErrEncoding},
		"a coding nobody has":  {part("Content-Disposition: form-data; name=n\r\nContent-Transfer-Encoding: x-uuencode", "v"), upload.ErrEncoding},
		"base64 that is none":  {part("Content-Disposition: form-data; name=n\r\nContent-Transfer-Encoding: base64", "!!!!"), upload.ErrMalformed},
		"a part's long header": {part("X: "+strings.Repeat("x", 20<<10), "v"), upload.ErrPartHeader},
	} {
		t.Run(name, func(t *testing.T) {
			b := roomy()
			if _, err := upload.Read(context.Background(), strings.NewReader(c.body), boundary, limits, lease(b), image); !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if held := b.InUse(); held != 0 {
				t.Errorf("%d bytes stay held", held)
			}
		})
	}
}

// FuzzHeader: never panics, stays bounded, and reads what the standard library
// reads as the standard library does.
func FuzzHeader(f *testing.F) {
	for _, s := range []string{
		`multipart/form-data; boundary=abc`, `multipart/form-data; boundary="a\"b;c"; charset=x`, `form-data; name="a"; filename*=UTF-8''%41`,
		`a; b*0=c; b*1*=''%20`, `;;=;"`, `a;b="`, `multipart/form-data; boundary================1616==`, `form-data; name=image; filename=my photo (1).jpg`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h := upload.ParseHeader(text)
		for _, name := range []string{"boundary", "name", "filename", "charset"} {
			v := h.Param(name)
			if len(v) > 2*len(text) {
				t.Fatalf("%d bytes of %d", len(v), len(text))
			}
			kind, params, err := mime.ParseMediaType(text)
			if err != nil || strings.Contains(text, "*") || strings.Contains(text, `\`) || len(params) >= 32 {
				continue
			}
			if kind != h.Value || params[name] != v {
				t.Fatalf("%q: %q with %s %q; the standard library reads %q with %q", text, h.Value, name, v, kind, params[name])
			}
		}
	})
}
