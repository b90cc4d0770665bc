package django

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	_ "modernc.org/sqlite" // the driver, in Go alone
)

// OpenDatabase reads the predecessor's SQLite file; nothing is written to it.
func OpenDatabase(path string) (Source, error) {
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
	d := &database{db}
	known, err := d.has(tableUsers)
	if err == nil && !known {
		err = ErrNotADatabase
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot open the database: %w", err), db.Close())
	}
	return d, nil
}

type database struct{ db *sql.DB }

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
			if r.fields[name], err = asJSON(values[i]); err != nil {
				return fmt.Errorf("cannot read %s.%s: %w", t.sql, name, err)
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

func asJSON(v any) (json.RawMessage, error) {
	switch v := v.(type) {
	case []byte:
		return json.Marshal(string(v))
	case time.Time:
		return json.Marshal(v.UTC().Format(time.RFC3339Nano))
	default:
		return json.Marshal(v)
	}
}
