package django

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"
	"unicode/utf8"

	_ "modernc.org/sqlite" // the driver, in Go alone

	"mangosense/server/internal/charset"
)

// OpenDatabase reads the predecessor's SQLite file; nothing is written to it.
// SQLite keeps any bytes as text: those that are not UTF-8 are read in encoding,
// one of charset's names, and are an error where that is empty.
func OpenDatabase(path, encoding string) (Source, error) {
	f, err := os.Open(path) // the driver would make a new one, and says little of a file that it may not read
	if err != nil {
		return nil, fmt.Errorf("cannot open the database: %w", err)
	}
	_ = f.Close()
	name := url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: "mode=ro"}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, fmt.Errorf("cannot open the database: %w", err)
	}
	d := &database{db, encoding}
	known, err := d.has(tableUsers)
	if err == nil && !known {
		err = ErrNotADatabase
	}
	for _, t := range tables { // a text that cannot be read ends the import before it begins
		if err == nil {
			err = d.each(t, func(row) error { return nil })
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot open the database: %w", err), db.Close())
	}
	return d, nil
}

type database struct {
	db       *sql.DB
	encoding string
}

func (d *database) Close() error { return d.db.Close() }

func (d *database) has(t table) (bool, error) {
	var n int
	err := d.db.QueryRow("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?", t.sql).Scan(&n)
	return n > 0, err
}

func (d *database) each(t table, do func(row) error) (err error) {
	if known, err := d.has(t); err != nil || !known {
		return err
	}
	rows, err := d.db.Query("SELECT * FROM " + t.sql + " ORDER BY id") // t.sql is one of ours
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", t.sql, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", t.sql, err)
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("cannot read a row of %s: %w", t.sql, err)
		}
		r := row{fields: make(map[string]json.RawMessage, len(columns))}
		for i, name := range columns {
			if r.fields[name], err = d.asJSON(values[i]); err != nil {
				return fmt.Errorf("cannot read %s of a row of %s: %w", name, t.sql, err)
			}
		}
		r.id = r.ref("id")
		if err := do(r); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("cannot read %s: %w", t.sql, err)
	}
	return nil
}

func (d *database) asJSON(v any) (json.RawMessage, error) {
	switch v := v.(type) {
	case []byte:
		return d.textJSON(string(v))
	case string:
		return d.textJSON(v)
	case time.Time:
		return json.Marshal(v.UTC().Format(time.RFC3339Nano))
	default:
		return json.Marshal(v)
	}
}

// textJSON keeps encoding/json from writing U+FFFD for a byte.
func (d *database) textJSON(text string) (json.RawMessage, error) {
	if !utf8.ValidString(text) {
		var err error
		if text, err = charset.Text([]byte(text), d.encoding); err != nil {
			return nil, err
		}
	}
	return json.Marshal(text)
}
