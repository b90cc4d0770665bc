package e2e_test

import (
	"strings"
	"testing"

	"mangosense/preprocess/photos"
)

// The app sends each photo twice, first as a preview and then to keep it: the
// second time it is recognised, and the answer says so.
func TestSamePhotoIsRecognised(t *testing.T) {
	t.Parallel()
	s := start(t)
	recognised := func(photo []byte, fields ...string) bool {
		t.Helper()
		a := s.predict(photo, fields...)
		is, ok := at(a.json, "data", "debug_info", "recognised").(bool)
		if a.status != 200 || !ok {
			t.Fatalf("%d %s", a.status, a.body)
		}
		return is
	}
	photo := photos.JPEG(640, 480)
	first := s.predict(photo)
	second := s.predict(photo)
	if at(first.json, "data", "debug_info", "recognised") != false || at(second.json, "data", "debug_info", "recognised") != true {
		t.Errorf("first %s\nsecond %s", first.body, second.body)
	}
	if at(first.json, "data", "primary_prediction", "disease") != at(second.json, "data", "primary_prediction", "disease") ||
		at(first.json, "data", "primary_prediction", "confidence") != at(second.json, "data", "primary_prediction", "confidence") {
		t.Errorf("another answer the second time: %s, then %s", first.body, second.body)
	}
	if recognised(photo, "detection_type", "fruit") {
		t.Error("the leaf model's answer was given for a fruit")
	}
	if recognised(photos.JPEG(640, 482)) {
		t.Error("another photo was recognised")
	}
	body, kind := form(t, photo, "detection_type", "leaf")
	kept := s.must("POST", "/api/predict/", body, "Content-Type", kind, "Authorization", "Bearer "+s.grower())
	if kept.status != 200 || at(kept.json, "data", "debug_info", "recognised") != true {
		t.Errorf("the preview's photo was looked at again to be kept: %d %s", kept.status, kept.body)
	}
}

// TestAnswerCacheCanBeOff, also by the option's old name, of which the log says
// the new one.
func TestAnswerCacheCanBeOff(t *testing.T) {
	t.Parallel()
	for _, option := range []string{"ANSWER_CACHE=0", "RECALL_PHOTOS=0"} {
		s := start(t, option)
		photo := photos.JPEG(640, 480)
		s.predict(photo)
		if a := s.predict(photo); at(a.json, "data", "debug_info", "recognised") != false {
			t.Errorf("%s: recognised all the same: %s", option, a.body)
		}
		if warned := strings.Contains(s.logged(), "RECALL_PHOTOS is now called ANSWER_CACHE"); warned != strings.HasPrefix(option, "RECALL") {
			t.Errorf("%s: the log says\n%s", option, s.logged())
		}
	}
}
