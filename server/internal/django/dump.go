package django

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// OpenDump reads a JSON file of dumpdata. The whole file is looked through
// once, so that a broken one is refused before anything is imported.
func OpenDump(path string) (Source, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot open the dump: %w", err)
	}
	d := &dump{f}
	if err := d.each(table{}, nil); err != nil {
		_ = f.Close()
		return nil, err
	}
	return d, nil
}

type dump struct{ file *os.File }

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
	return eachDumped(bufio.NewReaderSize(d.file, 1<<18), t, do)
}

func eachDumped(r io.Reader, t table, do func(row) error) error {
	in := json.NewDecoder(r)
	if first, err := in.Token(); err != nil || first != json.Delim('[') {
		return fmt.Errorf("cannot read the dump: %w", ErrNotADump)
	}
	for n := 1; in.More(); n++ {
		var v dumped
		if err := in.Decode(&v); err != nil {
			return fmt.Errorf("cannot read entry %d of the dump: %w: %w", n, ErrNotADump, err)
		}
		if v.Model == "" || v.Fields == nil {
			return fmt.Errorf("cannot read entry %d of the dump: %w", n, ErrNotADump)
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
	return nil
}
