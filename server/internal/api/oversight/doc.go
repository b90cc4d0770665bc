// Package oversight answers what the administrators' pages ask beside the lists
// that other packages have: the photos to review, what a model looked at, the
// numbers of the dashboard, the machine, backups, settings, and a bundle for
// whoever helps.
//
// It decides nothing about who may: every handler asks the store, MayRule where
// the answer is not in it. What it counts over records is bounded: the newest
// of them stand for all, and the answer says how many they were.
//
// Caveat. A setting that is a secret is answered as set or not set, never by
// its value, and nothing here names a user, a place or a photo but the lists of
// photos that an administrator sees anyway.
package oversight

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/ordered"
)

// Store is what it needs of the store.
type Store interface {
	mango.Oversight
	Record(ctx context.Context, by mango.Actor, id uint64) (*mango.Record, error)
	PageRecords(ctx context.Context, by mango.Actor, f mango.RecordFilter, p mango.Page) (mango.RecordPage, error)
	EachRecord(ctx context.Context, by mango.Actor, f mango.RecordFilter, do func(*mango.Record) error) error
	DeleteRecords(ctx context.Context, by mango.Actor, ids []uint64) error
	Statistics(ctx context.Context, by mango.Actor) (mango.Statistics, error)
	UserStatistics(ctx context.Context, by mango.Actor) (mango.UserStatistics, error)
	Places(ctx context.Context, by mango.Actor, f mango.PlaceFilter) ([]mango.Place, error)
	CanonicalClass(name string) string
}

// Photos opens stored photos.
type Photos interface {
	OpenPhoto(name string) (mango.PhotoFile, error)
}

// Machine is what the program knows of itself. A nil function has nothing to
// say.
type Machine struct {
	Live     func() Live
	Settings func() []Setting
	Facts    func() []Fact
	Storage  func() (Storage, error)
	// Backup and Verify run until they are done; they are called one at a time.
	Backup  func(ctx context.Context, progress func(done, total int64)) (string, error)
	Verify  func(ctx context.Context, progress func(done, total int64)) (string, error)
	Card    func() string                                                                         // of the models, Markdown
	Scrub   func(text []byte) []byte                                                              // takes names of folders out of what leaves the server
	Log     func() []byte                                                                         // the newest lines
	Metrics func() []byte                                                                         // as Prometheus reads them
	Thumb   func(ctx context.Context, photo string, hold func(bytes int64) error) ([]byte, error) // a small picture, JPEG
}

// Config is what the handlers need.
type Config struct {
	Store   Store
	Intake  *intake.Intake
	Photos  Photos
	Models  func() []mango.ModelFile
	Machine Machine
	Every   time.Duration // between two live numbers; 0: 2 s
}

const (
	// mostListeners bounds open streams of live numbers.
	mostListeners = 8
	liveEvery     = 2 * time.Second
)

// Limits say so in docs/limits.md.
var Limits = []mango.Limit{
	{Of: "streams of live numbers", Bound: fmt.Sprintf("%d, each with its share of `UPLOAD_MEMORY`", mostListeners), Then: "503 with `Retry-After`"},
	{Of: "records that the pages for administrators count over", Bound: fmt.Sprintf("the newest %d to review, %d for confidence, %d for corrections, %d places", mostReviewed, mostConfidences, mostCorrections, mostPlaces), Then: "the answer says how many they were"},
}

// Handlers answer the routes.
type Handlers struct {
	cfg       Config
	listeners atomic.Int32
	life      context.Context
	end       context.CancelFunc

	mu    ordered.Mutex[ordered.Chores]
	chore Chore
	busy  sync.WaitGroup
}

// New makes the handlers of one server.
func New(cfg Config) *Handlers {
	if cfg.Every == 0 {
		cfg.Every = liveEvery
	}
	h := &Handlers{cfg: cfg}
	h.life, h.end = context.WithCancel(context.Background())
	return h
}

// Drain ends streams and tells what was set going to stop. It may be called
// again.
func (h *Handlers) Drain() { h.end() }

// Wait waits until nothing goes on any more, or until ctx ends: a disk that does
// not answer must not hold up the end.
func (h *Handlers) Wait(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.busy.Wait()
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}
