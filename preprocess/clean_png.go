package preprocess

import "io"

// cleanPNG copies the chunks that the picture is made of, checksums included.
func cleanPNG(w io.Writer, photo []byte, orientation int) error {
	if err := write(w, []byte(pngSignature)); err != nil {
		return err
	}
	data := false
	for at := len(pngSignature); ; {
		c, err := nextPNG(photo, at, data)
		if err != nil {
			return err
		}
		switch c.kind {
		case "PLTE", "tRNS", "IDAT":
			data = data || c.kind == "IDAT"
			err = write(w, c.whole)
		case "IHDR":
			err = write(w, c.whole)
			if err == nil && orientation != 1 {
				err = write(w, appendChunk(nil, "eXIf", minimalEXIF(orientation)))
			}
		case "IEND":
			return write(w, appendChunk(nil, "IEND", nil))
		}
		if err != nil {
			return err
		}
		at = c.next
	}
}
