package photos_test

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
	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// several is a form of photos under one field.
func several(t *testing.T, field string, fields map[string]string, photos ...[]byte) *apitest.Body {
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
	return &apitest.Body{ContentType: w.FormDataContentType(), Bytes: b.Bytes()}
}

// keyed is a body with an Idempotency-Key.
func keyed(b *apitest.Body, key string) *apitest.Body {
	return &apitest.Body{ContentType: b.ContentType, Bytes: b.Bytes, Header: map[string]string{"Idempotency-Key": key}}
}

func count(s *apitest.Site) int {
	s.T.Helper()
	n, err := s.Store.CountRecords(context.Background())
	if err != nil {
		s.T.Fatal(err)
	}
	return n
}

// TestSavesAreRepeatable: with an Idempotency-Key every save of photos gives
// its first answer again and stores nothing more.
func TestSavesAreRepeatable(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	class := map[string]string{"disease_type": "leaf", "disease_classification": "Healthy"}
	for name, c := range map[string]struct {
		path   string
		fresh  func() *apitest.Body
		stores int
	}{
		"photo": {"/api/predict/", func() *apitest.Body { return apitest.Form(t, nil, apitest.Photo(t)) }, 1},
		"tree": {"/api/predict/tree/", func() *apitest.Body {
			return several(t, "image", nil, apitest.Photo(t), []byte("no photo"), apitest.Photo(t))
		}, 2},
		"import": {"/api/training-data/bulk-import/", func() *apitest.Body { return several(t, "images", class, apitest.Photo(t), apitest.Photo(t)) }, 2},
		"upload": {"/api/upload-image/", func() *apitest.Body { return apitest.Form(t, nil, apitest.Photo(t)) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := s.In(t)
			key, before, b := "key of "+name[:1]+"/1", count(s), c.fresh()
			key = strings.ReplaceAll(key, " ", "-")
			want := s.Send("POST", c.path, boss.Access, keyed(b, key)).Want(200)
			for _, again := range []string{key, `"` + key + `"`} {
				got := s.Send("POST", c.path, boss.Access, keyed(b, again)).Want(200)
				if !bytes.Equal(got.Body, want.Body) || got.Header.Get("Idempotency-Replayed") != "true" {
					t.Errorf("again: %s\nfirst: %s", got.Body, want.Body)
				}
			}
			if n := count(s) - before; n != c.stores {
				t.Errorf("%d records, want %d", n, c.stores)
			}
			if want.Header.Get("Idempotency-Replayed") != "" {
				t.Error("the first answer passes for a repetition")
			}
			s.Send("POST", c.path, boss.Access, keyed(c.fresh(), key)).Want(422).Refusal()
			if n := count(s) - before; n != c.stores {
				t.Errorf("%d records after another request under the key", n)
			}
		})
	}
	b := apitest.Form(t, nil, apitest.Photo(t))
	s.Send("POST", "/api/predict/", boss.Access, keyed(b, "one-route")).Want(200)
	s.Send("POST", "/api/upload-image/", boss.Access, keyed(b, "one-route")).Want(422)
}

// TestKeysBelongToTheirUser, and previews take none.
func TestKeysBelongToTheirUser(t *testing.T) {
	s := apitest.New(t, nil)
	lito, ana := s.Join("lito@farm.example"), s.Join("ana@farm.example")
	b := apitest.Form(t, nil, apitest.Photo(t))
	preview := apitest.Form(t, map[string]string{"preview_only": "true"}, apitest.Photo(t))
	s.Send("POST", "/api/predict/", lito.Access, keyed(preview, "k")).Want(200)
	s.Send("POST", "/api/predict/", "", keyed(preview, "k")).Want(200)
	first := s.Send("POST", "/api/predict/", lito.Access, keyed(b, "k")).Want(200)
	s.Send("POST", "/api/predict/", lito.Access, keyed(preview, "k")).Want(200)
	other := s.Send("POST", "/api/predict/", ana.Access, keyed(b, "k")).Want(200)
	if first.At("data.saved_image_id") == other.At("data.saved_image_id") || count(s) != 2 {
		t.Errorf("%s and %s, %d records", first.Body, other.Body, count(s))
	}
	for name, key := range map[string]string{
		"empty": "", "too long": strings.Repeat("k", 256), "a blank inside": "a b", "beyond ASCII": "señor", "quotes alone": `""`, "a tab": "a\tb",
	} {
		if r := s.Send("POST", "/api/predict/", lito.Access, keyed(b, key)).Want(400).Refusal(); !strings.Contains(r.Error, "Idempotency-Key") {
			t.Errorf("%s: %q", name, r.Error)
		}
	}
	s.Send("POST", "/api/predict/", lito.Access, keyed(b, strings.Repeat("k", 255))).Want(200)
	if n := count(s); n != 3 {
		t.Errorf("%d records, want 3", n)
	}
}

