package django

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"mangosense/preprocess"
	"mangosense/server/internal/mango"
)

// Store takes what is brought over; see the stores of package mango.
type Store interface {
	AddUser(ctx context.Context, by mango.Actor, u *mango.User) (uint64, error)
	PageUsers(ctx context.Context, by mango.Actor, f mango.UserFilter, p mango.Page) (mango.UserPage, error)
	AddRecord(ctx context.Context, by mango.Actor, r *mango.Record) (uint64, error)
	Record(ctx context.Context, by mango.Actor, id uint64) (*mango.Record, error)
	EachRecord(ctx context.Context, by mango.Actor, f mango.RecordFilter, do func(*mango.Record) error) error
	Statistics(ctx context.Context, by mango.Actor) (mango.Statistics, error)
	AddConfirmation(ctx context.Context, by mango.Actor, c *mango.Confirmation) (uint64, error)
	EachConfirmation(ctx context.Context, by mango.Actor, f mango.ConfirmationFilter, do func(*mango.Confirmation) error) error
	AddNotification(ctx context.Context, by mango.Actor, n *mango.Notification) (uint64, error)
	Vocabulary() mango.Vocabulary
	PutSymptom(ctx context.Context, by mango.Actor, s *mango.SymptomEntry) error
	PutAlias(ctx context.Context, by mango.Actor, a *mango.Alias) error
	PutDisease(ctx context.Context, by mango.Actor, d *mango.DiseaseEntry) error
	PutLink(ctx context.Context, by mango.Actor, l *mango.DiseaseSymptom) error
}

// Config says where from and where to.
type Config struct {
	Source Source
	Media  string // the predecessor's media folder; empty: photos are left out
	Store  Store
	Photos mango.Photos
	Probe  func(photo []byte) (preprocess.Photo, error) // reads its header, and refuses what is no photo
	// Progress is called for each row. May be nil.
	Progress func(what string, done, total int)
}

// Count counts the rows of one kind.
type Count struct {
	Found, Added, Known, Left int
}

// Left is a reason, and how many rows were left out for it, with the old ids
// of the first of them.
type Left struct {
	What, Why string
	Count     int
	IDs       []uint64
}

// Report is what an import did.
type Report struct {
	Counts map[string]*Count // by kind of row
	Left   []Left            // what was left out, and why
	Notes  []Left            // what came, but not whole
}

// kinds in the order of their import: each refers to those before.
const (
	kindUsers         = "users"
	kindRecords       = "records"
	kindConfirmations = "confirmations"
	kindNotifications = "notifications"
	kindSymptoms      = "symptoms"
	kindDiseases      = "diseases"
	kindAliases       = "aliases"
	kindLinks         = "disease symptoms"
)

// Kinds are the kinds of rows, in the order of their import.
var Kinds = []string{kindUsers, kindRecords, kindConfirmations, kindNotifications, kindSymptoms, kindDiseases, kindAliases, kindLinks}

// importer holds one run.
type importer struct {
	cfg    Config
	ctx    context.Context
	report Report

	users   map[uint64]uint64 // old id to ours
	names   map[string]uint64 // old username to ours
	admins  map[uint64]bool   // ours
	records map[uint64]uint64 // old id to ours
}

// Run imports everything. On an error what came before it stays; running again
// continues from there.
func Run(ctx context.Context, cfg Config) (Report, error) {
	m := &importer{
		cfg: cfg, ctx: ctx, report: Report{Counts: map[string]*Count{}},
		users: map[uint64]uint64{}, names: map[string]uint64{}, admins: map[uint64]bool{}, records: map[uint64]uint64{},
	}
	for _, k := range Kinds {
		m.report.Counts[k] = &Count{}
	}
	for _, step := range []func() error{m.importUsers, m.importRecords, m.importConfirmations, m.importNotifications, m.importWords} {
		if err := step(); err != nil {
			return m.report, err
		}
	}
	return m.report, nil
}

// origin is the mark that an imported row carries.
func origin(id uint64) string { return "django:" + strconv.FormatUint(id, 10) }

// oldID is the id in such a mark, 0 for another.
func oldID(mark string) uint64 {
	var id uint64
	if n, err := fmt.Sscanf(mark, "django:%d", &id); n != 1 || err != nil || mark != origin(id) {
		return 0
	}
	return id
}

// rows runs do for each row of a table, counts, and shows progress. do says
// whether the row was added; a mango.Error of it leaves the row out with its
// sentence as the reason, any other ends the import.
func (m *importer) rows(what string, t table, do func(row) (added bool, err error)) error {
	total := 0
	if err := m.cfg.Source.each(t, func(row) error { total++; return nil }); err != nil {
		return err
	}
	count, done := m.report.Counts[what], 0
	err := m.cfg.Source.each(t, func(r row) error {
		if err := m.ctx.Err(); err != nil {
			return err
		}
		count.Found++
		added, err := do(r)
		var reason *leftOut
		switch {
		case err == nil && added:
			count.Added++
		case err == nil:
			count.Known++
		case asLeftOut(err, &reason):
			count.Left++
			note(&m.report.Left, what, reason.why, r.id)
		default:
			return fmt.Errorf("cannot import %s %d: %w", what, r.id, err)
		}
		if done++; m.cfg.Progress != nil {
			m.cfg.Progress(what, done, total)
		}
		return nil
	})
	return err
}

// leftOut is the reason for leaving a row out.
type leftOut struct{ why string }

func (l *leftOut) Error() string { return l.why }

// asLeftOut takes our own reasons, and what the store refuses as wrong.
func asLeftOut(err error, to **leftOut) bool {
	if l, ok := err.(*leftOut); ok {
		*to = l
		return true
	}
	e, ok := err.(*mango.Error)
	if !ok {
		return false
	}
	switch e.Code {
	case mango.Invalid, mango.Conflict, mango.TooLarge, mango.NotFound, mango.Unauthenticated:
		*to = &leftOut{e.Public}
		return true
	}
	return false
}

const shownIDs = 10

func note(list *[]Left, what, why string, id uint64) {
	at := slices.IndexFunc(*list, func(l Left) bool { return l.What == what && l.Why == why })
	if at < 0 {
		*list = append(*list, Left{What: what, Why: why})
		at = len(*list) - 1
	}
	l := &(*list)[at]
	if l.Count++; len(l.IDs) < shownIDs {
		l.IDs = append(l.IDs, id)
	}
}
