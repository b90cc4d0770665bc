package upload

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"sync"
)

// Limits bound one body.
type Limits struct {
	FileBytes  int64 // of one file part
	BodyBytes  int64 // of everything
	Files      int   // further file parts are an error
	Parts      int
	FieldBytes int64 // of one field's value
	NameBytes  int   // of a part's name or file name
}

// maxPartHeader is more than any client's part header needs.
const maxPartHeader = 16 << 10

// File is one received file part.
type File struct {
	Field       string
	Name        string // the client's, display only: never a path
	ContentType string // as declared; decide by content
	SHA256      [32]byte
	buffer      growing
}

// Bytes is the file, valid until the Form's Release.
func (f *File) Bytes() []byte { return f.buffer.bytes() }

// readers stand between the connection and mime/multipart, which asks for 4 KB
// at a time: each would be a call to the system with its own deadline.
var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 32<<10) }}

// Form is a received body.
type Form struct {
	Fields  map[string]string // the first value of each name
	Files   []*File
	arrival arrival
}

// File is the first file part of a name.
func (f *Form) File(field string) *File {
	for _, file := range f.Files {
		if file.Field == field {
			return file
		}
	}
	return nil
}

// Release gives the files' memory back. It may be called again.
func (f *Form) Release() {
	for _, file := range f.Files {
		file.buffer.release()
	}
}

// Read reads a whole body. Only parts whose field name isFile accepts are kept
// as files; a part with a file name under another field name is an ordinary
// field. On an error nothing stays held.
//
// Errors: those of this package, or the reader's.
func Read(ctx context.Context, body io.Reader, boundary string, limits Limits, budget *Budget, isFile func(field string) bool) (*Form, error) {
	reader := readers.Get().(*bufio.Reader)
	reader.Reset(body)
	defer func() {
		reader.Reset(nil) // keep no connection alive
		readers.Put(reader)
	}()
	guard := &guard{r: reader, left: limits.BodyBytes}
	form := &Form{Fields: map[string]string{}}
	defer budget.arrived(&form.arrival)
	if err := form.read(ctx, multipart.NewReader(guard, boundary), guard, limits, budget, isFile); err != nil {
		form.Release()
		return nil, guard.explain(err)
	}
	return form, nil
}

func (f *Form) read(ctx context.Context, parts *multipart.Reader, guard *guard, limits Limits, budget *Budget, isFile func(string) bool) error {
	for n := 0; ; n++ {
		guard.enterHeader()
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		guard.leaveHeader()
		if n >= limits.Parts {
			return ErrTooManyParts
		}
		name := part.FormName()
		if len(name) > limits.NameBytes || len(part.FileName()) > limits.NameBytes*4 {
			return ErrFieldTooLarge
		}
		if isFile(name) {
			err = f.readFile(ctx, part, name, limits, budget)
		} else {
			err = f.readField(part, name, limits)
		}
		if err != nil {
			return err
		}
	}
}

func (f *Form) readFile(ctx context.Context, part *multipart.Part, name string, limits Limits, budget *Budget) error {
	if len(f.Files) >= limits.Files {
		return ErrTooManyParts
	}
	file := &File{Field: name, Name: part.FileName(), ContentType: part.Header.Get("Content-Type"), buffer: growing{budget: budget, from: &f.arrival}}
	f.Files = append(f.Files, file)
	sum := sha256.New()
	if err := file.buffer.readFrom(ctx, part, limits.FileBytes, func(p []byte) { sum.Write(p) }); err != nil {
		return err
	}
	sum.Sum(file.SHA256[:0])
	return nil
}

func (f *Form) readField(part *multipart.Part, name string, limits Limits) error {
	value, err := io.ReadAll(io.LimitReader(part, limits.FieldBytes+1))
	if err != nil {
		return err
	}
	if int64(len(value)) > limits.FieldBytes {
		return ErrFieldTooLarge
	}
	if _, ok := f.Fields[name]; !ok {
		f.Fields[name] = string(value)
	}
	return nil
}

// guard counts the body and, while a part's header is being read, bounds how
// much of it the header may be: mime/multipart alone would hold 10 MB.
type guard struct {
	r      io.Reader
	left   int64
	header int64 // bytes left for this header; −1: not in one
	fault  error // the reader's, or the bound that was passed
}

func (g *guard) enterHeader() { g.header = maxPartHeader }
func (g *guard) leaveHeader() { g.header = -1 }

func (g *guard) Read(p []byte) (int, error) {
	if g.fault != nil {
		return 0, g.fault
	}
	if g.header == 0 {
		g.fault = ErrPartHeader
		return 0, g.fault
	}
	if g.header > 0 && int64(len(p)) > g.header {
		p = p[:g.header]
	}
	n, err := g.r.Read(p)
	g.left -= int64(n)
	if g.header > 0 {
		g.header -= int64(n)
	}
	if g.left < 0 {
		g.fault = ErrBodyTooLarge
		return 0, g.fault
	}
	if err != nil && err != io.EOF {
		g.fault = err
	}
	return n, err
}

// explain says whose fault an error of the parser is.
func (g *guard) explain(err error) error {
	for _, known := range []error{ErrFileTooLarge, ErrFieldTooLarge, ErrTooManyParts, ErrNoMemory} {
		if errors.Is(err, known) {
			return err
		}
	}
	if g.fault != nil {
		return g.fault
	}
	return fmt.Errorf("%w: %w", ErrMalformed, err)
}
