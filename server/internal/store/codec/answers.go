package codec

import (
	"bytes"
	"compress/flate"
	_ "embed"
	"encoding/hex"
	"io"
	"sync"

	"mangosense/server/internal/mango"
)

// mediaName is the name that room media gives the photo of a record.
func mediaName(r *mango.Record) string {
	ext := map[string]string{"jpeg": ".jpg", "png": ".png", "webp": ".webp"}[r.Photo.Format]
	if ext == "" {
		return ""
	}
	return "mango_images/" + hex.EncodeToString(r.Photo.SHA256[:]) + ext
}

// The JSON that the app sends says everything twice or more. It is deflated
// with a dictionary of the words it is made of, which takes 2 KB to 200 bytes.
// The dictionary belongs to record version 1 and must not change.
//
//go:embed answers.dict
var answersDictionary []byte

const maxAnswers = 1 << 20 // unpacked; the api's own limit is far lower

var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriterDict(io.Discard, flate.BestCompression, answersDictionary)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

var inflaters = sync.Pool{New: func() any { return flate.NewReader(nil) }}

// PackAnswers deflates the five JSON texts of a record; nil when all are empty.
// It is the slow part of encoding one and needs no transaction.
func PackAnswers(a *mango.Answers) []byte {
	w := &Writer{}
	empty := true
	for _, text := range [][]byte{a.SelectedSymptoms, a.PrimarySymptoms, a.AlternativeSymptoms, a.TopDiseases, a.SymptomsData} {
		empty = empty && len(text) == 0
		w.Bytes(text)
	}
	if empty {
		return nil
	}
	var b bytes.Buffer
	d := deflaters.Get().(*flate.Writer)
	d.Reset(&b)
	_, _ = d.Write(w.b) // a bytes.Buffer does not fail
	_ = d.Close()
	deflaters.Put(d)
	return b.Bytes()
}

func unpackAnswers(packed []byte, a *mango.Answers) error {
	if len(packed) == 0 {
		return nil
	}
	f := inflaters.Get().(io.ReadCloser)
	defer inflaters.Put(f)
	if err := f.(flate.Resetter).Reset(bytes.NewReader(packed), answersDictionary); err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxAnswers))
	if err != nil {
		return err
	}
	d := &Reader{b: text, typ: TypeRecord}
	a.SelectedSymptoms, a.PrimarySymptoms, a.AlternativeSymptoms = d.Bytes(), d.Bytes(), d.Bytes()
	a.TopDiseases, a.SymptomsData = d.Bytes(), d.Bytes()
	return d.err
}
