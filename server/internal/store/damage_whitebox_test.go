package store

import (
	"encoding/binary"
	"os"
	"slices"
	"testing"

	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"mangosense/server/internal/store/codec"
)

// Ways to damage a file, for the tests of both packages.

// rewritePages gives every page of a tree to change and writes it back.
func rewritePages(t testing.TB, path string, change func(pg *page, root bool)) {
	t.Helper()
	p, err := openPages(path)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	out, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	root := p.metas()[0].root
	for id := uint64(2); id < p.n; id++ {
		pg, err := p.read(id)
		if err != nil || pg.kind != leafPage && pg.kind != branchPage {
			continue
		}
		change(pg, id == root)
		if _, err := out.WriteAt(pg.b, int64(id)*pageSize); err != nil {
			t.Fatal(err)
		}
	}
}

// FlipValues turns one bit of every sealed value but the counts and the schema
// number, which all others hang on.
func FlipValues(t testing.TB, path string) {
	rewritePages(t, path, func(pg *page, _ bool) {
		if pg.kind == leafPage {
			flip(pg)
		}
	})
}

func flip(pg *page) {
	pairs, _ := pg.pairs()
	for _, e := range pairs {
		switch {
		case e.bucket && len(e.value) > 16+pageHeader && id64le(e.value) == 0:
			flip(inline(e.value))
		case e.bucket || len(e.value) < codec.Overhead || slices.Contains([]codec.Type{codec.TypeTotals, codec.TypeSchema}, codec.Type(e.value[0])) || codec.Type(e.value[0]).Bucket() == "":
		default:
			e.value[len(e.value)/2] ^= 1
		}
	}
}

// FlipRecord turns one bit of one record.
func FlipRecord(t testing.TB, path string, id uint64) {
	rewritePages(t, path, func(pg *page, _ bool) {
		pairs, _ := pg.pairs()
		for _, e := range pairs {
			if !e.bucket && codec.ID(e.key) == id && len(e.value) > 0 && codec.Type(e.value[0]) == codec.TypeRecord {
				e.value[len(e.value)/2] ^= 1
			}
		}
	})
}

// FlipReplies turns one bit of every remembered answer.
func FlipReplies(t testing.TB, path string) {
	rewritePages(t, path, func(pg *page, _ bool) {
		pairs, _ := pg.pairs()
		for _, e := range pairs {
			if e.bucket && string(e.key) == string(bucketReplies) && id64le(e.value) == 0 {
				flip(inline(e.value))
			} else if !e.bucket && len(e.value) > 0 && codec.Type(e.value[0]) == codec.TypeReply {
				e.value[len(e.value)/2] ^= 1
			}
		}
	})
}

// MakeNewer turns a closed file into one of a newer program.
func MakeNewer(t testing.TB, path string) {
	t.Helper()
	db, err := openDatabase(path, Config{}.withDefaults().options(false))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bbolt.Tx) error { return writeSchema(tx, schema+1) }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// FlipTotals turns one bit of the counts.
func FlipTotals(t testing.TB, path string) {
	rewritePages(t, path, func(pg *page, _ bool) {
		pairs, _ := pg.pairs()
		for _, e := range pairs {
			if e.bucket && string(e.key) == string(bucketMeta) && id64le(e.value) == 0 {
				inside, _ := inline(e.value).pairs()
				for _, v := range inside {
					if string(v.key) == string(keyTotals) {
						v.value[len(v.value)/2] ^= 1
					}
				}
			}
		}
	})
}

// UnknownPages makes every page below the root one that bbolt does not know.
func UnknownPages(t testing.TB, path string) {
	rewritePages(t, path, func(pg *page, root bool) {
		if !root {
			binary.LittleEndian.PutUint16(pg.b[8:], 0)
		}
	})
}

// WildPages lets every element below the root lie gigabytes away.
func WildPages(t testing.TB, path string) {
	rewritePages(t, path, func(pg *page, root bool) {
		for i := range pg.n {
			if at := pageHeader + i*16; !root && pg.kind == leafPage {
				binary.LittleEndian.PutUint32(pg.b[at+4:], 0xFFFF_FF00)
			} else if !root {
				binary.LittleEndian.PutUint64(pg.b[at+8:], 1<<40)
			}
		}
	})
}

// FarPages lets every page below the root name children whose address is none of
// the program's, and lets buckets begin there.
func FarPages(t testing.TB, path string) {
	rewritePages(t, path, func(pg *page, root bool) {
		if !root && pg.kind == branchPage {
			for i := range pg.n {
				binary.LittleEndian.PutUint64(pg.b[pageHeader+i*16+8:], 1<<32+uint64(i)<<30)
			}
		}
		if pairs, _ := pg.pairs(); root && pg.kind == leafPage {
			for _, e := range pairs {
				if e.bucket && id64le(e.value) != 0 {
					binary.LittleEndian.PutUint64(e.value, 1<<33)
				}
			}
		}
	})
}

// EmptyRoot leaves no bucket.
func EmptyRoot(t testing.TB, path string) {
	rewritePages(t, path, func(pg *page, root bool) {
		if root {
			binary.LittleEndian.PutUint16(pg.b[10:], 0)
		}
	})
}

// NoMeta overwrites both meta pages.
func NoMeta(t testing.TB, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(make([]byte, 2*pageSize), 0); err != nil {
		t.Fatal(err)
	}
}

// Unreadable has the system refuse every mapped page but the two meta pages, as
// a card does that fails.
func Unreadable(t testing.TB, s *Store) {
	t.Helper()
	if err := s.db.View(func(tx *bbolt.Tx) error {
		_, _, err := unix.Syscall(unix.SYS_MPROTECT, tx.DB().Info().Data+2*pageSize, uintptr(tx.Size()-2*pageSize), unix.PROT_NONE)
		if err != 0 {
			return err
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// CutShort ends the file behind the two meta pages: what is mapped behind it is
// a bus error.
func CutShort(t testing.TB, path string) {
	t.Helper()
	if err := os.Truncate(path, 2*pageSize); err != nil {
		t.Fatal(err)
	}
}
