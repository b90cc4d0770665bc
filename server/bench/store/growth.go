package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"mangosense/server/bench/records"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// Config says what to measure.
type Config struct {
	Dir     string // a folder on the disk to measure
	Keep    bool   // leave the databases in Dir, as <records>/mangosense.db; those that are there are used
	Sizes   []int  // numbers of records, ascending; nil: 1 k, 100 k, 1 M
	Cold    bool   // the file is read from the disk anew, and counts for the group that this program is in
	Writers int    // that fill the store together; 0: 256
	Reads   int    // of each kind at each size; 0: 300
	// Progress receives the records stored so far; may be nil.
	Progress func(done, total int64)
}

// Row is what was measured at one size. Times are medians; P99 is what 99 of
// 100 pages of all kinds stay under, and Slow counts those above 5 ms.
type Row struct {
	Records                                int
	Lone                                   time.Duration // one insert by one client
	InsertRate                             float64       // inserts a second with all writers
	OneRate                                float64       // inserts a second by one client
	Commits                                int64
	Point, History, Filtered, Deep, Search time.Duration
	Wide                                   time.Duration // any page of all leaves: the merge of the most lists
	Statistics, Trend                      time.Duration
	P99                                    time.Duration
	Slow, Pages                            int
	FileBytes                              int64
	Open                                   time.Duration
}

