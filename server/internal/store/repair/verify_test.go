package repair_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/store/codec"
	"mangosense/server/internal/store/repair"
)

// TestVerifyBounds: what is just possible passes, and one more is damage.
func TestVerifyBounds(t *testing.T) {
	good := sound(t)
	for _, c := range []struct {
		name            string
		do              func(f *file)
		pages, branches bool // damage, as each verification sees it
	}{
		{"as long as it says", func(f *file) { f.b = f.b[:f.metas[0].High*page] }, false, false},
		{"a page shorter", func(f *file) { f.b = f.b[:(f.metas[0].High-1)*page] }, true, true},
		{"a child just behind", func(f *file) { le.PutUint64(f.page(f.branch[0])[header+8:], f.metas[0].High) }, true, true},
		{"a child that is a meta page", func(f *file) { le.PutUint64(f.page(f.branch[0])[header+8:], 1) }, true, true},
		{"a key of the leaf before", func(f *file) {
			b := f.page(f.branch[0])
			e := header + 16*3
			leaf := f.page(le.Uint64(b[e+8:]))
			k := leaf[header+le.Uint32(leaf[header+4:]):][:8]
			copy(k, codec.Key(codec.ID(k)-1))
		}, true, false},
	} {
		f := open(t, good)
		c.do(f)
		path := f.write()
		for what, got := range map[string]struct {
			err  error
			want bool
		}{"pages": {repair.Verify(ctx, path, nil), c.pages}, "branches": {errors.Join(repair.VerifyLength(path), repair.VerifyBranches(path)), c.branches}} {
			if errors.Is(got.err, codec.ErrDamaged) != got.want || got.err != nil && !got.want {
				t.Errorf("%s, %s: %v", c.name, what, got.err)
			}
		}
	}
}

// TestLooseRowsOfASmallBucket: of a bucket that lies in its parent's page all
// rows are found when nothing leads to that page, until the caller has enough.
func TestLooseRowsOfASmallBucket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "small.db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true, PageSize: page, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("settings"))
		for i := 1; i <= 3 && err == nil; i++ {
			err = b.Put(key(i), value(i))
		}
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f := &file{t: t, path: path, b: b}
	clear(f.b[:2*page])
	if got := read(t, f.write()); got.rows["settings"] != 3 || got.Loose < 3 {
		t.Errorf("%d rows, %d loose", got.rows["settings"], got.Loose)
	}
	enough := fmt.Errorf("enough")
	p, err := repair.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	rows := 0
	_, err = p.Rows(repair.Source{
		Buckets: []string{"settings"}, Kept: []string{"settings"},
		Sound: map[string]func(k, v []byte) error{"settings": func(k, v []byte) error { return codec.Verify(k, v, codec.TypeSetting) }},
		Row: func(string, []byte, []byte) error {
			if rows++; rows == 2 {
				return enough
			}
			return nil
		},
		Last: func(string, uint64) {},
	})
	if !errors.Is(err, enough) || rows != 2 {
		t.Errorf("after %d rows: %v", rows, err)
	}
}
