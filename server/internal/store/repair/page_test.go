package repair_test

import (
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mangosense/server/internal/store/repair"
)

// element writes a page's i-th element: of a branch flags is the position.
func element(b []byte, i int, words ...uint32) {
	for k, w := range words {
		le.PutUint32(b[header+16*i+4*k:], w)
	}
}

// TestElements: what just lies on a page is read, and a byte beyond is damage;
// what is whole beside it is given all the same.
func TestElements(t *testing.T) {
	const size = header + 2*16 + 10
	branch := func(pos, n uint32) *repair.Page {
		b := make([]byte, size)
		element(b, 0, 32, 3, 7)
		element(b, 1, pos, n, 9)
		copy(b[header+32:], "abcdefghij")
		return &repair.Page{Kind: repair.Branch, N: 2, Bytes: b}
	}
	leaf := func(pos, k, v uint32) *repair.Page {
		b := make([]byte, size)
		element(b, 0, 0, 32, 2, 1)
		element(b, 1, 1, pos, k, v)
		copy(b[header+32:], "abcdefghij")
		return &repair.Page{Kind: repair.Leaf, N: 2, Bytes: b}
	}
	more := func(p *repair.Page) *repair.Page { p.N++; return p }
	short := func(p *repair.Page, n int) *repair.Page { p.Bytes = p.Bytes[:n]; return p }
	for _, c := range []struct {
		name string
		page *repair.Page
		want string // of the elements that are given
		err  string
	}{
		{"branch, to the end", branch(19, 7), "abc:7 defghij:9 ", ""},
		{"branch, a byte beyond", branch(19, 8), "abc:7 ", "damaged element 1"},
		{"branch, an empty key at the end", branch(26, 0), "abc:7 :9 ", ""},
		{"branch, a position beyond", branch(27, 0), "abc:7 ", "damaged element 1"},
		{"branch, a position beyond all", branch(1<<31, 1<<31), "abc:7 ", "damaged element 1"},
		{"branch, cut in an element", short(branch(0, 0), header+31), "", "damaged element 0"},
		{"branch, cut after the elements", short(branch(0, 0), header+35), "abc:7 :9 ", ""},
		{"branch, more elements than fit", more(branch(19, 7)), "abc:7 defghij:9 ", "cut short"},
		{"leaf, more elements than fit", more(leaf(18, 3, 5)), "ab=c cde=fghij! ", "cut short"},
		{"leaf, to the end", leaf(18, 3, 5), "ab=c cde=fghij! ", ""},
		{"leaf, a byte beyond", leaf(18, 3, 6), "ab=c ", "damaged element 1"},
		{"leaf, no key", leaf(18, 0, 3), "ab=c ", "damaged element 1"},
		{"leaf, no value", leaf(18, 3, 0), "ab=c cde=! ", ""},
		{"leaf, a position beyond all", leaf(1<<31, 1, 1), "ab=c ", "damaged element 1"},
		{"leaf, cut in an element", short(leaf(0, 1, 0), header+31), "", "cut short"},
		{"leaf, cut after the elements", short(leaf(0, 1, 1), header+35), "ab=c \x01=\x00! ", ""},
	} {
		var got strings.Builder
		var err error
		if c.page.Kind == repair.Branch {
			var kids []repair.Child
			kids, err = c.page.Children()
			for _, k := range kids {
				got.WriteString(string(k.Key) + ":" + string(rune('0'+k.ID)) + " ")
			}
		} else {
			var pairs []repair.Pair
			pairs, err = c.page.Pairs()
			for _, p := range pairs {
				got.WriteString(string(p.Key) + "=" + string(p.Value) + map[bool]string{true: "! ", false: " "}[p.Bucket])
			}
		}
		if got.String() != c.want || (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %q, %v; want %q, %q", c.name, got.String(), err, c.want, c.err)
		}
	}
}

// TestInline: the page in a small bucket's value, and where there is none.
func TestInline(t *testing.T) {
	value := func(n int, root uint64) []byte {
		b := make([]byte, n)
		le.PutUint64(b, root)
		le.PutUint64(b[8:], 77)
		if n >= 16+header {
			le.PutUint16(b[16+8:], uint16(repair.Leaf))
			le.PutUint16(b[16+10:], 3)
		}
		return b
	}
	for _, c := range []struct {
		name string
		pair repair.Pair
		want int // elements
	}{
		{"the shortest", repair.Pair{Bucket: true, Value: value(32, 0)}, 3},
		{"longer", repair.Pair{Bucket: true, Value: value(50, 0)}, 3},
		{"a byte too short", repair.Pair{Bucket: true, Value: value(31, 0)}, 0},
		{"elsewhere", repair.Pair{Bucket: true, Value: value(32, 4)}, 0},
		{"no bucket", repair.Pair{Value: value(32, 0)}, 0},
		{"a bucket's value cut", repair.Pair{Bucket: true, Value: value(32, 0)[:15]}, 0},
	} {
		pg := c.pair.Inline()
		if pg.N != c.want || c.want > 0 && (pg.Kind != repair.Leaf || len(pg.Bytes) != len(c.pair.Value)-16 || c.pair.Sequence() != 77) {
			t.Errorf("%s: %d elements of %d bytes", c.name, pg.N, len(pg.Bytes))
		}
	}
}

