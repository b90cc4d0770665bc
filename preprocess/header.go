package preprocess

import (
	"bytes"
	"fmt"
	"time"
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

// Photo is a photo as it came and its header, which is read once, by Probe, and
// handed on with it.
type Photo struct {
	Header
	Bytes  []byte   // only read; they must not change while the Photo is in use
	SHA256 [32]byte // of Bytes, for whoever knows it; not needed here
}

// Header is what a photo's first bytes say of it.
type Header struct {
	Format        Format
	Width, Height int // pixels as stored, before rotation
	Orientation   int // EXIF, 1..8
	// Cost is the processor time that Tensor takes on the machine that its rates
	// were measured on. Callers compare it with other photos' and scale it.
	Cost time.Duration

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
// milliseconds for progressive JPEG, whose scans are counted. Errors wrap one of
// the reasons in errors.go. Never panics, whatever the bytes.
func (p *Preprocessor) Probe(photo []byte) (Photo, error) {
	if int64(len(photo)) > p.cfg.MaxBytes {
		return Photo{}, refuseSaying(ErrTooManyBytes,
			fmt.Errorf("%d bytes, limit %d", len(photo), p.cfg.MaxBytes),
			fmt.Sprintf("The photo's file is larger than %s.", megabytes(p.cfg.MaxBytes)))
	}
	h, err := readHeader(photo)
	if err != nil {
		return Photo{}, err
	}
	if err := p.checkPixels(h); err != nil {
		return Photo{}, err
	}
	// Only now: these read more than the header.
	switch h.Format {
	case JPEG:
		err = h.jpeg.readScans(photo)
	case WebP:
		err = h.webp.readDecodeCost(photo)
	}
	if err != nil {
		return Photo{}, err
	}
	h.Cost = timeCost(h, int64(len(photo)))
	return Photo{Header: h, Bytes: photo}, nil
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
