package store_test

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// world is the plain-map model of a store.
type world struct {
	records       map[uint64]*mango.Record
	users         map[uint64]*mango.User
	confirmations map[uint64]*mango.Confirmation // by record
	bells         map[uint64]bool                // record → read
}

// TestStoreIsAPlainMap runs random operations against the store and a map, with
// the file closed, compacted, repaired and opened again in between.
func TestStoreIsAPlainMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir := newDir(t)
		path := filepath.Join(dir, store.FileName)
		clock := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		cfg := store.Config{Log: quiet(), Now: func() time.Time { return clock }, MapBytes: 1 << 24}
		s, err := store.Open(path, cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		w := &world{map[uint64]*mango.Record{}, map[uint64]*mango.User{}, map[uint64]*mango.Confirmation{}, map[uint64]bool{}}
		name := 0
		t.Repeat(map[string]func(*rapid.T){
			"user": func(t *rapid.T) {
				name++
				u := &mango.User{Username: fmt.Sprintf("user%d", name), Email: fmt.Sprintf("u%d@farm.example", name), Admin: rapid.Bool().Draw(t, "admin")}
				if _, err := s.AddUser(ctx, mango.System, u); err != nil {
					t.Fatal(err)
				}
				w.users[u.ID] = u
			},
			"add": func(t *rapid.T) {
				clock = clock.Add(time.Duration(rapid.IntRange(0, 90000).Draw(t, "later")) * time.Second)
				r := realistic(rapid.IntRange(0, 30).Draw(t, "photo"))
				r.Kind = rapid.SampledFrom([]mango.Kind{mango.Leaf, mango.Fruit}).Draw(t, "kind")
				by := mango.System
				if len(w.users) > 0 && rapid.Bool().Draw(t, "owned") {
					u := w.users[pick(t, w.users)]
					r.User, by = u.ID, mango.Actor{User: u.ID, Admin: u.Admin}
				}
				if _, err := s.AddRecord(ctx, by, r); err != nil {
					t.Fatal(err)
				}
				w.records[r.ID] = r
				w.bells[r.ID] = false
			},
			"change": func(t *rapid.T) {
				if len(w.records) == 0 {
					return
				}
				id := pick(t, w.records)
				c := mango.RecordChange{}
				if rapid.Bool().Draw(t, "classify") {
					c.Classification = ptr(rapid.SampledFrom([]string{"", "Healthy", "Alternaria", "Odd new name"}).Draw(t, "class"))
				}
				if rapid.Bool().Draw(t, "verify") {
					c.Verified = ptr(rapid.Bool().Draw(t, "verified"))
				}
				if rapid.Bool().Draw(t, "ready") {
					c.TrainingReady = ptr(rapid.Bool().Draw(t, "is"))
				}
				got, err := s.ChangeRecords(ctx, mango.System, []uint64{id}, c)
				if err != nil {
					t.Fatal(err)
				}
				w.records[id] = &got[0]
				if c.Classification != nil && got[0].Classification != *c.Classification {
					t.Fatal("not classified")
				}
			},
			"delete": func(t *rapid.T) {
				if len(w.records) == 0 {
					return
				}
				id := pick(t, w.records)
				if err := s.DeleteRecords(ctx, mango.System, []uint64{id}); err != nil {
					t.Fatal(err)
				}
				delete(w.records, id)
				delete(w.confirmations, id)
				delete(w.bells, id)
			},
			"delete user": func(t *rapid.T) {
				if len(w.users) == 0 {
					return
				}
				id := pick(t, w.users)
				if err := s.DeleteUser(ctx, mango.System, id); err != nil {
					t.Fatal(err)
				}
				delete(w.users, id)
				for rid, r := range w.records {
					if r.User == id {
						delete(w.records, rid)
						delete(w.confirmations, rid)
						delete(w.bells, rid)
					}
				}
			},
			"confirm": func(t *rapid.T) {
				if len(w.records) == 0 {
					return
				}
				r := w.records[pick(t, w.records)]
				c := &mango.Confirmation{Record: r.ID, User: r.User, Predicted: r.Disease, ConsentGiven: true, Location: r.Location}
				if rapid.Bool().Draw(t, "said") {
					c.Correct = ptr(rapid.Bool().Draw(t, "correct"))
				}
				_, err := s.AddConfirmation(ctx, mango.System, c)
				if w.confirmations[r.ID] != nil {
					if mango.CodeOf(err) != mango.Conflict {
						t.Fatalf("second confirmation: %v", err)
					}
				} else if err != nil {
					t.Fatal(err)
				} else {
					w.confirmations[r.ID] = c
				}
			},
			"all read": func(t *rapid.T) {
				n, err := s.MarkAllRead(ctx, mango.System)
				if err != nil {
					t.Fatal(err)
				}
				for id, read := range w.bells {
					if !read {
						n--
					}
					w.bells[id] = true
				}
				if n != 0 {
					t.Fatalf("%d too many marked", n)
				}
			},
			"reopen": func(t *rapid.T) {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				if s, err = store.Open(path, cfg); err != nil {
					t.Fatal(err)
				}
			},
			"compact": func(t *rapid.T) {
				if _, err := s.Compact(ctx, nil); err != nil {
					t.Fatal(err)
				}
			},
			"repair": func(t *rapid.T) {
				r, err := s.Repair(ctx, nil)
				if err != nil {
					t.Fatal(err)
				}
				if !r.Whole() {
					t.Fatalf("repair of a sound file: %+v", r)
				}
			},
			"": func(t *rapid.T) { compare(t, s, w) },
		})
		if err := s.Check(ctx, nil); err != nil {
			t.Fatal(err)
		}
	})
}