// TestReadBounds: which pages of a file of six can be read, by what their
// headers say.
func TestReadBounds(t *testing.T) {
	const pages = 6
	for _, c := range []struct {
		name     string
		id       uint64
		says     uint64 // the header's id
		overflow uint32
		good     bool
	}{
		{"a meta page", 1, 1, 0, false},
		{"the first", 2, 2, 0, true},
		{"the last", pages - 1, pages - 1, 0, true},
		{"behind the last", pages, pages, 0, false},
		{"another's id", 3, 4, 0, false},
		{"overflow to the end", 3, 3, 2, true},
		{"overflow behind the end", 3, 3, 3, false},
		{"overflow beyond all", 3, 3, 1<<32 - 1, false},
	} {
		b := make([]byte, (pages+1)*page)[:pages*page]
		at := b[:pages*page+page][c.id*page:]
		le.PutUint64(at, c.says)
		le.PutUint32(at[12:], c.overflow)
		path := filepath.Join(t.TempDir(), "file.db")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := repair.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		pg, err := f.Read(c.id)
		if (err == nil) != c.good || err == nil && len(pg.Bytes) != int(c.overflow+1)*page {
			t.Errorf("%s: %v", c.name, err)
		}
		_ = f.Close()
	}
}

// TestNewestMeta: of two meta pages the newer one comes first, of two alike the
// first in the file; one that is damaged is left out.
func TestNewestMeta(t *testing.T) {
	for _, c := range []struct {
		name     string
		tx, root [2]uint64
		damaged  int // 1, 2: which; 0: none
		want     []uint64
	}{
		{"the first is newer", [2]uint64{8, 7}, [2]uint64{10, 11}, 0, []uint64{10, 11}},
		{"the second is newer", [2]uint64{7, 8}, [2]uint64{10, 11}, 0, []uint64{11, 10}},
		{"both alike", [2]uint64{7, 7}, [2]uint64{10, 11}, 0, []uint64{10, 11}},
		{"the first is damaged", [2]uint64{8, 7}, [2]uint64{10, 11}, 1, []uint64{11}},
		{"the second is damaged", [2]uint64{7, 8}, [2]uint64{10, 11}, 2, []uint64{10}},
	} {
		b := make([]byte, 4*page)
		for i := range 2 {
			m := b[i*page+header:]
			le.PutUint32(m, 0xED0CDAED)
			le.PutUint32(m[4:], 2)
			le.PutUint64(m[16:], c.root[i])
			le.PutUint64(m[48:], c.tx[i])
			h := fnv.New64a()
			_, _ = h.Write(m[:56])
			le.PutUint64(m[56:], h.Sum64())
			if c.damaged == i+1 {
				m[56] ^= 1
			}
		}
		path := filepath.Join(t.TempDir(), "file.db")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := repair.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		var got []uint64
		for _, m := range f.Metas() {
			got = append(got, m.Root)
		}
		_ = f.Close()
		if len(got) != len(c.want) || got[0] != c.want[0] || len(got) > 1 && got[1] != c.want[1] {
			t.Errorf("%s: roots %d, want %d", c.name, got, c.want)
		}
	}
}

// TestFreeList: a list that just fits its page is read, and one entry more is
// damage; a long one names its number apart.
func TestFreeList(t *testing.T) {
	const most = (page - header) / 8
	for _, c := range []struct {
		name  string
		n     uint16
		first uint64
		good  bool
		pages int
	}{
		{"none", 0, 0, true, 0},
		{"three", 3, 5, true, 1},
		{"as many as fit", most, 5, true, 1},
		{"one more", most + 1, 5, false, 0},
		{"numbered apart", 0xFFFF, 2, true, 1},
		{"numbered apart, as many as fit", 0xFFFF, most - 1, true, 1},
		{"numbered apart, one more", 0xFFFF, most, false, 0},
		{"numbered apart, below none", 0xFFFF, 1<<64 - 1, false, 0},
	} {
		b := make([]byte, 4*page)
		at := b[2*page:]
		le.PutUint64(at, 2)
		le.PutUint16(at[8:], 0x10)
		le.PutUint16(at[10:], c.n)
		for i := range most { // all name one page
			le.PutUint64(at[header+8*i:], 5)
		}
		le.PutUint64(at[header:], c.first)
		path := filepath.Join(t.TempDir(), "file.db")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := repair.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		free, ok := f.Free(repair.Meta{FreeList: 2})
		if ok != c.good || ok && (len(free) != c.pages || c.pages > 0 && !free[5]) {
			t.Errorf("%s: %v, %v", c.name, free, ok)
		}
		if _, ok := f.Free(repair.Meta{FreeList: ^uint64(0)}); ok {
			t.Error("a file without a list has one")
		}
		_ = f.Close()
	}
}
