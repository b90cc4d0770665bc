package store

import (
	"encoding/binary"
	"os"
	"slices"
	"testing"

	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"mangosense/server/internal/store/codec"
	"mangosense/server/internal/store/repair"
)

const pageHeader = 16 // bytes of a page before its elements

// Ways to damage a file, for the tests of both packages.

// rewritePages gives every page of a tree to change and writes it back.
func rewritePages(t testing.TB, path string, change func(pg *repair.Page, root bool)) {
	t.Helper()
	p, err := repair.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	out, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	root := p.Metas()[0].Root
	for id := uint64(2); id < p.Pages; id++ {
		pg, err := p.Read(id)
		if err != nil || pg.Kind != repair.Leaf && pg.Kind != repair.Branch {
			continue
		}
		change(pg, id == root)
		if _, err := out.WriteAt(pg.Bytes, int64(id)*repair.PageSize); err != nil {
			t.Fatal(err)
		}
	}
}

// FlipValues turns one bit of every sealed value but the counts and the schema
// number, which all others hang on.
func FlipValues(t testing.TB, path string) {
	rewritePages(t, path, func(pg *repair.Page, _ bool) {
		if pg.Kind == repair.Leaf {
			flip(pg)
		}
	})
}

func flip(pg *repair.Page) {
	pairs, _ := pg.Pairs()
	for _, e := range pairs {
		switch {
		case e.Bucket && len(e.Value) > 16+pageHeader && e.Root() == 0:
			flip(e.Inline())
		case e.Bucket || len(e.Value) < codec.Overhead || slices.Contains([]codec.Type{codec.TypeTotals, codec.TypeSchema}, codec.Type(e.Value[0])) || codec.Type(e.Value[0]).Bucket() == "":
		default:
			e.Value[len(e.Value)/2] ^= 1
		}
	}
}

// FlipRecord turns one bit of one record.
func FlipRecord(t testing.TB, path string, id uint64) {
	rewritePages(t, path, func(pg *repair.Page, _ bool) {
		pairs, _ := pg.Pairs()
		for _, e := range pairs {
			if !e.Bucket && codec.ID(e.Key) == id && len(e.Value) > 0 && codec.Type(e.Value[0]) == codec.TypeRecord {
				e.Value[len(e.Value)/2] ^= 1
			}
		}
	})
}

// FlipReplies turns one bit of every remembered answer.
func FlipReplies(t testing.TB, path string) {
	rewritePages(t, path, func(pg *repair.Page, _ bool) {
		pairs, _ := pg.Pairs()
		for _, e := range pairs {
			if e.Bucket && string(e.Key) == string(bucketReplies) && e.Root() == 0 {
				flip(e.Inline())
			} else if !e.Bucket && len(e.Value) > 0 && codec.Type(e.Value[0]) == codec.TypeReply {
				e.Value[len(e.Value)/2] ^= 1
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
	rewritePages(t, path, func(pg *repair.Page, _ bool) {
		pairs, _ := pg.Pairs()
		for _, e := range pairs {
			if e.Bucket && string(e.Key) == string(bucketMeta) && e.Root() == 0 {
				inside, _ := e.Inline().Pairs()
				for _, v := range inside {
					if string(v.Key) == string(keyTotals) {
						v.Value[len(v.Value)/2] ^= 1
					}
				}
			}
		}
	})
}

// UnknownPages makes every page below the root one that bbolt does not know.
func UnknownPages(t testing.TB, path string) {
	rewritePages(t, path, func(pg *repair.Page, root bool) {
		if !root {
			binary.LittleEndian.PutUint16(pg.Bytes[8:], 0)
		}
	})
}

// WildPages lets every element below the root lie gigabytes away.
func WildPages(t testing.TB, path string) {
	rewritePages(t, path, func(pg *repair.Page, root bool) {
		for i := range pg.N {
			if at := pageHeader + i*16; !root && pg.Kind == repair.Leaf {
				binary.LittleEndian.PutUint32(pg.Bytes[at+4:], 0xFFFF_FF00)
			} else if !root {
				binary.LittleEndian.PutUint64(pg.Bytes[at+8:], 1<<40)
			}
		}
	})
}

// FarPages lets every page below the root name children whose address is none of
// the program's, and lets buckets begin there.
func FarPages(t testing.TB, path string) {
	rewritePages(t, path, func(pg *repair.Page, root bool) {
		if !root && pg.Kind == repair.Branch {
			for i := range pg.N {
				binary.LittleEndian.PutUint64(pg.Bytes[pageHeader+i*16+8:], 1<<32+uint64(i)<<30)
			}
		}
		if pairs, _ := pg.Pairs(); root && pg.Kind == repair.Leaf {
			for _, e := range pairs {
				if e.Bucket && e.Root() != 0 {
					binary.LittleEndian.PutUint64(e.Value, 1<<33)
				}
			}
		}
	})
}

// EmptyRoot leaves no bucket.
func EmptyRoot(t testing.TB, path string) {
	rewritePages(t, path, func(pg *repair.Page, root bool) {
		if root {
			binary.LittleEndian.PutUint16(pg.Bytes[10:], 0)
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
	if _, err := f.WriteAt(make([]byte, 2*repair.PageSize), 0); err != nil {
		t.Fatal(err)
	}
}

// Unreadable has the system refuse every mapped page but the two meta pages, as
// a card does that fails.
func Unreadable(t testing.TB, s *Store) {
	t.Helper()
	if err := s.db.View(func(tx *bbolt.Tx) error {
		_, _, err := unix.Syscall(unix.SYS_MPROTECT, tx.DB().Info().Data+2*repair.PageSize, uintptr(tx.Size()-2*repair.PageSize), unix.PROT_NONE)
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
	if err := os.Truncate(path, 2*repair.PageSize); err != nil {
		t.Fatal(err)
	}
}
