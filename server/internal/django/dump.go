package django

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode/utf16"

	"mangosense/server/internal/charset"
)

// OpenDump reads a JSON file of dumpdata. The whole file is looked through
// once, so that a broken one is refused before anything is imported. encoding is
// one of charset's names; empty: UTF-8, or UTF-16 with its mark.
func OpenDump(path, encoding string) (Source, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot open the dump: %w", err)
	}
	d := &dump{f, encoding}
	if err := d.each(table{}, nil); err != nil {
		_ = f.Close()
		return nil, err
	}
	return d, nil
}

type dump struct {
	file     *os.File
	encoding string
}

func (d *dump) Close() error { return d.file.Close() }

type dumped struct {
	Model  string                     `json:"model"`
	PK     json.RawMessage            `json:"pk"`
	Fields map[string]json.RawMessage `json:"fields"`
}

func (d *dump) each(t table, do func(row) error) error {
	if _, err := d.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("cannot read the dump: %w", err)
	}
	in, err := charset.NewReader(d.file, d.encoding)
	if err != nil {
		return fmt.Errorf("cannot read the dump: %w", err)
	}
	return eachDumped(in, t, do)
}

func eachDumped(r io.Reader, t table, do func(row) error) error {
	in := json.NewDecoder(r)
	if first, err := in.Token(); errors.Is(err, charset.ErrText) {
		return fmt.Errorf("cannot read the dump: %w", err)
	} else if err != nil || first != json.Delim('[') {
		return fmt.Errorf("cannot read the dump: %w", ErrNotADump)
	}
	for n := 1; in.More(); n++ {
		var v dumped
		if err := in.Decode(&v); errors.Is(err, charset.ErrText) {
			return fmt.Errorf("cannot read entry %d of the dump: %w", n, err)
		} else if err != nil {
			return fmt.Errorf("cannot read entry %d of the dump: %w: %w", n, ErrNotADump, err)
		}
		if v.Model == "" || v.Fields == nil {
			return fmt.Errorf("cannot read entry %d of the dump: %w", n, ErrNotADump)
		}
		for name, field := range v.Fields {
			if halfLetter(field) {
				return fmt.Errorf("cannot read %s of entry %d of the dump: %w: half a letter is escaped in it", name, n, charset.ErrText)
			}
		}
		if do == nil || v.Model != t.model {
			continue
		}
		id, err := strconv.ParseUint(strings.Trim(string(v.PK), `"`), 10, 64)
		if err != nil {
			id = 0 // --natural-primary leaves it out
		}
		if err := do(row{id, v.Fields}); err != nil {
			return err
		}
	}
	if last, err := in.Token(); err != nil || last != json.Delim(']') {
		return fmt.Errorf("cannot read the dump's end: %w", ErrNotADump)
	}
	if _, err := in.Token(); err != io.EOF {
		return fmt.Errorf("cannot read what stands behind the dump's list: %w (several dumps in one file are imported one by one)", ErrNotADump)
	}
	return nil
}

// halfLetter finds an escaped surrogate without its other half: what Python writes
// of a byte that was in no encoding. encoding/json makes U+FFFD of it in silence.
func halfLetter(field []byte) bool {
	for {
		i := bytes.IndexByte(field, '\\')
		if i < 0 || i+1 >= len(field) {
			return false
		}
		r := escaped(field[i:])
		switch {
		case r < 0:
			field = field[i+2:]
		case !utf16.IsSurrogate(r):
			field = field[i+6:]
		case utf16.DecodeRune(r, escaped(field[i+6:])) == '\ufffd':
			return true
		default:
			field = field[i+12:]
		}
	}
}

// escaped is the number in the \uXXXX that b begins with, -1 where it begins otherwise.
func escaped(b []byte) rune {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return -1
	}
	v, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(v)
}
