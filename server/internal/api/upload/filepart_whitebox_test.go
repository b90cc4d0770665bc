package upload

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"mangosense/server/internal/budget"
)

const edged = "a-boundary"

var small = Limits{FileBytes: 300 << 10, BodyBytes: 600 << 10, Files: 4, Parts: 8, FieldBytes: 1 << 10, TextBytes: 4 << 10, NameBytes: 50}

func memory(bytes, largest int64, patience time.Duration) *budget.Memory {
	return budget.New(budget.Config{Bytes: bytes, Largest: largest, Patience: patience})
}

func lease(m *budget.Memory) *budget.Lease { return m.Lease(nil, "somebody") }

// by reads a body; as an ending of lf it has files go through mime/multipart.
func by(body io.Reader, as ending) (*Form, error) {
	b := memory(4<<20, small.FileBytes, time.Second)
	form := &Form{Fields: map[string]string{}, lease: lease(b)}
	g := &guard{r: bufio.NewReaderSize(body, 512), left: small.BodyBytes, dash: []byte("--" + edged), ends: as}
	if err := form.read(context.Background(), edged, g, small, func(field string) bool { return field == "image" }); err != nil {
		form.Release()
		if b.InUse() != 0 {
			panic("bytes stay held")
		}
		return nil, g.explain(err)
	}
	return form, nil
}

// alike fails unless a body is read the same past mime/multipart as through it,
// however it comes in.
func alike(t *testing.T, body []byte) {
	t.Helper()
	want, errWant := by(bytes.NewReader(body), lf)
	if want != nil {
		defer want.Release()
	}
	for name, r := range map[string]io.Reader{
		"at once": bytes.NewReader(body), "by bytes": iotest.OneByteReader(bytes.NewReader(body)),
		"with its end": iotest.DataErrReader(bytes.NewReader(body)), "by halves": iotest.HalfReader(bytes.NewReader(body)),
	} {
		got, err := by(r, unknown)
		if got != nil {
			defer got.Release()
		}
		if errors.Is(err, ErrPartHeader) != errors.Is(errWant, ErrPartHeader) {
			continue // through mime/multipart, what it has read ahead counts too
		}
		if (err == nil) != (errWant == nil) {
			t.Fatalf("%s: past mime/multipart %v, through it %v", name, err, errWant)
		}
		if err != nil {
			continue
		}
		if !maps.Equal(got.Fields, want.Fields) || len(got.Files) != len(want.Files) {
			t.Fatalf("%s: fields %q and %d files; through mime/multipart %q and %d", name, got.Fields, len(got.Files), want.Fields, len(want.Files))
		}
		for i, f := range got.Files {
			w := want.Files[i]
			if f.Name != w.Name || f.ContentType != w.ContentType || f.SHA256 != w.SHA256 || !bytes.Equal(f.Bytes(), w.Bytes()) {
				t.Fatalf("%s: file %d has %d bytes, through mime/multipart %d", name, i, len(f.Bytes()), len(w.Bytes()))
			}
		}
	}
}

const (
	mark     = "--" + edged
	filePart = mark + "\r\nContent-Disposition: form-data; name=\"image\"; filename=\"i.jpg\"\r\n\r\n"
)

// pieces are what bodies are built of to trick whoever looks for boundaries.
var pieces = []string{
	"\r\n", "\n", "\r", "-", "--", mark, mark + "--", "\r\n" + mark, "\r\n" + mark + "-", "\r\n" + mark + "x", mark[:5], "\r\n" + mark[:len(mark)-1],
	mark + "\r\n", mark + " \t\r\n", "\n" + mark + "\n", "\r\n" + mark + "\r\n", "\r\n" + mark + "--\r\n", filePart, "\r\n" + filePart, "\r\n\r\n", "\n\n",
	mark + "\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nleaf", mark + "\nContent-Disposition: form-data; name=\"image\"\n\nx\n",
	"Content-Type: image/jpeg\r\n", " \r\n", "photo", strings.Repeat("photo\r\n", 300), strings.Repeat("\r\n--a-", 200),
}

func TestFilesPastMultipart(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	good, rounds := 0, 20_000
	if race {
		rounds = 2000 // enough for the goroutine that sums; make test-go runs all of it without the detector
	}
	for range rounds {
		var b strings.Builder
		if r.IntN(4) > 0 {
			b.WriteString(filePart)
		}
		for range r.IntN(7) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		if r.IntN(4) > 0 {
			b.WriteString("\r\n" + mark + "--\r\n")
		}
		alike(t, []byte(b.String()))
		if f, err := by(strings.NewReader(b.String()), unknown); err == nil {
			if len(f.Files) > 0 {
				good++
			}
			f.Release()
		}
	}
	if good < rounds/10 {
		t.Errorf("only %d bodies hold a file: the test tests nothing", good)
	}
}

// Files of all sizes round the steps and the limit, one after the other, with
// fields between them.
func TestFileSizesPastMultipart(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	noise := make([]byte, small.FileBytes+2*step)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	limit := int(small.FileBytes)
	for _, n := range []int{0, 1, 511, 512, 513, step - 1, step, step + 1, 3*step - 20, 3 * step, limit - 1, limit, limit + 1, limit + 100, limit + step, limit + 2*step} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			body := filePart + string(noise[:n]) + "\r\n" + mark + "\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nfruit\r\n" + filePart + string(noise[:n/3]) + "\r\n" + mark + "--\r\n"
			form, err := by(strings.NewReader(body), unknown)
			if n > limit {
				if !errors.Is(err, ErrFileTooLarge) {
					t.Errorf("error is %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer form.Release()
			if len(form.Files) != 2 || !bytes.Equal(form.Files[0].Bytes(), noise[:n]) || !bytes.Equal(form.Files[1].Bytes(), noise[:n/3]) || form.Fields["kind"] != "fruit" {
				t.Errorf("%d files, fields %q", len(form.Files), form.Fields)
			}
			alike(t, []byte(body))
		})
	}
}

func FuzzFilesPastMultipart(f *testing.F) {
	for _, p := range pieces {
		f.Add([]byte(filePart + p + "\r\n" + mark + "--\r\n"))
		f.Add([]byte(mark + "\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nx\r\n" + filePart + "photo" + p + "\r\n" + filePart + p + "\r\n" + mark + "--"))
	}
	f.Fuzz(alike)
}
