//go:build ignore

// Writes the odd photos that are JPEG into a folder, and one as cameras write them, for
// driver.c.
package main

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"log"
	"os"
	"path/filepath"

	"mangosense/preprocess/photos"
)

func main() {
	var camera bytes.Buffer
	if err := jpeg.Encode(&camera, photos.Picture(500, 380), nil); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(os.Args[1], "camera.jpg"), camera.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
	for i, odd := range photos.All() {
		if !bytes.HasPrefix(odd.Bytes, []byte{0xff, 0xd8}) || len(odd.Bytes) > 1<<20 {
			continue
		}
		if err := os.WriteFile(filepath.Join(os.Args[1], fmt.Sprintf("%02d.jpg", i)), odd.Bytes, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
