package preprocess_test

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mangosense/preprocess"
	"mangosense/preprocess/photos"
)

// What Pillow reads and this room refuses, each with its reason.
var refusedOnPurpose = map[string]string{
	"png cut off in its data":                           "of its two sums none is left",
	"png with too few rows":                             "the picture's lower half is missing; Pillow leaves it black",
	"webp animated":                                     "which of the pictures is meant?",
	"jpeg same scan again":                              "libjpeg warns: what was known is overwritten",
	"jpeg progressive without colour":                   "components have no scan",
	"jpeg hole in the data":                             "libjpeg warns and guesses pixels",
	"jpeg truncated, with an end":                       "the picture's lower half is missing",
	"jpeg truncated, junk in its header":                "the picture's lower half is missing",
	"jpeg claims twice its height":                      "the picture's lower half is missing",
	"jpeg scan bomb":                                    "hundreds of passes over the picture",
	"avif":                                              "AV1 needs a decoder of its own",
	"jpeg progressive with half a last scan and an end": "the last bits are missing",
}

// Pillow is the judge of what a photo is: what it reads is read here too, but for
// what is refused on purpose.
func TestPillowReadsNoMore(t *testing.T) {
	exe := cmp.Or(os.Getenv("MANGO_PYTHON"), "python3")
	if out, err := exec.Command(exe, "-c", "import PIL").CombinedOutput(); err != nil {
		t.Skipf("%s has no Pillow (MANGO_PYTHON names another): %v: %s", exe, err, out)
	}
	dir := t.TempDir()
	all := photos.All()
	for i, odd := range all {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), odd.Bytes, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const script = `
import sys, warnings
from PIL import Image
warnings.simplefilter("ignore")
Image.MAX_IMAGE_PIXELS = 35_000_000
for i in range(int(sys.argv[2])):
    try:
        with Image.open(f"{sys.argv[1]}/{i}") as image:
            image.convert("RGB")
        print("read", flush=True)
    except Exception as e:
        print(repr(e).replace("\n", " "), flush=True)
`
	out, err := exec.Command(exe, "-c", script, dir, fmt.Sprint(len(all))).Output()
	if err != nil {
		t.Fatalf("cannot ask Pillow: %v", err)
	}
	p := newPreprocessor(t, preprocess.Config{})
	verdicts := bufio.NewScanner(bytes.NewReader(out))
	asked := 0
	for _, odd := range all {
		if !verdicts.Scan() {
			break
		}
		asked++
		_, _, err := tensor(p, odd.Bytes, input(64, 48))
		theirs := verdicts.Text()
		_, expected := refusedOnPurpose[odd.Name]
		if theirs == "read" && err != nil && !expected {
			t.Errorf("%s: Pillow reads it, we do not: %v", odd.Name, err)
		}
		if err == nil && expected {
			t.Errorf("%s: refused on purpose, it says, and is read", odd.Name)
		}
		if theirs != "read" && err == nil && !strings.HasPrefix(odd.Name, "webp") {
			t.Logf("%s: read here, not by Pillow: %s", odd.Name, theirs)
		}
	}
	if asked != len(all) {
		t.Fatalf("%d verdicts on %d photos", asked, len(all))
	}
}
