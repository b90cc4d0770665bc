package upload

import (
	"bufio"
	"context"
	"io"
	"mime/multipart"
	"sync"

	"mangosense/server/internal/budget"
)

// Limits bound one body.
type Limits struct {
	FileBytes  int64 // of one file part
	BodyBytes  int64 // of everything
	Files      int   // further file parts are an error
	Parts      int
	FieldBytes int64 // of one field's value
	TextBytes  int64 // of all fields' values
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
// at a time: each would be a call to the system with its own deadline. A file
// needs none of it.
var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, readerBytes) }}

const (
	readerBytes = 32 << 10
	// readingBytes is what a body holds while it is read, whatever is in it: the
	// reader, mime/multipart's own and a part's header.
	readingBytes = readerBytes + 4<<10 + maxPartHeader
	// BesideBytes is what a body with a file holds at most beside its own bytes.
	BesideBytes = readingBytes + step
)

// Form is a received body.
type Form struct {
	Fields map[string]string // the first value of each name
	Files  []*File

	lease *budget.Lease
	text  int64 // of all fields' values
	held  int64 // bytes taken from the lease for what is no file
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

// Release gives the form's memory back. It may be called again.
func (f *Form) Release() {
	for _, file := range f.Files {
		file.buffer.release()
	}
	if f.held > 0 {
		f.lease.Shrink(f.held)
		f.held = 0
	}
}

// Read reads a whole body. Only parts whose field name isFile accepts are kept
// as files; a part with a file name under another field name is an ordinary
// field. What arrives is charged to the lease, which settles when Read returns.
// On an error nothing stays held.
//
// Errors: those of this package, budget's, or the reader's.
func Read(ctx context.Context, body io.Reader, boundary string, limits Limits, lease *budget.Lease, isFile func(field string) bool) (*Form, error) {
	form := &Form{Fields: map[string]string{}, lease: lease}
	defer lease.Settle()
	if err := form.hold(ctx, readingBytes); err != nil {
		return nil, err
	}
	reader := readers.Get().(*bufio.Reader)
	reader.Reset(body)
	defer func() {
		reader.Reset(nil) // keep no connection alive
		readers.Put(reader)
	}()
	guard := &guard{r: reader, left: limits.BodyBytes, dash: []byte("--" + boundary)}
	if err := form.read(ctx, boundary, guard, limits, isFile); err != nil {
		form.Release()
		return nil, guard.explain(err)
	}
	form.free(readingBytes)
	return form, nil
}

// hold takes n bytes more for what is no file; free gives them back.
func (f *Form) hold(ctx context.Context, n int64) error {
	if err := f.lease.Grow(ctx, n); err != nil {
		return err
	}
	f.held += n
	return nil
}

func (f *Form) free(n int64) {
	f.lease.Shrink(n)
	f.held -= n
}

func (f *Form) read(ctx context.Context, boundary string, guard *guard, limits Limits, isFile func(string) bool) error {
	parts, edge := multipart.NewReader(guard, boundary), []byte("\r\n--"+boundary)
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
		p, err := describe(part)
		if err != nil {
			return err
		}
		if len(p.name) > limits.NameBytes || len(p.fileName) > limits.NameBytes*4 {
			return ErrFieldTooLarge
		}
		if isFile(p.name) {
			err = f.readFile(ctx, p, guard, edge, limits)
		} else {
			err = f.readField(ctx, p, limits)
		}
		if err != nil {
			return err
		}
	}
}

func (f *Form) readFile(ctx context.Context, p described, guard *guard, edge []byte, limits Limits) error {
	if len(f.Files) >= limits.Files {
		return ErrTooManyParts
	}
	file := &File{Field: p.name, Name: p.fileName, ContentType: p.contentType, buffer: growing{lease: f.lease}}
	f.Files = append(f.Files, file)
	sum := newSumming()
	defer func() { file.SHA256 = sum.finish() }() // on an error too: it reads the file's memory
	if guard.ends == crlf && !p.coded {
		return file.buffer.readPart(ctx, guard, edge, limits.FileBytes, sum.add)
	}
	// Nobody but a few scripts: by mime/multipart, which knows that too.
	return file.buffer.readFrom(ctx, p.body, limits.FileBytes, sum.add)
}
