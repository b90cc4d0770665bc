package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// photo is a JPEG file's bytes and size.
type photo struct {
	jpeg          []byte
	width, height int
}

var errNotJPEG = errors.New("it is not a JPEG file")

// gather reads or makes the photos.
func gather(o options) ([]photo, error) {
	if o.folder != "" {
		return readFolder(o.folder)
	}
	photos := make([]photo, o.distinct)
	for i := range photos {
		p, err := makePhoto(o.mp, uint32(i+1))
		if err != nil {
			return nil, fmt.Errorf("cannot make a photo: %w", err)
		}
		photos[i] = p
	}
	return photos, nil
}

func readFolder(folder string) ([]photo, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("cannot read photos: %w", err)
	}
	var photos []photo
	for _, e := range entries {
		switch strings.ToLower(filepath.Ext(e.Name())) {
		case ".jpg", ".jpeg":
		default:
			continue
		}
		path := filepath.Join(folder, e.Name())
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("cannot read photos: %w", err)
		}
		c, err := jpeg.DecodeConfig(bytes.NewReader(b))
		if err != nil {
			return nil, fmt.Errorf("cannot use photo %s: %w", path, errNotJPEG)
		}
		photos = append(photos, photo{b, c.Width, c.Height})
	}
	if len(photos) == 0 {
		return nil, fmt.Errorf("no .jpg file lies in %s", folder)
	}
	sort.Slice(photos, func(i, j int) bool { return len(photos[i].jpeg) < len(photos[j].jpeg) })
	return photos, nil
}

// makePhoto draws soft blobs with the grain of a phone's camera on them, 4:3.
// The grain is what makes the file as large as a real one: about 0.19 MB a
// megapixel: 2.2 MB at 12, and at 50 still under the server's limit of 10 MB.
func makePhoto(mp float64, seed uint32) (photo, error) {
	h := int(math.Sqrt(mp*1e6*3/4)) &^ 1 // never more than asked for: limits are sharp
	w := h * 4 / 3
	img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	x := seed*2654435761 + 1
	wave := make([]float64, w)
	for i := range wave {
		wave[i] = math.Sin(float64(i)/float64(w)*9 + float64(seed))
	}
	for row := range h {
		slope := math.Cos(float64(row)/float64(h)*7 - float64(seed))
		line := img.Y[row*img.YStride:][:w]
		for i := range line {
			x ^= x << 13
			x ^= x >> 17
			x ^= x << 5
			grain := float64(x>>24)/255*2 - 1
			line[i] = uint8(120 + 60*wave[i]*slope + grainSize*grain)
		}
	}
	for row := range (h + 1) / 2 {
		for i := range (w + 1) / 2 {
			at := row*img.CStride + i
			img.Cb[at] = uint8(105 + 15*wave[min(2*i, w-1)])
			img.Cr[at] = uint8(118 - 12*wave[min(2*i, w-1)])
		}
	}
	var out bytes.Buffer
	err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 85})
	return photo{out.Bytes(), w, h}, err
}

const grainSize = 10

// mark gives the bytes to send for the n-th upload: the photo with a comment
// that no other upload has, so that no server can answer from memory. The file
// is not copied: the comment goes between its first two bytes and the rest.
func (p photo) mark(n uint64) (head [mark]byte, rest []byte) {
	head = [mark]byte{0xff, 0xd8, 0xff, 0xfe, 0, mark - 4}
	binary.BigEndian.PutUint64(head[6:], n)
	return head, p.jpeg[2:]
}

const mark = 14

func save(folder string, photos []photo) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("cannot save photos: %w", err)
	}
	for i, p := range photos {
		name := fmt.Sprintf("made-%dx%d-%d.jpg", p.width, p.height, i+1)
		if err := os.WriteFile(filepath.Join(folder, name), p.jpeg, 0o644); err != nil {
			return fmt.Errorf("cannot save photos: %w", err)
		}
	}
	return nil
}
