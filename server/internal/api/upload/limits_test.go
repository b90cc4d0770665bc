package upload_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/budget"
)

// TestBothSidesOfEachLimit: what just fits is taken, and one more is refused.
func TestBothSidesOfEachLimit(t *testing.T) {
	fields := func(n, bytes int) func(*multipart.Writer) error {
		return func(w *multipart.Writer) error {
			var errs []error
			for i := range n {
				errs = append(errs, w.WriteField(fmt.Sprint(i), strings.Repeat("x", bytes)))
			}
			return errors.Join(errs...)
		}
	}
	files := func(sizes ...int) func(*multipart.Writer) error {
		return func(w *multipart.Writer) error {
			var errs []error
			for _, n := range sizes {
				errs = append(errs, file(w, "image", "i.jpg", make([]byte, n)))
			}
			return errors.Join(errs...)
		}
	}
	coded := func(n int) []byte {
		return []byte("--" + boundary + "\r\nContent-Disposition: form-data; name=image; filename=i.jpg\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
			base64.StdEncoding.EncodeToString(make([]byte, n)) + "\r\n--" + boundary + "--\r\n")
	}
	bare := func(n int) []byte {
		return bytes.ReplaceAll(body(t, files(n)), []byte("\r\n"), []byte("\n"))
	}
	lone := func(name, fileName string) []byte {
		return body(t, func(w *multipart.Writer) error {
			p, err := w.CreateFormFile(name, fileName)
			if err == nil {
				_, err = p.Write([]byte("photo"))
			}
			return err
		})
	}
	most := int(limits.FileBytes)
	for _, c := range []struct {
		name      string
		fits, not []byte
		limits    func(*upload.Limits)
		want      error
	}{
		{"a field", body(t, fields(1, 1024)), body(t, fields(1, 1025)), nil, upload.ErrFieldTooLarge},
		{"all fields", body(t, fields(4, 1024)), body(t, func(w *multipart.Writer) error { return errors.Join(fields(4, 1024)(w), w.WriteField("more", "x")) }), nil, upload.ErrFieldTooLarge},
		{"a name", lone(strings.Repeat("n", 50), "i.jpg"), lone(strings.Repeat("n", 51), "i.jpg"), nil, upload.ErrFieldTooLarge},
		{"a file's name", lone("image", strings.Repeat("n", 200)), lone("image", strings.Repeat("n", 201)), nil, upload.ErrFieldTooLarge},
		{"parts", body(t, fields(8, 1)), body(t, fields(9, 1)), nil, upload.ErrTooManyParts},
		{"files", body(t, files(1, 1, 1)), body(t, files(1, 1, 1, 1)), func(l *upload.Limits) { l.Files = 3 }, upload.ErrTooManyParts},
		{"a file", body(t, files(most)), body(t, files(most+1)), nil, upload.ErrFileTooLarge},
		{"a file in base64", coded(most), coded(most + 1), nil, upload.ErrFileTooLarge},
		{"a file between lines of LF", bare(most), bare(most + 1), nil, upload.ErrFileTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := limits
			if c.limits != nil {
				c.limits(&l)
			}
			for which, raw := range map[string][]byte{"what fits": c.fits, "one more": c.not} {
				for how, r := range map[string]io.Reader{"at once": bytes.NewReader(raw), "by halves": iotest.HalfReader(bytes.NewReader(raw)), "with its end": iotest.DataErrReader(bytes.NewReader(raw))} {
					b := roomy()
					form, err := upload.Read(context.Background(), r, boundary, l, lease(b), image)
					if which == "what fits" {
						if err != nil {
							t.Errorf("%s, %s: %v", which, how, err)
							continue
						}
						form.Release()
					} else if !errors.Is(err, c.want) {
						t.Errorf("%s, %s: %v, want %v", which, how, err, c.want)
					}
					if b.InUse() != 0 {
						t.Errorf("%s, %s: %d bytes stay held", which, how, b.InUse())
					}
				}
			}
		})
	}
}

