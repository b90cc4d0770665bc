package repair_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/store/codec"
	"mangosense/server/internal/store/repair"
)

const (
	page    = repair.PageSize
	header  = 16
	records = 2000
)

var ctx = context.Background()

// key and value are a sound row of the file: its digits three times and more.
func key(i int) []byte   { return codec.Key(uint64(i)) }
func value(i int) []byte { return codec.EncodeSetting(key(i), fmt.Sprintf("%0100d", i)) }

// sound makes a file with a large bucket, whose type room codec calls settings,
// and a small one.
func sound(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sound.db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true, PageSize: page, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		t.Fatal(err)
	}
	for from := 1; from <= records; from += 500 {
		if err := db.Update(func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists([]byte("settings"))
			if err != nil {
				return err
			}
			for i := from; i < from+500; i++ {
				if err := b.Put(key(i), value(i)); err != nil {
					return err
				}
			}
			small, err := tx.CreateBucketIfNotExists([]byte("small"))
			if err != nil {
				return err
			}
			return errors.Join(small.Put([]byte("k"), []byte("v")), small.SetSequence(77), b.SetSequence(records))
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// found is what a reading gave.
type found struct {
	repair.Loss
	rows map[string]int
	last map[string]uint64
}

func read(t testing.TB, path string) (out found) {
	t.Helper()
	f, err := repair.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out = found{rows: map[string]int{}, last: map[string]uint64{}}
	seen := map[string]bool{}
	out.Loss, err = f.Rows(repair.Source{
		Buckets: []string{"settings", "small", "absent"}, Kept: []string{"settings", "small", "absent"}, Optional: map[string]bool{"absent": true},
		Sound: map[string]func(k, v []byte) error{"settings": func(k, v []byte) error { return codec.Verify(k, v, codec.TypeSetting) }},
		Row: func(bucket string, k, v []byte) error {
			if bucket == "settings" && !bytes.Equal(v, value(int(codec.ID(k)))) {
				t.Errorf("row %x was never stored", k)
			}
			if !seen[bucket+string(k)] {
				out.rows[bucket]++
			}
			seen[bucket+string(k)] = true
			return nil
		},
		Last: func(bucket string, id uint64) { out.last[bucket] = id },
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// file is a copy of a sound one with its pages by kind.
type file struct {
	t              testing.TB
	path           string
	b              []byte
	metas          []repair.Meta
	root           uint64
	branch, leaves []uint64
	free           uint64
}

func open(t testing.TB, from string) *file {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	f := &file{t: t, path: filepath.Join(t.TempDir(), "damaged.db"), b: b}
	p, err := repair.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	f.metas = p.Metas()
	f.root = f.metas[0].Root
	free, ok := p.Free(f.metas[0])
	if !ok {
		t.Fatal("the list of free pages cannot be read")
	}
	for id := uint64(2); id < p.Pages; id++ {
		pg, err := p.Read(id)
		switch {
		case err != nil || free[id] || id == f.root:
		case pg.Kind == repair.Branch:
			f.branch = append(f.branch, id)
		case pg.Kind == repair.Leaf:
			f.leaves = append(f.leaves, id)
		}
		if free[id] {
			f.free = id
		}
	}
	if len(f.branch) == 0 || len(f.leaves) < 20 || f.free == 0 {
		t.Fatalf("%d branches, %d leaves, free page %d", len(f.branch), len(f.leaves), f.free)
	}
	return f
}

func (f *file) page(id uint64) []byte { return f.b[id*page:][:page] }

func (f *file) write() string {
	f.t.Helper()
	if err := os.WriteFile(f.path, f.b, 0o600); err != nil {
		f.t.Fatal(err)
	}
	return f.path
}

var le = binary.LittleEndian

// meta changes the newest meta page and seals it again.
func (f *file) meta(change func(m []byte)) {
	for id := range uint64(2) {
		m, _ := repair.ParseMeta(f.page(id))
		if m != f.metas[0] {
			continue
		}
		b := f.page(id)[header:]
		change(b)
		h := fnv.New64a()
		_, _ = h.Write(b[:56])
		le.PutUint64(b[56:], h.Sum64())
	}
}

// damages, and what a reading of the file gives then. Rows of 2000 and the small
// bucket's; negative: any number below all.
var damages = map[string]struct {
	do    func(f *file)
	rows  int
	small bool
	loose bool // some were found in pages that nothing leads to
	full  bool // only VerifyBranches does not see it, as it reads no leaf
}{
	"a leaf of zeros": {func(f *file) { clear(f.page(f.leaves[3])) }, -1, true, false, true},
	"a flipped value": {func(f *file) {
		b := f.page(f.leaves[3])
		b[header+le.Uint32(b[header+4:])+le.Uint32(b[header+8:])+50] ^= 1
	}, records - 1, true, false, true},
	"a branch of zeros":        {func(f *file) { clear(f.page(f.branch[0])) }, records, true, true, false},
	"a root of zeros":          {func(f *file) { clear(f.page(f.root)) }, records, true, true, false},
	"no meta page":             {func(f *file) { clear(f.b[:2*page]) }, records, false, true, false},
	"a page under another id":  {func(f *file) { le.PutUint64(f.page(f.leaves[3]), 99) }, -1, true, false, true},
	"an overflow behind":       {func(f *file) { le.PutUint32(f.page(f.leaves[3])[12:], 1<<30) }, -1, true, false, true},
	"an element behind":        {func(f *file) { le.PutUint32(f.page(f.leaves[3])[header+4:], 1<<31) }, records - 1, true, false, true},
	"more elements than fit":   {func(f *file) { le.PutUint16(f.page(f.leaves[3])[10:], 0xFFF0) }, records, true, false, true},
	"a leaf of no kind":        {func(f *file) { le.PutUint16(f.page(f.leaves[3])[8:], 0x40) }, -1, true, false, true},
	"a branch of no kind":      {func(f *file) { le.PutUint16(f.page(f.branch[0])[8:], 0x40) }, records, true, true, true},
	"a branch without a child": {func(f *file) { le.PutUint16(f.page(f.branch[0])[10:], 0) }, records, true, true, false},
	"a child behind":           {func(f *file) { le.PutUint64(f.page(f.branch[0])[header+8:], 1<<40) }, records, true, true, false},
	"a circle":                 {func(f *file) { le.PutUint64(f.page(f.branch[0])[header+8:], f.branch[0]) }, records, true, true, false},
	"a root that leads to itself": {func(f *file) {
		b := f.page(f.root) // three children, all of them the page itself
		le.PutUint16(b[8:], uint16(repair.Branch))
		le.PutUint16(b[10:], 3)
		for i := range 3 {
			e := b[header+16*i:]
			le.PutUint32(e, uint32(100+i-16*i))
			le.PutUint32(e[4:], 1)
			le.PutUint64(e[8:], f.root)
		}
	}, records, true, true, false},
	"a free page in use": {func(f *file) {
		b := f.page(f.metas[0].FreeList)
		le.PutUint64(b[header:], f.leaves[3])
	}, records, true, false, true},
	"a huge list of free pages": {func(f *file) {
		b := f.page(f.metas[0].FreeList)
		le.PutUint16(b[10:], 0xFFFF)
		le.PutUint64(b[header:], 1<<61) // times 8 it is 0
	}, records, true, false, true},
	"no list of free pages": {func(f *file) { clear(f.page(f.metas[0].FreeList)) }, records, true, false, true},
}

func TestDamagedFiles(t *testing.T) {
	good := sound(t)
	if err := errors.Join(repair.Verify(ctx, good, nil), repair.VerifyLength(good), repair.VerifyBranches(good)); err != nil {
		t.Fatalf("a sound file: %v", err)
	}
	got := read(t, good)
	if got.rows["settings"] != records || got.rows["small"] != 1 || len(got.Spans) != 0 || got.Pages+got.Values+got.Loose != 0 || got.last["small"] != 77 || got.last["settings"] != records {
		t.Fatalf("a sound file: %+v", got)
	}
	for name, c := range damages {
		f := open(t, good)
		c.do(f)
		path := f.write()
		flipped := name == "a flipped value" // the page itself is whole
		if err := repair.Verify(ctx, path, nil); !flipped && !errors.Is(err, codec.ErrDamaged) || flipped && err != nil {
			t.Errorf("%s: verify: %v", name, err)
		}
		if err := repair.VerifyBranches(path); c.full && err != nil || !c.full && !errors.Is(err, codec.ErrDamaged) {
			t.Errorf("%s: verify branches: %v", name, err)
		}
		got := read(t, path)
		n := got.rows["settings"]
		if c.rows >= 0 && n != c.rows || c.rows < 0 && (n >= records || n < records-100) || (got.rows["small"] == 1) != c.small || (got.Loose > 0) != c.loose {
			t.Errorf("%s: %d rows, small %d, %d loose, %d pages, %d values, %v", name, n, got.rows["small"], got.Loose, got.Pages, got.Values, got.Faults)
		}
		if n < records && len(got.Spans["settings"]) == 0 {
			t.Errorf("%s: rows are missing and no keys are named", name)
		}
		for i := 1; i <= records && n == records-1; i++ { // the one that is named
			if s := got.Spans["settings"]; len(s) == 1 && s[0].Holds(key(i)) && !slices.ContainsFunc(s, func(s repair.Span) bool { return s.To != nil }) {
				t.Errorf("%s: all keys are missing for one row", name)
				break
			}
		}
	}
}

// A state that says to have more pages than the file, or to begin nowhere.
func TestMetasThatCannotBe(t *testing.T) {
	good := sound(t)
	for name, c := range map[string]struct {
		change func(m []byte)
		length bool // the length alone says so
	}{
		"too many pages": {func(m []byte) { le.PutUint64(m[40:], 1<<40) }, true},
		"a root behind":  {func(m []byte) { le.PutUint64(m[16:], 1<<40) }, false},
		"root page 0":    {func(m []byte) { le.PutUint64(m[16:], 0) }, false},
	} {
		f := open(t, good)
		f.meta(c.change)
		path := f.write()
		if err := repair.Verify(ctx, path, nil); !errors.Is(err, codec.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if err := repair.VerifyLength(path); errors.Is(err, codec.ErrDamaged) != c.length {
			t.Errorf("%s: length: %v", name, err)
		}
		if got := read(t, path); got.rows["settings"] < records-500 { // what the last transaction brought may be in free pages
			t.Errorf("%s: %d rows, %v", name, got.rows["settings"], got.Faults)
		}
	}
	f := open(t, good)
	b := f.page(0)
	for i := range 80 {
		b[i] ^= 1
		_, ok := repair.ParseMeta(b)
		if inside := i >= header; ok == inside {
			t.Errorf("a meta page with byte %d flipped is valid: %v", i, ok)
		}
		b[i] ^= 1
	}
	for _, size := range []int64{0, 1, page, 3 * page} {
		if err := os.WriteFile(f.path, f.b[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		if err := repair.Verify(ctx, f.path, nil); !errors.Is(err, codec.ErrDamaged) {
			t.Errorf("%d bytes: %v", size, err)
		}
		if got := read(t, f.path); len(got.rows) != 0 || len(got.Spans) != 3 || got.Pages == 0 {
			t.Errorf("%d bytes: %+v", size, got)
		}
	}
	if _, err := repair.Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// The state of an open transaction is verified while others write, until two of
// them are through.
func TestVerifySnapshot(t *testing.T) {
	path := sound(t)
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin(false)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	for commits, want := range []error{nil, nil, repair.ErrOvertaken} {
		if err := repair.VerifySnapshot(ctx, path, uint64(tx.ID()), nil); !errors.Is(err, want) || (want == nil) != (err == nil) {
			t.Errorf("after %d commits: %v, want %v", commits, err, want)
		}
		if err := db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("settings")).Put(key(commits+1), value(commits+1)) }); err != nil {
			t.Fatal(err)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := repair.Verify(ended, path, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	var done, total int64
	if err := repair.Verify(ctx, path, func(d, n int64) { done, total = max(done, d), n }); err != nil || done == 0 || done > total {
		t.Errorf("progress %d of %d, %v", done, total, err)
	}
}

// An error of whoever takes the rows ends the reading and is its error.
func TestRowsEndsAtAnError(t *testing.T) {
	full := errors.New("the disk is full")
	for name, damage := range map[string]func(f *file){"in the tree": func(*file) {}, "in a loose page": func(f *file) { clear(f.page(f.branch[0])) }} {
		f := open(t, sound(t))
		damage(f)
		p, err := repair.Open(f.write())
		if err != nil {
			t.Fatal(err)
		}
		calls := 0
		_, err = p.Rows(repair.Source{Buckets: []string{"settings", "small"}, Kept: []string{"settings"},
			Sound: map[string]func(k, v []byte) error{"settings": func(k, v []byte) error { return codec.Verify(k, v, codec.TypeSetting) }},
			Row:   func(string, []byte, []byte) error { calls++; return full }, Last: func(string, uint64) {}})
		if !errors.Is(err, full) || calls != 1 {
			t.Errorf("%s: %v after %d calls", name, err, calls)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Whatever happens to a file, reading it ends, does not panic, and gives no row
// that was never stored.
func TestRottenPages(t *testing.T) {
	good := sound(t)
	random := rand.New(rand.NewPCG(8, 15))
	for range 60 {
		f := open(t, good)
		for range 1 + random.IntN(40) {
			switch at := random.IntN(len(f.b)/page) * page; random.IntN(4) {
			case 0:
				f.b[random.IntN(len(f.b))] ^= 1 << random.IntN(8)
			case 1:
				clear(f.b[at:][:page])
			case 2:
				copy(f.b[at:], f.b[random.IntN(len(f.b)/page)*page:][:page])
			default:
				for range 4 {
					f.b[at+random.IntN(64)] = byte(random.Uint32())
				}
			}
		}
		path := f.write()
		_ = repair.Verify(ctx, path, nil)
		_ = repair.VerifyBranches(path)
		_ = repair.VerifyLength(path)
		read(t, path)
	}
}
