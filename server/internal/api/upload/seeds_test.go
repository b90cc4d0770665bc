package upload_test

import (
	"flag"
	"strings"
	"testing"
)

// seedBodies adds bodies with which multipart readers have been tricked, and one
// ordinary body cut off at every 64th byte.
func seedBodies(f *testing.F) {
	f.Helper()
	const mark = "--" + boundary
	const image = "Content-Disposition: form-data; name=\"image\"; filename=\"i.jpg\"\r\n"
	field := func(name, value string) string {
		return mark + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	photo := mark + "\r\n" + image + "Content-Type: image/jpeg\r\n\r\n" + strings.Repeat("photo", 100) + "\r\n"
	whole := field("detection_type", "leaf") + photo + field("preview_only", "true") + mark + "--\r\n"
	for n := 0; n < len(whole)+64; n += 64 {
		f.Add([]byte(whole[:min(n, len(whole))]))
	}
	for _, body := range []string{
		mark + "\r\n" + image + "\r\nx\r\n" + mark + "--\r\n",
		field("a", "1") + mark + "\r\n\r\n" + mark + "--",
		mark + "--\r\n" + mark + "\r\n",
		mark + "\r\n\x00: \r\n\r\n",
		strings.ReplaceAll(whole, "\r\n", "\n"),
		strings.ReplaceAll(whole, "\r\n", "\r"),
		// The boundary inside the file, with something before or behind it.
		mark + "\r\n" + image + "\r\n" + mark + "x\r\n-" + mark + "\r\n" + mark + " \t\r\n" + image + "\r\n" + mark + "--",
		mark + "\r\n" + image + "\r\n\r\n" + mark + mark + "\r\n" + mark + "-\r\n" + mark + "--\r\n",
		mark + " \r\n" + image + "\r\nx\r\n" + mark + "-- \r\nepilogue",
		"preamble\r\n" + whole + whole,
		strings.Replace(whole, boundary, boundary[:len(boundary)-1], 1),
		// Other encodings, names given twice or not at all, many of one header.
		mark + "\r\n" + image + "Content-Transfer-Encoding: quoted-printable\r\n\r\n=3D=\r\n=zz\r\n" + mark + "--\r\n",
		mark + "\r\nContent-Disposition: form-data; name=image; name=image; filename*=UTF-8''%ff\r\n\r\nx\r\n" + mark + "--\r\n",
		mark + "\r\nContent-Disposition: attachment; filename=\"../../i.jpg\"\r\n\r\nx\r\n" + mark + "--\r\n",
		mark + "\r\n" + strings.Repeat(image, 200) + "\r\nx\r\n" + mark + "--\r\n",
		mark + "\r\n" + strings.Repeat(" folded\r\n", 9) + "\r\nx\r\n" + mark + "--\r\n",
	} {
		f.Add([]byte(body))
	}
	if fuzz := flag.Lookup("test.fuzz"); fuzz != nil && fuzz.Value.String() != "" {
		return // to mutate the large ones leads nowhere
	}
	for _, body := range []string{
		strings.Repeat(field("n", ""), 10_000) + mark + "--\r\n",
		strings.Repeat(mark+"\r\n\r\n\r\n", 10_000) + mark + "--\r\n",
		mark + "\r\nX-Junk: " + strings.Repeat("j", 1<<20) + "\r\n\r\nx\r\n" + mark + "--\r\n",
		mark + "\r\n" + strings.Repeat("X-Junk: j\r\n", 100_000) + "\r\nx\r\n" + mark + "--\r\n",
		strings.Repeat("\r\n--", 1<<18),
		mark + "\r\n" + image + "\r\n" + strings.Repeat("\r\n"+mark[:len(mark)-1], 1<<14) + "\r\n" + mark + "--\r\n",
	} {
		f.Add([]byte(body))
	}
}