// TestEveryByteCounts: of files, fields and all that stands between them.
func TestEveryByteCounts(t *testing.T) {
	raw := body(t, func(w *multipart.Writer) error {
		return errors.Join(file(w, "image", "i.jpg", make([]byte, 100)), file(w, "image", "i.jpg", make([]byte, 200)), w.WriteField("note", "x"))
	})
	for short := range 20 {
		l := limits
		l.BodyBytes, l.Files = int64(len(raw)-short), 2
		form, err := upload.Read(context.Background(), bytes.NewReader(raw), boundary, l, lease(roomy()), image)
		if err == nil {
			form.Release()
		}
		if (err == nil) != (short == 0) || err != nil && !errors.Is(err, upload.ErrBodyTooLarge) {
			t.Errorf("%d bytes more than the bound: %v", short, err)
		}
	}
}

// TestLongestPartHeader: 16 KB are read in whatever lines, and hardly more: what
// mime/multipart read ahead with the part before, 4 KB.
func TestLongestPartHeader(t *testing.T) {
	for name, line := range map[string]string{"one line": "", "many lines": "x\r\nX-Junk: "} {
		read := func(n int) error {
			junk := strings.Repeat("j", n)
			if line != "" {
				junk = strings.Repeat(line, n/len(line))
			}
			raw := "--" + boundary + "\r\nContent-Disposition: form-data; name=a\r\n\r\nfirst\r\n--" + boundary +
				"\r\nContent-Disposition: form-data; name=b\r\nX-Junk: " + junk + "\r\n\r\nsecond\r\n--" + boundary + "--\r\n"
			form, err := upload.Read(context.Background(), strings.NewReader(raw), boundary, limits, lease(roomy()), image)
			if err == nil {
				if form.Fields["b"] != "second" {
					t.Errorf("%s: fields %q", name, form.Fields)
				}
				form.Release()
			}
			return err
		}
		if err := read(16_000); err != nil {
			t.Errorf("%s of 16,000 bytes: %v", name, err)
		}
		if err := read(20 << 10); !errors.Is(err, upload.ErrPartHeader) {
			t.Errorf("%s of 20,480 bytes: %v", name, err)
		}
	}
}

// TestMemoryEndsAnywhere: wherever in a body the memory is used up, the error is
// the budget's and nothing stays held; with all that a body needs it is read.
func TestMemoryEndsAnywhere(t *testing.T) {
	photo := bytes.Repeat([]byte("mango"), 30_000)
	raw := body(t, func(w *multipart.Writer) error {
		return errors.Join(w.WriteField("note", strings.Repeat("n", 40_000)), file(w, "image", "i.jpg", photo), w.WriteField("more", strings.Repeat("m", 20_000)))
	})
	raw = append(raw[:len(raw)-4], "\r\nContent-Disposition: form-data; name=image; filename=j.jpg\r\nContent-Transfer-Encoding: base64\r\n\r\n"+
		base64.StdEncoding.EncodeToString(photo)+"\r\n--"+boundary+"--\r\n"...)
	large := upload.Limits{FileBytes: 200 << 10, BodyBytes: 1 << 20, Files: 2, Parts: 8, FieldBytes: 64 << 10, TextBytes: 128 << 10, NameBytes: 50}
	const all = 4 << 20
	refused, read := 0, 0
	for free := int64(0); free <= 700<<10; free += 16 << 10 {
		b := memory(all, large.FileBytes, time.Millisecond)
		other := b.Lease(nil, "another")
		if err := other.Grow(context.Background(), all-free); err != nil {
			t.Fatal(err)
		}
		other.Settle()
		form, err := upload.Read(context.Background(), bytes.NewReader(raw), boundary, large, lease(b), image)
		switch {
		case err == nil:
			read++
			if len(form.Files) != 2 || !bytes.Equal(form.Files[0].Bytes(), photo) || !bytes.Equal(form.Files[1].Bytes(), photo) || len(form.Fields["note"]) != 40_000 || len(form.Fields["more"]) != 20_000 {
				t.Errorf("with %d bytes free the body did not come as it was sent", free)
			}
			// 60,000 bytes of fields twice, in steps of 16 KB, and the files in steps of 64 KB.
			if held, want := b.InUse()-(all-free), int64(8*16<<10+2*3*64<<10); held != want {
				t.Errorf("%d bytes are held, want %d", held, want)
			}
			form.Release()
		case errors.Is(err, budget.ErrFull):
			refused++
			if read > 0 {
				t.Errorf("refused with %d bytes free, read with less", free)
			}
		default:
			t.Errorf("with %d bytes free: %v", free, err)
		}
		if held := b.InUse(); held != all-free {
			t.Errorf("with %d bytes free %d stay held", free, held-(all-free))
		}
	}
	if refused < 20 || read == 0 {
		t.Errorf("refused %d times, read %d times: the test tests nothing", refused, read)
	}
	// The same for a body that is read as it is.
	for free := int64(0); free <= 256<<10; free += 64 << 10 {
		b := memory(all, large.FileBytes, time.Millisecond)
		other := b.Lease(nil, "another")
		if err := other.Grow(context.Background(), all-free); err != nil {
			t.Fatal(err)
		}
		other.Settle()
		w, err := upload.ReadWhole(context.Background(), bytes.NewReader(photo), large.FileBytes, lease(b))
		if (err != nil) != (free == 0) || err != nil && !errors.Is(err, budget.ErrFull) { // the oldest may go beyond
			t.Errorf("whole, with %d bytes free: %v", free, err)
		}
		if err == nil {
			w.Release()
			if w.Bytes() != nil {
				t.Error("bytes can be reached after Release")
			}
		}
		if held := b.InUse(); held != all-free {
			t.Errorf("whole, with %d bytes free: %d stay held", free, held-(all-free))
		}
	}
}

