package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"os"
	"strings"
	"testing"

	"mangosense/preprocess/photos"
)

// TestPagesSayWhatTheModelsKnow: the vocabulary's page calls in the classifier
// what the loaded models answer with, and nothing else.
func TestPagesSayWhatTheModelsKnow(t *testing.T) {
	t.Parallel()
	s := start(t, "MODELS_DIR="+needModels(t))
	c := boss(t, s)
	models := c.ask("GET", "/api/test-model/", nil, 200)
	known := map[string]bool{}
	for _, part := range []string{"leaf", "fruit"} {
		for _, class := range list(models, "data", "models", part, "classes") {
			known[fmt.Sprint(part, " ", class)] = true
		}
	}
	shown := 0
	for _, d := range c.askList("/api/admin/diseases/") {
		if at(d, "is_in_classifier") == true {
			shown++
			if !known[fmt.Sprint(at(d, "plant_part"), " ", at(d, "name"))] {
				t.Errorf("%v of the %v is called in the classifier", at(d, "name"), at(d, "plant_part"))
			}
		}
	}
	c.check("classes shown as in the classifier", shown, len(known))
}

// TestSavedAfterAPreview: what the web admin reads of a photo that the app had
// answered before it saved it, and that carries a place its user did not agree
// to.
func TestSavedAfterAPreview(t *testing.T) {
	t.Parallel()
	s := start(t, "MODELS_DIR="+lenient(t))
	c, lito := boss(t, s), grown(t, s)
	photo := photos.Insert(photos.JPEG(800, 600), gpsSegment())
	lito.upload(photo, "detection_type", "leaf", "preview_only", "true")
	saved := lito.upload(photo, "detection_type", "leaf", "latitude", "10.7202131", "longitude", "122.5621471", "location_consent_given", "false")
	c.check("answered from memory", at(saved.json, "data", "debug_info", "recognised"), true)
	path := fmt.Sprintf("/api/classified-images/%.0f/", at(saved.json, "data", "saved_image_id"))
	image := c.ask("GET", path, nil, 200)
	if took, _ := at(image.json, "data", "processing_time").(float64); took < 0.001 {
		t.Errorf("processing_time is %v, which is no diagnosis", at(image.json, "data", "processing_time"))
	}
	c.check("latitude", at(image.json, "data", "latitude"), nil)
	kept, err := os.ReadFile(stored(t, s.data)[0])
	if err != nil || bytes.Contains(kept, []byte("N\x00\x00\x00")) || bytes.Contains(kept, []byte("Exif")) {
		t.Errorf("the stored photo still has the camera's place (%v)", err)
	}
	details := c.ask("GET", path+"prediction-details/", nil, 200)
	places, sum := list(details, "data", "prediction_data", "data", "top_3_predictions"), 0.0
	for i, p := range places {
		var percent float64
		if _, err := fmt.Sscanf(fmt.Sprint(at(p, "confidence")), "%f%%", &percent); err != nil {
			t.Fatal(err)
		}
		sum += percent
		c.check("a class", at(p, "disease"), at(list(saved, "data", "top_3_predictions")[i], "disease"))
		c.check("its percentage", at(p, "confidence"), at(list(saved, "data", "top_3_predictions")[i], "confidence_formatted"))
		if _, there := p.(map[string]any)["confidence_score"]; there {
			t.Error("an alternative has a confidence_score")
		}
	}
	if sum > 100.001 || len(places) != 3 {
		t.Errorf("%d places make %.2f %%", len(places), sum)
	}
}

// TestUploadOfNoImage: the reason is the one that holds for this route.
func TestUploadOfNoImage(t *testing.T) {
	t.Parallel()
	s := start(t, "MODELS_DIR="+lenient(t))
	c := boss(t, s)
	for name, f := range map[string]struct {
		content []byte
		says    string
	}{
		"text":      {[]byte("hello"), "Only JPEG and PNG images are allowed"},
		"PDF":       {[]byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), "Only JPEG and PNG images are allowed"},
		"GIF":       {[]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), "Only JPEG and PNG images are allowed"},
		"nothing":   {nil, "The submitted file is empty."},
		"half":      {photos.JPEG(320, 240)[:300], ""},
		"too large": {bytes.Repeat([]byte("x"), 6<<20), "5MB"},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			w := multipart.NewWriter(&b)
			part, err := w.CreateFormFile("image", "image.jpg")
			if err == nil {
				_, err = part.Write(f.content)
			}
			if err == nil {
				err = w.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			a := s.must("POST", "/api/upload-image/", &b, "Content-Type", w.FormDataContentType(), "Authorization", "Bearer "+c.access)
			if said := fmt.Sprint(a.json["error"]); a.status != 400 || !strings.Contains(said, f.says) {
				t.Errorf("answers %d, %q, want %q", a.status, said, f.says)
			}
		})
	}
}

// gpsSegment is an APP1 with a GPS latitude of 10° N.
func gpsSegment() []byte {
	tiff := []byte("Exif\x00\x00II*\x00\x08\x00\x00\x00" +
		"\x01\x00\x25\x88\x04\x00\x01\x00\x00\x00\x1a\x00\x00\x00\x00\x00\x00\x00" + // IFD0: GPS at 26
		"\x02\x00\x01\x00\x02\x00\x02\x00\x00\x00N\x00\x00\x00" + // latitude's reference
		"\x02\x00\x05\x00\x03\x00\x00\x00\x38\x00\x00\x00\x00\x00\x00\x00" + // latitude at 56
		"\x0a\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00")
	n := len(tiff) + 2
	return append([]byte{0xff, 0xe1, byte(n >> 8), byte(n)}, tiff...)
}

// askList is ask for an answer that is a bare list.
func (c *client) askList(path string) []any {
	c.t.Helper()
	a := c.ask("GET", path, nil, 200)
	var rows []any
	if err := json.Unmarshal(a.body, &rows); err != nil {
		c.t.Fatal(err)
	}
	return rows
}
