package preprocess

import (
	"encoding/binary"
	"io"
)

// Bits of VP8X.
const (
	webpAlpha = 0x10
	webpEXIF  = 0x08
)

// cleanWebP writes the picture's chunk, its alpha and, where needed, the header
// that both or the orientation ask for.
func cleanWebP(w io.Writer, photo []byte, h Header) error {
	f := h.webp
	if f.from+f.size > len(photo) || f.alphaFrom+f.alphaSize > len(photo) || f.size < 5 {
		return refusef(ErrTruncated, "a picture of %d bytes at %d of %d", f.size, f.from, len(photo))
	}
	kind, picture := "VP8 ", photo[f.from:f.from+f.size]
	alpha := photo[f.alphaFrom : f.alphaFrom+f.alphaSize]
	if f.lossless {
		kind, alpha = "VP8L", nil
	}
	lossyAlpha := len(alpha) > 0

	var flags byte
	size := 4 + riffSize(len(picture))
	var exif []byte
	if h.Orientation != 1 {
		flags |= webpEXIF
		exif = minimalEXIF(h.Orientation)
		size += riffSize(len(exif))
	}
	if lossyAlpha || f.lossless && picture[4]&0x10 != 0 {
		flags |= webpAlpha
	}
	if lossyAlpha {
		size += riffSize(len(alpha))
	}
	extended := exif != nil || lossyAlpha
	if extended {
		size += riffSize(10)
	}
	head := append([]byte("RIFF"), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(head[4:], uint32(size))
	head = append(head, "WEBP"...)
	if extended {
		x, y := h.Width-1, h.Height-1
		head = append(head, riffHead("VP8X", 10)...)
		head = append(head, flags, 0, 0, 0, byte(x), byte(x>>8), byte(x>>16), byte(y), byte(y>>8), byte(y>>16))
	}
	if err := write(w, head); err != nil {
		return err
	}
	if lossyAlpha {
		if err := writeRIFF(w, "ALPH", alpha); err != nil {
			return err
		}
	}
	if err := writeRIFF(w, kind, picture); err != nil {
		return err
	}
	if exif == nil {
		return nil
	}
	return writeRIFF(w, "EXIF", exif)
}

func riffSize(n int) int { return 8 + n + n&1 }

func riffHead(kind string, n int) []byte {
	return binary.LittleEndian.AppendUint32([]byte(kind), uint32(n))
}

func writeRIFF(w io.Writer, kind string, data []byte) error {
	if err := write(w, riffHead(kind, len(data)), data); err != nil {
		return err
	}
	if len(data)&1 != 0 {
		return write(w, []byte{0})
	}
	return nil
}
