package preprocess_test

import (
	"bytes"
	"testing"

	"mangosense/preprocess"
	"mangosense/preprocess/photos"
)

// Every odd photo is either read right or refused with its own code.
func TestOddPhotos(t *testing.T) {
	p := newPreprocessor(t, preprocess.Config{})
	in := input(64, 48)
	for _, odd := range photos.All() {
		t.Run(odd.Name, func(t *testing.T) {
			got, h, err := tensor(p, odd.Bytes, in)
			if odd.Code != "" {
				code, sentence, ok := preprocess.Public(err)
				if !ok || code != odd.Code || sentence == "" {
					t.Fatalf("got %q, %q, %v; want code %s", code, sentence, err, odd.Code)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if odd.Plain {
				return
			}
			want := reference(photos.Picture(h.Width, h.Height), in.Width, in.Height)
			if mean, most := difference(t, got, want); mean > 3 {
				t.Errorf("the tensor is off by %.2f levels in the mean, %d at most", mean, most)
			}
		})
	}
}

// Whatever can be read can be cleaned, gives the same tensor afterwards, and
// holds nothing of what must not be kept.
func TestCleanOddPhotos(t *testing.T) {
	p := newPreprocessor(t, preprocess.Config{})
	in := input(64, 48)
	for _, odd := range photos.All() {
		want, h, err := tensor(p, odd.Bytes, in)
		if err != nil {
			continue
		}
		t.Run(odd.Name, func(t *testing.T) {
			var clean bytes.Buffer
			if err := h.WriteClean(&clean); err != nil {
				t.Fatal(err)
			}
			got, h2, err := tensor(p, clean.Bytes(), in)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) || h2.Orientation != h.Orientation || h2.Format != h.Format {
				t.Errorf("the clean photo is another one: %+v, was %+v", h2, h)
			}
			for _, secret := range []string{photos.Maker, "ICC_PROFILE", "Exif\x00\x00II", "junk"} {
				if bytes.Contains(clean.Bytes(), []byte(secret)) {
					t.Errorf("%q is still in the clean photo", secret)
				}
			}
			var again bytes.Buffer
			if err := h2.WriteClean(&again); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(again.Bytes(), clean.Bytes()) {
				t.Error("cleaning twice gives something else than cleaning once")
			}
		})
	}
}
