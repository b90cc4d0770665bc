package store_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// BenchmarkColdPage reads one page of the history of a database that is not in
// memory, of MANGOSENSE_BENCH_RECORDS records.
func BenchmarkColdPage(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv("MANGOSENSE_BENCH_RECORDS"))
	if err != nil {
		n = 20_000
	}
	path := filepath.Join(b.TempDir(), store.FileName)
	cfg := store.Config{Log: quiet(), FullCheck: -1}
	open := func() *store.Store {
		s, err := store.Open(path, cfg)
		if err != nil {
			b.Fatal(err)
		}
		return s
	}
	s := open()
	var all sync.WaitGroup
	for w := range 100 {
		all.Go(func() {
			for i := w; i < n; i += 100 {
				if _, err := s.AddRecord(ctx, mango.System, realistic(i)); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for name, f := range map[string]mango.RecordFilter{"every": {}, "leaves": {Kind: mango.Leaf}, "healthy": {Disease: "Healthy"}} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				file, err := os.Open(path)
				if err != nil {
					b.Fatal(err)
				}
				if err := unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
					b.Fatal(err)
				}
				_ = file.Close()
				s := open()
				b.StartTimer()
				if _, err := s.PageRecords(ctx, mango.System, f, mango.Page{Number: 1 + rand.IntN(n/160), Size: 20}); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}
