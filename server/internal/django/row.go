package django

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"mangosense/server/internal/mango"
)

// table names one of the predecessor's tables in both kinds of source.
type table struct{ model, sql string }

// The tables that are read.
var (
	tableUsers         = table{"auth.user", "auth_user"}
	tableProfiles      = table{"mangosense.userprofile", "mangosense_userprofile"}
	tableImages        = table{"mangosense.mangoimage", "mangosense_mangoimage"}
	tableLogs          = table{"mangosense.predictionlog", "mangosense_predictionlog"}
	tableConfirmations = table{"mangosense.userconfirmation", "mangosense_userconfirmation"}
	tableNotifications = table{"mangosense.notification", "mangosense_notification"}
	tableSymptoms      = table{"mangosense.symptom", "mangosense_symptom"}
	tableAliases       = table{"mangosense.symptomalias", "mangosense_symptomalias"}
	tableDiseases      = table{"mangosense.disease", "mangosense_disease"}
	tableLinks         = table{"mangosense.diseasesymptom", "mangosense_diseasesymptom"}
)

// tables are all of them.
var tables = []table{tableUsers, tableProfiles, tableImages, tableLogs, tableConfirmations, tableNotifications, tableSymptoms, tableAliases, tableDiseases, tableLinks}

// Source gives the rows of a table, in any order; none for a table that the
// predecessor's version did not have.
type Source interface {
	each(t table, do func(row) error) error
	Close() error
}

// row is one row: its fields as JSON, whatever the source. A field that is
// missing, null or of another type reads as nothing: versions differ.
type row struct {
	id     uint64
	fields map[string]json.RawMessage
}

func (r row) text(name string) string {
	var s string
	if json.Unmarshal(r.fields[name], &s) != nil {
		return ""
	}
	return mango.CleanText(s)
}

// line is text without line breaks: a name.
func (r row) line(name string) string { return strings.Join(strings.Fields(r.text(name)), " ") }

func (r row) number(name string) (float64, bool) {
	raw := r.fields[name]
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return 0, false
	}
	return mango.ParseNumber(strings.Trim(string(raw), `"`))
}

// given reports whether a field holds anything.
func (r row) given(name string) bool {
	switch string(r.fields[name]) {
	case "", "null", `""`:
		return false
	}
	return true
}

// optional is true, false or nothing; SQLite keeps 1 and 0.
func (r row) optional(name string) *bool {
	switch string(r.fields[name]) {
	case "true", "1":
		return new(true)
	case "false", "0":
		return new(false)
	}
	return nil
}

func (r row) truth(name string) bool {
	v := r.optional(name)
	return v != nil && *v
}

// ref is another row's id, from the field or, as SQLite calls it, field_id; 0
// for none.
func (r row) ref(name string) uint64 {
	for _, key := range []string{name, name + "_id"} {
		if v, ok := r.number(key); ok && v > 0 && v < 1<<53 {
			return uint64(v)
		}
	}
	return 0
}

// natural is a reference by name, as dumpdata --natural-foreign writes it.
func (r row) natural(name string) string {
	var names []string
	if json.Unmarshal(r.fields[name], &names) != nil || len(names) != 1 {
		return ""
	}
	return names[0]
}

// json is a JSON field's value, nil unless it begins as it should: native in a
// dump, text in SQLite.
func (r row) json(name string, opens byte) []byte {
	raw := []byte(r.fields[name])
	if len(raw) > 0 && raw[0] == '"' {
		raw = []byte(r.text(name))
	}
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] != opens || !json.Valid(raw) {
		return nil
	}
	return bytes.Clone(raw)
}

var timeForms = []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999", time.DateOnly}

// time is zero where there is none. The predecessor keeps UTC.
func (r row) time(name string) time.Time {
	text := r.text(name)
	for _, form := range timeForms {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