// Run fills a store of each size and measures it.
func Run(ctx context.Context, cfg Config) (rows []Row, err error) {
	if cfg.Sizes == nil {
		cfg.Sizes = []int{1_000, 100_000, 1_000_000}
	}
	if cfg.Writers == 0 {
		cfg.Writers = 256
	}
	if cfg.Reads == 0 {
		cfg.Reads = 300
	}
	dir := cfg.Dir
	if !cfg.Keep {
		if dir, err = os.MkdirTemp(cfg.Dir, "mangosense-bench-"); err != nil {
			return nil, fmt.Errorf("cannot make a folder to measure in: %w", err)
		}
		defer os.RemoveAll(dir)
	}
	for _, size := range cfg.Sizes {
		row, err := one(ctx, filepath.Join(dir, strconv.Itoa(size), store.FileName), size, cfg)
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// one measures a store of one size, filled where it is not full already.
func one(ctx context.Context, path string, size int, cfg Config) (row Row, err error) {
	quiet := store.Config{Log: slog.New(slog.NewTextHandler(io.Discard, nil)), FullCheck: -1}
	s, err := store.Open(path, quiet)
	if err != nil {
		return row, err
	}
	defer func() { _ = s.Close() }()
	row.Records = size
	before := s.Health()
	if before.Records < size {
		if err := records.AddUsers(ctx, s); err != nil {
			return row, err
		}
		begun := time.Now()
		if err := records.Fill(ctx, s, before.Records, size, cfg.Writers, func(done int64) {
			if cfg.Progress != nil {
				cfg.Progress(done, int64(size))
			}
		}); err != nil {
			return row, err
		}
		row.InsertRate = float64(size-before.Records) / time.Since(begun).Seconds()
		row.Commits = s.Health().Commits - before.Commits
	}
	if err := s.Close(); err != nil {
		return row, err
	}
	if cfg.Cold {
		if err := forget(path); err != nil {
			return row, err
		}
	}
	begun := time.Now()
	if s, err = store.Open(path, quiet); err != nil {
		return row, err
	}
	row.Open = time.Since(begun)
	return row, measure(ctx, s, &row, cfg.Reads)
}

// measure times each kind of access on a store that was just opened and read
// through once.
func measure(ctx context.Context, s *store.Store, row *Row, reads int) error {
	random := rand.New(rand.NewPCG(1, 2))
	var failed error
	var own time.Duration // what a page took without finding out how many there are
	timed := func(n int, f func() error) time.Duration {
		times := make([]time.Duration, n)
		for i := range times {
			own = 0
			begun := time.Now()
			if err := f(); err != nil {
				failed = err
			}
			if times[i] = time.Since(begun); own > 0 {
				times[i] = own
			}
		}
		slices.Sort(times)
		return times[n/2]
	}
	var pages []time.Duration
	page := func(f func() mango.RecordFilter, number func(total int) int) func() error {
		return func() error {
			filter := f()
			p := mango.Page{Number: 1, Size: 20}
			if number != nil {
				got, err := s.PageRecords(ctx, mango.System, filter, mango.Page{Number: 1, Size: 1})
				if err != nil {
					return err
				}
				p.Number = number(got.Total)
			}
			begun := time.Now()
			_, err := s.PageRecords(ctx, mango.System, filter, p)
			own = time.Since(begun)
			pages = append(pages, own)
			return err
		}
	}
	verified := true
	all := func() mango.RecordFilter { return mango.RecordFilter{} }
	mine := func() mango.RecordFilter {
		u := uint64(random.IntN(records.Users) + 1)
		return mango.RecordFilter{User: &u}
	}
	filtered := func() mango.RecordFilter {
		return mango.RecordFilter{Disease: records.Classes[random.IntN(len(records.Classes))], Verified: &verified, Kind: mango.Leaf}
	}
	deep := func(total int) int { return 1 + random.IntN(max(total/20, 1)) }
	// Once through everything: the page cache is as warm as it gets, and the
	// pages stand in the program's map, as after a day of service.
	if err := s.EachRecord(ctx, mango.System, mango.RecordFilter{}, func(*mango.Record) error { return nil }); err != nil {
		return err
	}
	point := func() error {
		_, err := s.Record(ctx, mango.System, uint64(random.IntN(row.Records)+1))
		return err
	}
	timed(reads, point)
	row.Point = timed(reads, point)
	row.History = timed(reads, page(mine, nil))
	row.Filtered = timed(reads, page(filtered, nil))
	row.Deep = timed(reads, page(all, deep))
	row.Search = timed(reads, page(func() mango.RecordFilter { return mango.RecordFilter{Search: "mold"} }, deep))
	row.Wide = timed(reads, page(func() mango.RecordFilter { return mango.RecordFilter{Kind: mango.Leaf} }, deep))
	slices.Sort(pages)
	row.P99, row.Pages = pages[len(pages)*99/100], len(pages)
	for _, p := range pages {
		if p > 5*time.Millisecond {
			row.Slow++
		}
	}
	row.Statistics = timed(reads/3, func() error { _, err := s.Statistics(ctx, mango.System); return err })
	row.Trend = timed(reads/3, func() error { _, err := s.Trend(ctx, mango.System, 90); return err })
	i := row.Records
	begun := time.Now()
	const lone = 50
	row.Lone = timed(lone, func() error {
		i++
		r := records.Sample(i)
		id, err := s.AddRecord(ctx, mango.System, r)
		_ = id
		return err
	})
	row.OneRate = lone / time.Since(begun).Seconds()
	row.FileBytes = s.Health().FileBytes
	return failed
}

// Table writes the rows with the ratio to the first one.
func Table(w io.Writer, rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	us := func(d time.Duration) string { return fmt.Sprintf("%.0f µs", float64(d.Nanoseconds())/1e3) }
	first := rows[0]
	_, err := fmt.Fprintln(w, "| records | insert/s together | insert/s alone | one insert | point read | history page | filtered page | deep page | search page | wide page | statistics | 90 days | 99 % of pages | over 5 ms | open | file | bytes a record |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	for _, r := range rows {
		if err != nil {
			return err
		}
		ratio := func(a, b time.Duration) string {
			if b == 0 {
				return us(a)
			}
			return fmt.Sprintf("%s (%.1f×)", us(a), float64(a)/float64(b))
		}
		_, err = fmt.Fprintf(w, "| %d | %.0f in %d commits | %.0f | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %d of %d | %s | %.1f MB | %d |\n", r.Records,
			r.InsertRate, r.Commits, r.OneRate, us(r.Lone), ratio(r.Point, first.Point), ratio(r.History, first.History),
			ratio(r.Filtered, first.Filtered), ratio(r.Deep, first.Deep), ratio(r.Search, first.Search), ratio(r.Wide, first.Wide), us(r.Statistics), us(r.Trend), us(r.P99), r.Slow, r.Pages, us(r.Open),
			float64(r.FileBytes)/1e6, r.FileBytes/int64(r.Records))
	}
	return err
}