func pick[V any](t *rapid.T, m map[uint64]V) uint64 {
	return rapid.SampledFrom(slices.Sorted(maps.Keys(m))).Draw(t, "which")
}

// compare asks the store and the model the same random questions.
func compare(t *rapid.T, s *store.Store, w *world) {
	if n, err := s.CountRecords(ctx); err != nil || n != len(w.records) {
		t.Fatalf("%d records of %d, %v", n, len(w.records), err)
	}
	for id, want := range w.records {
		got, err := s.Record(ctx, mango.System, id)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("record %d: %v\ngot  %+v\nwant %+v", id, err, got, want)
		}
		break
	}
	f := mango.RecordFilter{}
	if rapid.Bool().Draw(t, "by kind") {
		f.Kind = mango.Leaf
	}
	if rapid.Bool().Draw(t, "by verified") {
		f.Verified = ptr(rapid.Bool().Draw(t, "verified"))
	}
	if rapid.Bool().Draw(t, "by disease") {
		f.Disease = rapid.SampledFrom([]string{"healthy", "Anthracnose", "odd_new name"}).Draw(t, "disease")
	}
	if rapid.Bool().Draw(t, "by user") {
		f.User = ptr(uint64(rapid.IntRange(0, 5).Draw(t, "user")))
	} else {
		f.Scope = rapid.SampledFrom([]mango.Scope{"", mango.ByUsers, mango.ByAdmins, mango.Anonymous}).Draw(t, "scope")
	}
	if rapid.Bool().Draw(t, "since") {
		f.Since = time.Date(2026, 3, rapid.IntRange(1, 20).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
	}
	p := mango.Page{Number: rapid.IntRange(1, 3).Draw(t, "page"), Size: rapid.SampledFrom([]int{3, 20}).Draw(t, "size")}
	var want []uint64
	for id, r := range w.records {
		if fits(r, f) {
			want = append(want, id)
		}
	}
	slices.SortFunc(want, func(a, b uint64) int {
		x, y := w.records[a], w.records[b]
		return cmp.Or(cmp.Compare(y.CreatedAt.UnixMilli(), x.CreatedAt.UnixMilli()), cmp.Compare(b, a))
	})
	page, err := s.PageRecords(ctx, mango.System, f, p)
	if err != nil || page.Total != len(want) {
		t.Fatalf("%+v: total %d of %d, %v", f, page.Total, len(want), err)
	}
	want = want[min(p.Offset(), len(want)):min(p.Offset()+p.Size, len(want))]
	got := make([]uint64, len(page.Records))
	for i, r := range page.Records {
		got[i] = r.ID
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%+v page %+v: %v, want %v", f, p, got, want)
	}
	unread := 0
	for _, read := range w.bells {
		if !read {
			unread++
		}
	}
	bells, _, err := s.PageNotifications(ctx, mango.System, mango.Page{})
	if err != nil || bells.Total != len(w.bells) || bells.Unread != unread {
		t.Fatalf("bells: %d of %d, unread %d of %d, %v", bells.Total, len(w.bells), bells.Unread, unread, err)
	}
	cs, err := s.ConfirmationStatistics(ctx, mango.System)
	if err != nil || cs.Total != len(w.confirmations) {
		t.Fatalf("confirmations: %d of %d, %v", cs.Total, len(w.confirmations), err)
	}
}

func fits(r *mango.Record, f mango.RecordFilter) bool {
	scope := mango.ByUsers
	if r.User == 0 {
		scope = mango.Anonymous
	} else if r.ByAdmin {
		scope = mango.ByAdmins
	}
	return (f.Kind == "" || r.Kind == f.Kind) && (f.Verified == nil || r.Verified == *f.Verified) &&
		(f.Disease == "" || mango.Canonical(r.Class()) == mango.Canonical(f.Disease) || r.Class() == "Odd new name" && f.Disease == "odd_new name") &&
		(f.User == nil || r.User == *f.User) && (f.Scope == "" || scope == f.Scope) &&
		(f.Since.IsZero() || !r.CreatedAt.Before(f.Since))
}