// TestFieldsAreCharged: twice what they hold, in steps of 16 KB, and no step
// more than that.
func TestFieldsAreCharged(t *testing.T) {
	large := limits
	large.FieldBytes, large.TextBytes = 64<<10, 64<<10
	for n, steps := range map[int]int64{0: 0, 1: 1, 8191: 1, 8192: 1, 8193: 2, 16_384: 2, 16_385: 3, 40_960: 5} {
		b := roomy()
		raw := body(t, func(w *multipart.Writer) error { return w.WriteField("note", strings.Repeat("n", n)) })
		form, err := upload.Read(context.Background(), bytes.NewReader(raw), boundary, large, lease(b), image)
		if err != nil {
			t.Fatal(err)
		}
		if held := b.InUse(); held != steps*16<<10 || len(form.Fields["note"]) != n {
			t.Errorf("%d bytes are charged as %d", n, held)
		}
		form.Release()
	}
}

// TestNoAddressSpace: what the system cannot give is said so, and nothing stays
// held.
func TestNoAddressSpace(t *testing.T) {
	b := memory(1<<20, 1<<19, time.Millisecond)
	if _, err := upload.ReadWhole(context.Background(), strings.NewReader("x"), 1<<56, lease(b)); !errors.Is(err, upload.ErrNoMemory) {
		t.Errorf("whole: %v", err)
	}
	endless := limits
	endless.FileBytes = 1 << 56
	raw := body(t, func(w *multipart.Writer) error { return file(w, "image", "i.jpg", []byte("photo")) })
	if _, err := upload.Read(context.Background(), bytes.NewReader(raw), boundary, endless, lease(b), image); !errors.Is(err, upload.ErrNoMemory) {
		t.Errorf("form: %v", err)
	}
	if b.InUse() != 0 {
		t.Errorf("%d bytes stay held", b.InUse())
	}
}

// TestNoSuchFile: a form without the file that is asked for, and with another.
func TestNoSuchFile(t *testing.T) {
	raw := body(t, func(w *multipart.Writer) error { return file(w, "image", "i.jpg", []byte("photo")) })
	form, err := upload.Read(context.Background(), bytes.NewReader(raw), boundary, limits, lease(roomy()), image)
	if err != nil {
		t.Fatal(err)
	}
	defer form.Release()
	if form.File("photo") != nil || form.File("image") == nil {
		t.Error("a file has another's name")
	}
}
