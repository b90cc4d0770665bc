package api_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"strings"
	"sync"
	"testing"

	"mangosense/preprocess"
	"mangosense/server/internal/api"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// several is a form of photos under one field.
func several(t *testing.T, field string, fields map[string]string, photos ...[]byte) *body {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	for i, photo := range photos {
		part, err := w.CreateFormFile(field, fmt.Sprintf("image%d.jpg", i))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(photo); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &body{contentType: w.FormDataContentType(), bytes: b.Bytes()}
}

// keyed is a body with an Idempotency-Key.
func keyed(b *body, key string) *body {
	return &body{b.contentType, b.bytes, map[string]string{"Idempotency-Key": key}}
}

func (s *site) count() int {
	s.t.Helper()
	n, err := s.store.CountRecords(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// TestSavesAreRepeatable: with an Idempotency-Key every save of photos gives
// its first answer again and stores nothing more.
func TestSavesAreRepeatable(t *testing.T) {
	s := newSite(t, nil)
	boss := s.admin()
	class := map[string]string{"disease_type": "leaf", "disease_classification": "Healthy"}
	for name, c := range map[string]struct {
		path   string
		fresh  func() *body
		stores int
	}{
		"photo":  {"/api/predict/", func() *body { return form(t, nil, photo(t)) }, 1},
		"tree":   {"/api/predict/tree/", func() *body { return several(t, "image", nil, photo(t), []byte("no photo"), photo(t)) }, 2},
		"import": {"/api/training-data/bulk-import/", func() *body { return several(t, "images", class, photo(t), photo(t)) }, 2},
		"upload": {"/api/upload-image/", func() *body { return form(t, nil, photo(t)) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			key, before, b := "key of "+name[:1]+"/1", s.count(), c.fresh()
			key = strings.ReplaceAll(key, " ", "-")
			want := s.send("POST", c.path, boss.Access, keyed(b, key)).want(200)
			for _, again := range []string{key, `"` + key + `"`} {
				got := s.send("POST", c.path, boss.Access, keyed(b, again)).want(200)
				if !bytes.Equal(got.body, want.body) || got.header.Get("Idempotency-Replayed") != "true" {
					t.Errorf("again: %s\nfirst: %s", got.body, want.body)
				}
			}
			if n := s.count() - before; n != c.stores {
				t.Errorf("%d records, want %d", n, c.stores)
			}
			if want.header.Get("Idempotency-Replayed") != "" {
				t.Error("the first answer passes for a repetition")
			}
			s.send("POST", c.path, boss.Access, keyed(c.fresh(), key)).want(422).refusal()
			if n := s.count() - before; n != c.stores {
				t.Errorf("%d records after another request under the key", n)
			}
		})
	}
	b := form(t, nil, photo(t))
	s.send("POST", "/api/predict/", boss.Access, keyed(b, "one-route")).want(200)
	s.send("POST", "/api/upload-image/", boss.Access, keyed(b, "one-route")).want(422)
}

// TestKeysBelongToTheirUser, and previews take none.
func TestKeysBelongToTheirUser(t *testing.T) {
	s := newSite(t, nil)
	lito, ana := s.join("lito@farm.example"), s.join("ana@farm.example")
	b := form(t, nil, photo(t))
	preview := form(t, map[string]string{"preview_only": "true"}, photo(t))
	s.send("POST", "/api/predict/", lito.Access, keyed(preview, "k")).want(200)
	s.send("POST", "/api/predict/", "", keyed(preview, "k")).want(200)
	first := s.send("POST", "/api/predict/", lito.Access, keyed(b, "k")).want(200)
	s.send("POST", "/api/predict/", lito.Access, keyed(preview, "k")).want(200)
	other := s.send("POST", "/api/predict/", ana.Access, keyed(b, "k")).want(200)
	if first.at("data.saved_image_id") == other.at("data.saved_image_id") || s.count() != 2 {
		t.Errorf("%s and %s, %d records", first.body, other.body, s.count())
	}
	for name, key := range map[string]string{
		"empty": "", "too long": strings.Repeat("k", 256), "a blank inside": "a b", "beyond ASCII": "señor", "quotes alone": `""`, "a tab": "a\tb",
	} {
		if r := s.send("POST", "/api/predict/", lito.Access, keyed(b, key)).want(400).refusal(); !strings.Contains(r.Error, "Idempotency-Key") {
			t.Errorf("%s: %q", name, r.Error)
		}
	}
	s.send("POST", "/api/predict/", lito.Access, keyed(b, strings.Repeat("k", 255))).want(200)
	if n := s.count(); n != 3 {
		t.Errorf("%d records, want 3", n)
	}
}

// TestConcurrentSavesStoreOnce: the same save sent many times at once.
func TestConcurrentSavesStoreOnce(t *testing.T) {
	s := newSite(t, nil)
	lito := s.join("lito@farm.example")
	b := keyed(several(t, "image", nil, photo(t), photo(t), photo(t)), "k")
	var mu sync.Mutex
	answers := map[string]int{}
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			a := s.send("POST", "/api/predict/tree/", lito.Access, b)
			mu.Lock()
			defer mu.Unlock()
			answers[fmt.Sprint(a.status, string(a.body))]++
		})
	}
	wg.Wait()
	if s.count() != 3 || len(answers) != 1 {
		t.Errorf("%d records, %d answers: %v", s.count(), len(answers), answers)
	}
}

