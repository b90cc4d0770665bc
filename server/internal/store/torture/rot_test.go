package torture_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/media"
	"mangosense/server/internal/store"
)

// TestRottenFiles damages a database in random ways and lets the store mend it:
// it must not end the program, must work afterwards and pass its check, and must
// not hold a record that never was.
func TestRottenFiles(t *testing.T) {
	rounds := 12
	if full() {
		rounds = 600
	}
	dir := t.TempDir()
	records, deleted := map[uint64]*mango.Record{}, map[uint64]*mango.Record{}
	good := commitOne(t, dir, func(s *store.Store, room *media.Room) {
		for n := range uint64(250) {
			r, err := save(s, room, n)
			if err != nil {
				t.Fatal(err)
			}
			records[r.ID] = r
		}
		if err := s.DeleteRecords(ctx, mango.System, []uint64{3, 4, 5, 100}); err != nil {
			t.Fatal(err)
		}
		for _, id := range []uint64{3, 4, 5, 100} {
			deleted[id] = records[id]
			delete(records, id)
		}
		// The older meta page knows of the deletion too, then.
		r, err := save(s, room, 1000)
		if err != nil {
			t.Fatal(err)
		}
		records[r.ID] = r
	})
	random := rand.New(rand.NewPCG(8, 15))
	kept, back := 0, 0
	for round := range rounds {
		file := append([]byte(nil), good...)
		how := rot(random, file)
		path := filepath.Join(t.TempDir(), store.FileName)
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+".lock", []byte("in use\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(path, store.Config{Log: quiet(), SelfRepair: true, MapBytes: 1 << 26})
		if err != nil {
			t.Fatalf("round %d, %s: %v", round, how, err)
		}
		if err := s.Check(ctx, nil); err != nil {
			t.Errorf("round %d, %s: %v", round, how, err)
		}
		if err := s.EachRecord(ctx, mango.System, mango.RecordFilter{}, func(r *mango.Record) error {
			want := records[r.ID]
			if want == nil && deleted[r.ID] != nil {
				// Where both the tree and the list of free pages are gone, an
				// old page cannot be told from one in use: better twice than
				// never.
				back++
				want = deleted[r.ID]
			}
			if want == nil {
				return fmt.Errorf("record %d was never stored", r.ID)
			}
			if !reflect.DeepEqual(r, want) {
				return fmt.Errorf("record %d changed", r.ID)
			}
			kept++
			return nil
		}); err != nil {
			t.Errorf("round %d, %s: %v", round, how, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d files: %d of %d records kept, %d deleted ones came back", rounds, kept-back, rounds*len(records), back)
	if back > rounds/5 {
		t.Errorf("too many deleted records came back")
	}
}

// rot damages a file in one of the ways that cards do.
func rot(random *rand.Rand, file []byte) string {
	at := func() int { return random.IntN(len(file)/page) * page }
	switch random.IntN(5) {
	case 0:
		n := 1 + random.IntN(200)
		for range n {
			file[random.IntN(len(file))] ^= 1 << random.IntN(8)
		}
		return fmt.Sprintf("%d bits", n)
	case 1:
		n := 1 + random.IntN(20)
		for range n {
			p := at()
			clear(file[p : p+page])
		}
		return fmt.Sprintf("%d pages of zeros", n)
	case 2:
		n := 1 + random.IntN(20)
		for range n {
			p := at()
			for i := p; i < p+page; i++ {
				file[i] = byte(random.Uint32())
			}
		}
		return fmt.Sprintf("%d pages of noise", n)
	case 3:
		n := 1 + random.IntN(20)
		for range n { // a page in another's place
			copy(file[at():], file[at():][:page])
		}
		return fmt.Sprintf("%d pages misplaced", n)
	default:
		n := 1 + random.IntN(20)
		for range n { // headers and element tables, where it hurts
			p := at()
			for range 4 {
				file[p+random.IntN(64)] = byte(random.Uint32())
			}
		}
		return fmt.Sprintf("%d damaged headers", n)
	}
}