// TestConcurrentSavesStoreOnce: the same save sent many times at once.
func TestConcurrentSavesStoreOnce(t *testing.T) {
	s := apitest.New(t, nil)
	lito := s.Join("lito@farm.example")
	b := keyed(several(t, "image", nil, apitest.Photo(t), apitest.Photo(t), apitest.Photo(t)), "k")
	var mu sync.Mutex
	answers := map[string]int{}
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			a := s.Send("POST", "/api/predict/tree/", lito.Access, b)
			mu.Lock()
			defer mu.Unlock()
			answers[fmt.Sprint(a.Status, string(a.Body))]++
		})
	}
	wg.Wait()
	if count(s) != 3 || len(answers) != 1 {
		t.Errorf("%d records, %d answers: %v", count(s), len(answers), answers)
	}
}

// failsAt is a Diagnoser whose n-th photo is one too many.
type failsAt struct {
	*apitest.StandIn
	n     int
	err   error
	asked int
}

func (f *failsAt) Diagnose(ctx context.Context, photo preprocess.Photo, req mango.Request) (mango.Diagnosis, error) {
	if f.asked++; f.asked == f.n {
		return mango.Diagnosis{}, f.err
	}
	return f.StandIn.Diagnose(ctx, photo, req)
}

// TestTreeIsStoredWholeOrNotAtAll: wherever it ends, a retry doubles nothing.
func TestTreeIsStoredWholeOrNotAtAll(t *testing.T) {
	for status, err := range map[int]error{504: context.DeadlineExceeded, 503: mango.Errorf(mango.Busy, "full"), 500: mango.Errorf(mango.Internal, "broken")} {
		for n := 1; n <= 3; n++ {
			var model *failsAt
			s := apitest.New(t, func(c *api.Config) {
				model = &failsAt{StandIn: c.Inference.(*apitest.StandIn), n: n, err: err}
				c.Intake = apitest.IntakeOf(model, c.Store.(intake.Records), c.Photos.(intake.Files))
			})
			token := s.Join("lito@farm.example").Access
			b := several(t, "image", nil, apitest.Photo(t), apitest.Photo(t), apitest.Photo(t))
			s.Send("POST", "/api/predict/tree/", token, b).Want(status).Refusal()
			if n := count(s); n != 0 {
				t.Errorf("%d: %d records of a tree that was refused", status, n)
			}
			got := s.Send("POST", "/api/predict/tree/", token, b).Want(200)
			got.Has(map[string]string{"data.photos.#": "3", "data.photos.0.duplicate_of": "-", "data.photos.2.duplicate_of": "-"})
			if n := count(s); n != 3 {
				t.Errorf("%d: %d records after the retry, want 3", status, n)
			}
		}
	}
}

