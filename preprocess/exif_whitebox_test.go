package preprocess

import (
	"testing"

	"mangosense/preprocess/photos"
)

func TestEXIFOrientation(t *testing.T) {
	long := []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x04\x00\x00\x00\x01\x00\x00\x00\x03\x00\x00\x00\x00")
	for name, c := range map[string]struct {
		exif []byte
		want int
	}{
		"little-endian":          {photos.EXIF(6), 6},
		"big-endian":             {minimalEXIF(8), 8},
		"with prefix":            {append([]byte(exifPrefix), photos.EXIF(3)...), 3},
		"as a long":              {long, 3},
		"9":                      {photos.EXIF(9), 1},
		"0":                      {photos.EXIF(0), 1},
		"loop":                   {photos.LoopingEXIF(), 6},
		"without bounds":         {photos.BoundlessEXIF(), 1},
		"cut off in its entries": {photos.EXIF(6)[:24], 1},
		"another byte order":     {append([]byte("XX*\x00"), photos.EXIF(6)[4:]...), 1},
		"nothing":                {nil, 1},
		"prefix alone":           {[]byte(exifPrefix), 1},
	} {
		if got := exifOrientation(c.exif); got != c.want {
			t.Errorf("%s: orientation %d, want %d", name, got, c.want)
		}
	}
}

func FuzzEXIF(f *testing.F) {
	for _, b := range [][]byte{photos.EXIF(6), minimalEXIF(3), photos.LoopingEXIF(), photos.BoundlessEXIF()} {
		for n := 0; n <= len(b); n += 4 {
			f.Add(b[:n])
		}
		f.Add(append([]byte(exifPrefix), b...))
	}
	f.Fuzz(func(t *testing.T, exif []byte) {
		o := exifOrientation(exif)
		if o < 1 || o > 8 {
			t.Errorf("orientation %d", o)
		}
		if back := exifOrientation(minimalEXIF(o)); back != o {
			t.Errorf("orientation %d written, %d read", o, back)
		}
	})
}
