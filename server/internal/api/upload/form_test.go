package upload_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/budget"
)

const boundary = "a-boundary"

var limits = upload.Limits{FileBytes: 300 << 10, BodyBytes: 600 << 10, Files: 1, Parts: 8, FieldBytes: 1 << 10, TextBytes: 4 << 10, NameBytes: 50}

func image(field string) bool { return field == "image" }

func memory(bytes, largest int64, patience time.Duration) *budget.Memory {
	return budget.New(budget.Config{Bytes: bytes, Largest: largest, Patience: patience})
}

// roomy is a budget for one body.
func roomy() *budget.Memory { return memory(2<<20, limits.FileBytes, 50*time.Millisecond) }

func lease(m *budget.Memory) *budget.Lease { return m.Lease(nil, "somebody") }

// body writes a multipart body.
func body(t *testing.T, write func(w *multipart.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := errors.Join(w.SetBoundary(boundary), write(w), w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func file(w *multipart.Writer, field, name string, data []byte) error {
	p, err := w.CreateFormFile(field, name)
	if err != nil {
		return err
	}
	_, err = p.Write(data)
	return err
}

func TestReadTakesFileAndFields(t *testing.T) {
	photo := bytes.Repeat([]byte("mango"), 40_000) // more than the smallest buffers
	raw := body(t, func(w *multipart.Writer) error {
		return errors.Join(w.WriteField("detection_type", "leaf"), file(w, "image", "image.jpg", photo),
			w.WriteField("detection_type", "second"), file(w, "other", "x.txt", []byte("kept as a field")))
	})
	for name, r := range map[string]io.Reader{
		"at once":          bytes.NewReader(raw),
		"a byte at a time": iotest.OneByteReader(bytes.NewReader(raw)),
	} {
		t.Run(name, func(t *testing.T) {
			b := roomy()
			form, err := upload.Read(context.Background(), r, boundary, limits, lease(b), image)
			if err != nil {
				t.Fatal(err)
			}
			f := form.File("image")
			if f == nil || !bytes.Equal(f.Bytes(), photo) || f.SHA256 != sha256.Sum256(photo) || f.Name != "image.jpg" {
				t.Errorf("the file did not arrive as it was sent")
			}
			if form.Fields["detection_type"] != "leaf" || form.Fields["other"] != "kept as a field" {
				t.Errorf("fields = %q", form.Fields)
			}
			if held := b.InUse(); held < int64(len(photo)) || held > 2*int64(len(photo))+64<<10 {
				t.Errorf("%d bytes held for a photo of %d", held, len(photo))
			}
			form.Release()
			form.Release()
			if held := b.InUse(); held != 0 {
				t.Errorf("%d bytes held after Release", held)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	broken := errors.New("connection lost")
	small := []byte("photo")
	for name, c := range map[string]struct {
		body []byte
		wrap func(io.Reader) io.Reader
		want error
	}{
		"file too large":  {body: body(t, func(w *multipart.Writer) error { return file(w, "image", "i.jpg", make([]byte, 301<<10)) }), want: upload.ErrFileTooLarge},
		"field too large": {body: body(t, func(w *multipart.Writer) error { return w.WriteField("user_feedback", strings.Repeat("x", 1025)) }), want: upload.ErrFieldTooLarge},
		"name too long":   {body: body(t, func(w *multipart.Writer) error { return w.WriteField(strings.Repeat("n", 51), "") }), want: upload.ErrFieldTooLarge},
		"two files": {body: body(t, func(w *multipart.Writer) error {
			return errors.Join(file(w, "image", "a", small), file(w, "image", "b", small))
		}), want: upload.ErrTooManyParts},
		"too many parts": {body: body(t, func(w *multipart.Writer) error {
			var errs []error
			for i := range 9 {
				errs = append(errs, w.WriteField(fmt.Sprint(i), ""))
			}
			return errors.Join(errs...)
		}), want: upload.ErrTooManyParts},
		"part header of 1 MB": {body: []byte("--" + boundary + "\r\nX-Junk: " + strings.Repeat("j", 1<<20) + "\r\n\r\nx\r\n--" + boundary + "--\r\n"), want: upload.ErrPartHeader},
		"preamble of 1 MB":    {body: []byte(strings.Repeat("p", 1<<20) + "\r\n--" + boundary + "--\r\n"), want: upload.ErrMalformed},
		"cut in the file": {body: body(t, func(w *multipart.Writer) error { return file(w, "image", "i.jpg", make([]byte, 10_000)) }),
			wrap: func(r io.Reader) io.Reader { return io.LimitReader(r, 5_000) }, want: upload.ErrMalformed},
		"another boundary": {body: []byte("--somebody-else\r\n\r\nx\r\n--somebody-else--\r\n"), want: upload.ErrMalformed},
		"empty":            {body: nil, want: upload.ErrMalformed},
		"the connection breaks": {body: body(t, func(w *multipart.Writer) error { return file(w, "image", "i.jpg", make([]byte, 10_000)) }),
			wrap: func(r io.Reader) io.Reader { return io.MultiReader(io.LimitReader(r, 5_000), iotest.ErrReader(broken)) }, want: broken},
	} {
		t.Run(name, func(t *testing.T) {
			var r io.Reader = bytes.NewReader(c.body)
			if c.wrap != nil {
				r = c.wrap(r)
			}
			b := roomy()
			_, err := upload.Read(context.Background(), r, boundary, limits, lease(b), image)
			if !errors.Is(err, c.want) || c.want == broken && errors.Is(err, upload.ErrMalformed) { // a lost connection is no fault of the sender's
				t.Errorf("error %v, want %v", err, c.want)
			}
			if held := b.InUse(); held != 0 {
				t.Errorf("%d bytes stay held after the error", held)
			}
		})
	}
}

func TestBodyBoundCountsEverything(t *testing.T) {
	raw := body(t, func(w *multipart.Writer) error {
		var errs []error
		for i := range 7 {
			errs = append(errs, w.WriteField(fmt.Sprint(i), strings.Repeat("x", 1000)))
		}
		return errors.Join(errs...)
	})
	tight := limits
	tight.BodyBytes = 5000
	if _, err := upload.Read(context.Background(), bytes.NewReader(raw), boundary, tight, lease(roomy()), image); !errors.Is(err, upload.ErrBodyTooLarge) {
		t.Errorf("error %v, want ErrBodyTooLarge", err)
	}
}

// TestBudgetFull holds one upload and sees a newcomer refused.
func TestBudgetFull(t *testing.T) {
	raw := body(t, func(w *multipart.Writer) error { return file(w, "image", "i.jpg", make([]byte, 200<<10)) })
	b := memory(256<<10, limits.FileBytes, 20*time.Millisecond)
	read := func() (*upload.Form, error) {
		return upload.Read(context.Background(), bytes.NewReader(raw), boundary, limits, lease(b), image)
	}
	first, err := read()
	if err != nil {
		t.Fatalf("a lone upload: %v", err)
	}
	if form, err := read(); err == nil {
		form.Release()
		t.Error("a second upload was let in beside one that fills the budget")
	} else if !errors.Is(err, budget.ErrFull) {
		t.Errorf("second upload: %v, want ErrFull", err)
	}
	first.Release()
	if held := b.InUse(); held != 0 {
		t.Errorf("%d bytes held", held)
	}
}

// TestBudgetNeverStalls lets many uploads arrive together in a budget that is
// far too small for all: each must get through, since the eldest always can.
func TestBudgetNeverStalls(t *testing.T) {
	raw := body(t, func(w *multipart.Writer) error { return file(w, "image", "i.jpg", make([]byte, 250<<10)) })
	b := memory(1<<20, limits.FileBytes, 30*time.Second)
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			form, err := upload.Read(context.Background(), iotest.HalfReader(bytes.NewReader(raw)), boundary, limits, lease(b), image)
			if err != nil {
				t.Error(err)
				return
			}
			time.Sleep(time.Millisecond)
			form.Release()
		})
	}
	wg.Wait()
	if held := b.InUse(); held != 0 {
		t.Errorf("%d bytes held", held)
	}
}

// TestBudgetCountsABodyOnce: a body of many files must not be kept out by what
// it holds itself.
func TestBudgetCountsABodyOnce(t *testing.T) {
	raw := body(t, func(w *multipart.Writer) error {
		var errs []error
		for range 6 {
			errs = append(errs, file(w, "image", "i.jpg", make([]byte, 60<<10)))
		}
		return errors.Join(errs...)
	})
	many := limits
	many.Files = 6
	form, err := upload.Read(context.Background(), bytes.NewReader(raw), boundary, many, lease(memory(400<<10, 60<<10, time.Second)), image)
	if err != nil {
		t.Fatal(err)
	}
	if len(form.Files) != 6 {
		t.Errorf("%d files", len(form.Files))
	}
	form.Release()
}

func FuzzRead(f *testing.F) {
	seedBodies(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		b := roomy()
		form, err := upload.Read(context.Background(), bytes.NewReader(raw), boundary, limits, lease(b), image)
		if err == nil {
			form.Release()
		}
		if held := b.InUse(); held != 0 {
			t.Fatalf("%d bytes stay held (error %v)", held, err)
		}
	})
}
