package preprocess

import (
	"bytes"
	"fmt"
	"time"

	"mangosense/models"
)

// Format is how a photo is encoded, by content and not by label.
type Format uint8

// The formats that are read.
const (
	JPEG Format = iota + 1
	PNG
	WebP
)

// String is the format's name in lower case, as in a media type.
func (f Format) String() string {
	switch f {
	case JPEG:
		return "jpeg"
	case PNG:
		return "png"
	case WebP:
		return "webp"
	}
	return "unknown"
}

// Extension is the usual end of a file's name, with the dot.
func (f Format) Extension() string {
	if f == JPEG {
		return ".jpg"
	}
	return "." + f.String()
}

// Header is what a photo's first bytes say of it.
type Header struct {
	Format        Format
	Width, Height int // pixels as stored, before rotation
	Orientation   int // EXIF, 1..8
	// DecodeBytes is the memory that Tensor takes for this photo and this input
	// at its peak: Go and C, without the photo itself and without the tensor.
	DecodeBytes int64
	// Cost is the processor time that Tensor takes on the machine that its rates
	// were measured on. Callers compare it with other photos' and scale it.
	Cost        time.Duration
	Progressive bool // a JPEG in several scans: all coefficients are held at once

	jpeg jpegFacts
	png  pngFacts
	webp webpFacts
}

// Upright is the size after rotation.
func (h Header) Upright() (width, height int) {
	if h.Orientation >= 5 {
		return h.Height, h.Width
	}
	return h.Width, h.Height
}

// Probe reads a photo's header without decoding it and refuses what is too
// large, unknown or broken: in microseconds for most photos, in a few
// milliseconds for progressive JPEG, whose scans are counted. Errors of the
// photo wrap one of the reasons in errors.go; ErrSpec says that the input cannot
// be served. Never panics, whatever the input.
func (p *Preprocessor) Probe(photo []byte, in models.Input) (Header, error) {
	if err := checkSpec(in); err != nil {
		return Header{}, err
	}
	if int64(len(photo)) > p.cfg.MaxBytes {
		return Header{}, refuseSaying(ErrTooManyBytes,
			fmt.Errorf("%d bytes, limit %d", len(photo), p.cfg.MaxBytes),
			fmt.Sprintf("The photo's file is larger than %s.", megabytes(p.cfg.MaxBytes)))
	}
	h, err := readHeader(photo)
	if err != nil {
		return Header{}, err
	}
	if err := p.checkPixels(h); err != nil {
		return Header{}, err
	}
	// Only now: these read more than the header.
	switch h.Format {
	case JPEG:
		err = h.jpeg.readScans(photo)
	case WebP:
		err = h.webp.readDecodeCost(photo)
	}
	if err != nil {
		return Header{}, err
	}
	h.DecodeBytes = decodeCost(h, int64(len(photo)), in)
	h.Cost = timeCost(h, int64(len(photo)))
	if limit := p.cfg.MaxDecodeBytes; limit > 0 && h.DecodeBytes > limit {
		return Header{}, refuseSaying(ErrTooMuchMemory,
			fmt.Errorf("%s of %d×%d needs %d bytes, limit %d", h.Format, h.Width, h.Height, h.DecodeBytes, limit),
			heavy(h, limit))
	}
	return h, nil
}

func readHeader(photo []byte) (Header, error) {
	switch {
	case bytes.HasPrefix(photo, []byte{0xff, 0xd8, 0xff}):
		return readJPEGHeader(photo)
	case bytes.HasPrefix(photo, []byte(pngSignature)):
		return readPNGHeader(photo)
	case len(photo) >= 12 && string(photo[:4]) == "RIFF" && string(photo[8:12]) == "WEBP":
		return readWebPHeader(photo)
	case isHEIC(photo):
		return Header{}, refuse(ErrHEIC, nil)
	}
	return Header{}, refusef(ErrNotAPhoto, "%d bytes begin with % x", len(photo), photo[:min(len(photo), 8)])
}

// isHEIC looks for an ISO media file whose brands are those of HEIF pictures.
func isHEIC(photo []byte) bool {
	if len(photo) < 16 || string(photo[4:8]) != "ftyp" {
		return false
	}
	size := int(photo[0])<<24 | int(photo[1])<<16 | int(photo[2])<<8 | int(photo[3])
	brands := photo[8:min(len(photo), max(size, 16), 256)]
	for i := 0; i+4 <= len(brands); i += 4 {
		switch string(brands[i : i+4]) {
		case "heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "mif2", "msf1", "avif", "avis", "avio":
			return true
		}
	}
	return false
}

func megabytes(n int64) string { return trimmed(float64(n)/(1<<20)) + " MB" }

// trimmed writes a number with at most one decimal.
func trimmed(x float64) string {
	if x == float64(int64(x)) {
		return fmt.Sprintf("%d", int64(x))
	}
	return fmt.Sprintf("%.1f", x)
}
