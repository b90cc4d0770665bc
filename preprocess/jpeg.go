package preprocess

import (
	"bytes"
	"errors"

	"mangosense/models"
	"mangosense/preprocess/turbojpeg"
)

// jpegTensor decodes at a fraction of the size where that leaves enough pixels.
func (p *Preprocessor) jpegTensor(photo []byte, h Header, in models.Input, dst []byte) (Timings, error) {
	if len(photo) == 0 {
		return Timings{}, refusef(ErrTruncated, "no bytes")
	}
	job := jpegJob(h, in)
	by, err := p.take(job.Denominator >= turbojpeg.SpeculatorDenominator)
	if err != nil {
		return Timings{}, err
	}
	defer p.put(by)
	if h.jpeg.untidy {
		photo, err = tidied(photo, h)
		if err != nil {
			return Timings{}, err
		}
	}
	var t Timings
	t.Decode, t.Resize, err = by.decoder.Tensor(photo, job, dst, by.speculator)
	if errors.Is(err, turbojpeg.ErrIncomplete) && h.jpeg.open {
		// Perhaps only the end marker is missing. With one in place libjpeg
		// warns if, and only if, pixels are missing too.
		closed := make([]byte, 0, len(photo)+2)
		closed = append(append(closed, photo...), 0xff, markerEOI)
		var again error
		t.Decode, t.Resize, again = by.decoder.Tensor(closed, job, dst, nil)
		if again == nil {
			return t, nil
		}
	}
	return t, jpegFault(err)
}

// jpegJob chooses the smallest of the four scales that leaves twice the input's
// sides: the resampler then still has something to average.
func jpegJob(h Header, in models.Input) turbojpeg.Job {
	job := turbojpeg.Job{
		Width: h.Width, Height: h.Height, Denominator: 1, CMYK: h.jpeg.components == 4,
		Orientation: h.Orientation, OutWidth: in.Width, OutHeight: in.Height,
	}
	w, ht := h.Upright()
	for _, d := range [...]int{8, 4, 2} {
		if (w+d-1)/d >= 2*in.Width && (ht+d-1)/d >= 2*in.Height {
			job.Denominator = d
			break
		}
	}
	return job
}

// jpegDecodeCost is a JPEG's part of DecodeBytes.
func jpegDecodeCost(h Header, photoBytes int64, in models.Input) int64 {
	job := jpegJob(h, in)
	n := job.PictureBytes() + fixedBytes
	maxH, maxV := int64(1), int64(1)
	for _, s := range h.jpeg.sampling[:h.jpeg.components] {
		maxH, maxV = max(maxH, int64(s>>4)), max(maxV, int64(s&15))
	}
	for _, s := range h.jpeg.sampling[:h.jpeg.components] {
		// Blocks of 8 × 8 coefficients, whole MCUs.
		wide := ceil(int64(h.Width), 8*maxH) * int64(s>>4)
		high := ceil(int64(h.Height), 8*maxV) * int64(s&15)
		if h.jpeg.buffered {
			n += wide * high * 64 * 2
		}
		// Rows on their way from the transform to RGB, a few MCU rows high.
		n += wide * 8 / int64(job.Denominator) * 8 * maxV * 5
	}
	if h.jpeg.untidy || h.jpeg.open {
		n += photoBytes + 64 // the copy of a file that breaks the rules
	}
	// Weights and bounds of the resampler.
	return n + 16*int64(h.Width+h.Height)/int64(job.Denominator)
}

// tidied is a copy without what libjpeg warns of before the picture.
func tidied(photo []byte, h Header) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(len(photo) + 64)
	h.Orientation = 1 // the resampler knows it
	if err := cleanJPEG(&b, photo, h); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// jpegFault gives a decoder's error its public side.
func jpegFault(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, turbojpeg.ErrIncomplete):
		return refuse(ErrTruncated, err)
	case errors.Is(err, turbojpeg.ErrNoMemory):
		return refuse(ErrTooMuchMemory, err)
	case errors.Is(err, turbojpeg.ErrDecode), errors.Is(err, turbojpeg.ErrCorrupt), errors.Is(err, turbojpeg.ErrSize):
		return refuse(ErrDamaged, err)
	}
	return err
}