// TestDuplicatesAreSaid: the same photo saved twice without a key is stored
// twice, as ever, and the answer says so.
func TestDuplicatesAreSaid(t *testing.T) {
	s := apitest.New(t, nil)
	lito, ana, boss := s.Join("lito@farm.example"), s.Join("ana@farm.example"), s.Admin()
	p := apitest.Photo(t)
	first := s.Send("POST", "/api/predict/", lito.Access, apitest.Form(t, nil, p)).Want(200).Has(map[string]string{"data.duplicate_of": "-"})
	s.Send("POST", "/api/predict/", ana.Access, apitest.Form(t, nil, p)).Want(200).Has(map[string]string{"data.duplicate_of": "-"})
	s.Send("POST", "/api/predict/", lito.Access, apitest.Form(t, map[string]string{"preview_only": "true"}, p)).Want(200).Has(map[string]string{"data.duplicate_of": "-", "data.saved_image_id": "-"})
	second := s.Send("POST", "/api/predict/", lito.Access, apitest.Form(t, map[string]string{"user_feedback": "again"}, p)).Want(200)
	second.Has(map[string]string{"data.duplicate_of": first.At("data.saved_image_id"), "success": "true"})
	if first.At("data.saved_image_id") == second.At("data.saved_image_id") || count(s) != 3 {
		t.Errorf("%d records", count(s))
	}
	tree := s.Send("POST", "/api/predict/tree/", lito.Access, several(t, "image", nil, apitest.Photo(t), p)).Want(200)
	tree.Has(map[string]string{"data.photos.0.duplicate_of": "-", "data.photos.1.duplicate_of": second.At("data.saved_image_id")})
	class := map[string]string{"disease_type": "leaf", "disease_classification": "Healthy"}
	q := apitest.Photo(t)
	s.Send("POST", "/api/training-data/bulk-import/", boss.Access, several(t, "images", class, q, q)).Want(200).
		Has(map[string]string{"created": "2", "duplicates.#": "1", "duplicates.0.filename": `"image1.jpg"`})
}

// TestUnstoredIsSaidWithTheDiagnosis: while nothing can be stored, a save gets
// the diagnosis, in the answer that the app shows, and the sentence where it
// shows one; nothing is remembered, so that the same save stores later.
func TestUnstoredIsSaidWithTheDiagnosis(t *testing.T) {
	for code, says := range map[mango.Code]string{mango.StoreFull: "disk is full", mango.StoreDown: "cannot keep records", mango.StoreFailed: "disk cannot be written", mango.Timeout: "too slow"} {
		broken := &brokenRecords{code: code}
		s := apitest.New(t, broken.behind)
		token := s.Join("lito@farm.example").Access
		one, tree := apitest.Form(t, nil, apitest.Photo(t)), several(t, "image", nil, apitest.Photo(t), apitest.Photo(t))
		for path, b := range map[string]*apitest.Body{"/api/predict/": one, "/api/predict/tree/": tree} {
			for _, b := range []*apitest.Body{b, keyed(b, "k-"+b.ContentType[len(b.ContentType)-8:])} {
				got := s.Send("POST", path, token, b).Want(200)
				got.Has(map[string]string{
					"success": "true", "data.primary_prediction.disease": `"Anthracnose"`, "data.stored": "false", "data.saved_image_id": "null",
					"error_code": `"` + string(code) + `"`, "errors.#": "1", "data.predictions.#": "3",
				})
				for _, shown := range []string{"message", "data.primary_prediction.treatment", "errors.0"} {
					if text := got.At(shown); !strings.HasPrefix(text, `"This was not stored: `) || !strings.Contains(text, says) {
						t.Errorf("%s: %s says %s", path, shown, text)
					}
				}
			}
		}
		s.Send("POST", "/api/predict/", token, apitest.Form(t, map[string]string{"preview_only": "true"}, apitest.Photo(t))).Want(200).Has(map[string]string{"data.stored": "-", "error_code": "-"})
		if n := count(s); n != 0 {
			t.Fatalf("%d records", n)
		}
		broken.code = ""
		got := s.Send("POST", "/api/predict/", token, keyed(one, "k-"+one.ContentType[len(one.ContentType)-8:])).Want(200)
		if got.Header.Get("Idempotency-Replayed") != "" || got.At("data.saved_image_id") == "null" || count(s) != 1 {
			t.Errorf("the same save later: %s", got.Body)
		}
	}
}

// TestFullAccountIsSaidWithTheDiagnosis: it is the account that is full, not the
// disk.
func TestFullAccountIsSaidWithTheDiagnosis(t *testing.T) {
	s := apitest.New(t, (&brokenRecords{code: mango.StoreFull, cause: mango.ErrQuota}).behind)
	got := s.Send("POST", "/api/predict/", s.Join("lito@farm.example").Access, apitest.Form(t, nil, apitest.Photo(t))).Want(200)
	got.Has(map[string]string{"data.stored": "false", "error_code": `"STORAGE_FULL"`})
	if text := got.At("data.primary_prediction.treatment"); !strings.Contains(text, "your account has filled its share") {
		t.Errorf("it says %s", text)
	}
}
