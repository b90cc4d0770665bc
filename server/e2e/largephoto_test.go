package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"mangosense/preprocess/photos"
)

// Photos as phones of 50, 64 and 108 MP write them are diagnosed within 512 MB; what
// costs too much is refused with what to do.
func TestLargePhotos(t *testing.T) {
	t.Parallel()
	s := start(t)
	send := func(photo []byte) answer {
		body, kind := form(t, photo, "detection_type", "leaf", "preview_only", "true")
		return s.must("POST", "/api/predict/", body, "Content-Type", kind)
	}
	for _, size := range [][2]int{{8160, 6144}, {8192, 6144}, {9248, 6944}, {12000, 9008}} {
		photo := photos.LargeJPEG(size[0], size[1], 200)
		if a := send(photo); a.status != http.StatusOK {
			t.Errorf("%d×%d, %d bytes: %d %s", size[0], size[1], len(photo), a.status, a.body)
		}
	}
	progressive := photos.EncodeJPEG(photos.Picture(160, 120), photos.Encoding{Progressive: true})
	for _, c := range []struct {
		photo []byte
		want  string
	}{
		{photos.Resized(progressive, 8160, 6144), "progressive JPEG of 50.1 million pixels"},
		{photos.Resized(progressive, 12000, 9000), "108 million pixels"},
	} {
		a := send(c.photo)
		if said := fmt.Sprint(a.json["message"], a.json["errors"]); a.status < 400 || a.status >= 500 || !strings.Contains(said, c.want) || !strings.Contains(said, "baseline") {
			t.Errorf("%d %s, want 4xx with %q and what to do", a.status, a.body, c.want)
		}
	}
	if peak := peakMemory(t, s.cmd.Process.Pid); peak > memoryBound {
		t.Errorf("peak resident memory is %d bytes", peak)
	}
}