// failsAt is a Diagnoser whose n-th photo is one too many.
type failsAt struct {
	*standIn
	n     int
	err   error
	asked int
}

func (f *failsAt) Diagnose(ctx context.Context, photo preprocess.Photo, req mango.Request) (mango.Diagnosis, error) {
	if f.asked++; f.asked == f.n {
		return mango.Diagnosis{}, f.err
	}
	return f.standIn.Diagnose(ctx, photo, req)
}

// TestTreeIsStoredWholeOrNotAtAll: wherever it ends, a retry doubles nothing.
func TestTreeIsStoredWholeOrNotAtAll(t *testing.T) {
	for status, err := range map[int]error{504: context.DeadlineExceeded, 503: mango.Errorf(mango.Busy, "full"), 500: mango.Errorf(mango.Internal, "broken")} {
		for n := 1; n <= 3; n++ {
			var model *failsAt
			s := newSite(t, func(c *api.Config) {
				model = &failsAt{standIn: c.Inference.(*standIn), n: n, err: err}
				c.Intake = intakeOf(model, c.Store.(intake.Records), c.Photos.(intake.Files))
			})
			token := s.join("lito@farm.example").Access
			b := several(t, "image", nil, photo(t), photo(t), photo(t))
			s.send("POST", "/api/predict/tree/", token, b).want(status).refusal()
			if n := s.count(); n != 0 {
				t.Errorf("%d: %d records of a tree that was refused", status, n)
			}
			got := s.send("POST", "/api/predict/tree/", token, b).want(200)
			got.has(map[string]string{"data.photos.#": "3", "data.photos.0.duplicate_of": "-", "data.photos.2.duplicate_of": "-"})
			if n := s.count(); n != 3 {
				t.Errorf("%d: %d records after the retry, want 3", status, n)
			}
		}
	}
}

// TestDuplicatesAreSaid: the same photo saved twice without a key is stored
// twice, as ever, and the answer says so.
func TestDuplicatesAreSaid(t *testing.T) {
	s := newSite(t, nil)
	lito, ana, boss := s.join("lito@farm.example"), s.join("ana@farm.example"), s.admin()
	p := photo(t)
	first := s.send("POST", "/api/predict/", lito.Access, form(t, nil, p)).want(200).has(map[string]string{"data.duplicate_of": "-"})
	s.send("POST", "/api/predict/", ana.Access, form(t, nil, p)).want(200).has(map[string]string{"data.duplicate_of": "-"})
	s.send("POST", "/api/predict/", lito.Access, form(t, map[string]string{"preview_only": "true"}, p)).want(200).has(map[string]string{"data.duplicate_of": "-", "data.saved_image_id": "-"})
	second := s.send("POST", "/api/predict/", lito.Access, form(t, map[string]string{"user_feedback": "again"}, p)).want(200)
	second.has(map[string]string{"data.duplicate_of": first.at("data.saved_image_id"), "success": "true"})
	if first.at("data.saved_image_id") == second.at("data.saved_image_id") || s.count() != 3 {
		t.Errorf("%d records", s.count())
	}
	tree := s.send("POST", "/api/predict/tree/", lito.Access, several(t, "image", nil, photo(t), p)).want(200)
	tree.has(map[string]string{"data.photos.0.duplicate_of": "-", "data.photos.1.duplicate_of": second.at("data.saved_image_id")})
	class := map[string]string{"disease_type": "leaf", "disease_classification": "Healthy"}
	q := photo(t)
	s.send("POST", "/api/training-data/bulk-import/", boss.Access, several(t, "images", class, q, q)).want(200).
		has(map[string]string{"created": "2", "duplicates.#": "1", "duplicates.0.filename": `"image1.jpg"`})
}

// TestUnstoredIsSaidWithTheDiagnosis: while nothing can be stored, a save gets
// the diagnosis, in the answer that the app shows, and the sentence where it
// shows one; nothing is remembered, so that the same save stores later.
func TestUnstoredIsSaidWithTheDiagnosis(t *testing.T) {
	for code, says := range map[mango.Code]string{mango.StoreFull: "disk is full", mango.StoreDown: "cannot keep records", mango.StoreFailed: "disk cannot be written", mango.Timeout: "too slow"} {
		broken := &brokenRecords{code: code}
		s := newSite(t, broken.behind)
		token := s.join("lito@farm.example").Access
		one, tree := form(t, nil, photo(t)), several(t, "image", nil, photo(t), photo(t))
		for path, b := range map[string]*body{"/api/predict/": one, "/api/predict/tree/": tree} {
			for _, b := range []*body{b, keyed(b, "k-"+b.contentType[len(b.contentType)-8:])} {
				got := s.send("POST", path, token, b).want(200)
				got.has(map[string]string{
					"success": "true", "data.primary_prediction.disease": `"Anthracnose"`, "data.stored": "false", "data.saved_image_id": "null",
					"error_code": `"` + string(code) + `"`, "errors.#": "1", "data.predictions.#": "3",
				})
				for _, shown := range []string{"message", "data.primary_prediction.treatment", "errors.0"} {
					if text := got.at(shown); !strings.HasPrefix(text, `"This was not stored: `) || !strings.Contains(text, says) {
						t.Errorf("%s: %s says %s", path, shown, text)
					}
				}
			}
		}
		s.send("POST", "/api/predict/", token, form(t, map[string]string{"preview_only": "true"}, photo(t))).want(200).has(map[string]string{"data.stored": "-", "error_code": "-"})
		if n := s.count(); n != 0 {
			t.Fatalf("%d records", n)
		}
		broken.code = ""
		got := s.send("POST", "/api/predict/", token, keyed(one, "k-"+one.contentType[len(one.contentType)-8:])).want(200)
		if got.header.Get("Idempotency-Replayed") != "" || got.at("data.saved_image_id") == "null" || s.count() != 1 {
			t.Errorf("the same save later: %s", got.body)
		}
	}
}

// TestFullAccountIsSaidWithTheDiagnosis: it is the account that is full, not the
// disk.
func TestFullAccountIsSaidWithTheDiagnosis(t *testing.T) {
	s := newSite(t, (&brokenRecords{code: mango.StoreFull, cause: mango.ErrQuota}).behind)
	got := s.send("POST", "/api/predict/", s.join("lito@farm.example").Access, form(t, nil, photo(t))).want(200)
	got.has(map[string]string{"data.stored": "false", "error_code": `"STORAGE_FULL"`})
	if text := got.at("data.primary_prediction.treatment"); !strings.Contains(text, "your account has filled its share") {
		t.Errorf("it says %s", text)
	}
}
