package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/store/codec"
	"mangosense/server/internal/store/counted"
	"mangosense/server/internal/store/repair"
)

// Check reads the whole database while it serves: every page, every value's
// checksum, and that indexes, counts and references say what the records say.
// The error names the first fault of each kind and how many there are.
func (s *Store) Check(ctx context.Context, progress Progress) (err error) {
	for range 5 {
		if err = s.checkOnce(ctx, progress); !errors.Is(err, repair.ErrOvertaken) {
			break
		}
	}
	return err
}

func (s *Store) checkOnce(ctx context.Context, progress Progress) error {
	return s.longRead(ctx, func(ctx context.Context, tx *bbolt.Tx) error {
		if err := repair.VerifySnapshot(ctx, s.path, uint64(tx.ID()), repair.Progress(progress.part(0, 30))); err != nil {
			return err
		}
		if _, err := checkValues(ctx, tx, progress.part(30, 50)); err != nil {
			return err
		}
		f := &findings{}
		if err := checkIndexes(ctx, tx, f, progress.part(50, 100)); err != nil {
			return err
		}
		return f.error()
	})
}

// findings gathers faults by kind.
type findings struct {
	order  []string
	first  map[string]error
	counts map[string]int
}

func (f *findings) add(kind string, err error) {
	if f.first == nil {
		f.first, f.counts = map[string]error{}, map[string]int{}
	}
	if f.counts[kind]++; f.counts[kind] == 1 {
		f.first[kind] = err
		f.order = append(f.order, kind)
	}
}

func (f *findings) error() error {
	var all []error
	for _, kind := range f.order {
		all = append(all, fmt.Errorf("%s: %d faults, the first: %w", kind, f.counts[kind], f.first[kind]))
	}
	if all == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrDamaged, errors.Join(all...))
}

// sealed says how to check the values of a bucket that others cannot be made
// from again.
var sealed = map[string]func(k, v []byte) error{
	string(bucketRecords):       func(k, v []byte) error { _, err := codec.DecodeRecord(k, v); return err },
	string(bucketUsers):         func(k, v []byte) error { _, err := codec.DecodeUser(k, v); return err },
	string(bucketConfirmations): func(k, v []byte) error { _, err := codec.DecodeConfirmation(k, v); return err },
	string(bucketNotifications): func(k, v []byte) error { _, err := codec.DecodeNotification(k, v); return err },
	string(bucketSessions):      sealOf(codec.TypeSession),
	string(bucketSymptoms):      sealOf(codec.TypeSymptom),
	string(bucketAliases):       sealOf(codec.TypeAlias),
	string(bucketDiseases):      sealOf(codec.TypeDisease),
	string(bucketLinks):         sealOf(codec.TypeLink),
	string(bucketSettings):      sealOf(codec.TypeSetting),
	string(bucketReplies):       func(k, v []byte) error { _, err := codec.DecodeReply(k, v); return err },
	string(bucketDays):          func(k, v []byte) error { _, err := codec.DecodeDay(k, v); return err },
	string(bucketPhotos):        sealOf(codec.TypePhoto),
	string(bucketLists):         counted.VerifyRoot,
	string(bucketNodes):         counted.VerifyNode,
}

func sealOf(typ codec.Type) func(k, v []byte) error {
	return func(k, v []byte) error { return codec.Verify(k, v, typ) }
}

// checkValues checks every seal and returns the number of records.
func checkValues(ctx context.Context, tx *bbolt.Tx, progress Progress) (records int, err error) {
	n := 0
	if _, err := readTotals(tx); err != nil {
		return 0, err
	}
	for i, name := range buckets {
		within := progress.part(100*int64(i)/int64(len(buckets)), 100*int64(i+1)/int64(len(buckets)))
		b := tx.Bucket(name)
		if b == nil && later[string(name)] {
			continue
		}
		if b == nil {
			return 0, fmt.Errorf("%w: bucket %s is missing", ErrDamaged, name)
		}
		check := sealed[string(name)]
		if check == nil {
			continue
		}
		c := b.Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if n++; n%checkPortion == 0 {
				if err := ctx.Err(); err != nil {
					return 0, err
				}
				within.at(int64(codec.ID(k)), int64(b.Sequence())) // of buckets with ids
			}
			if err := check(k, v); err != nil {
				return 0, err
			}
			if string(name) == string(bucketRecords) {
				records++
			}
		}
	}
	return records, nil
}

const checkPortion = 5000 // records between fresh list caches, to bound memory

// checkIndexes compares what follows from records, confirmations and
// notifications with what is stored.
func checkIndexes(ctx context.Context, tx *bbolt.Tx, f *findings, progress Progress) error {
	expected := map[string]int{} // list → entries
	days := map[string]codec.Day{}
	var want codec.Totals
	ls := counted.New(tx)
	total := int64(tx.Bucket(bucketRecords).Sequence())
	n := 0
	has := func(name string, e counted.Entry) {
		expected[name]++
		l, err := ls.Get(name)
		there := false
		if err == nil {
			there, err = l.Has(e)
		}
		if err == nil && !there {
			err = fmt.Errorf("entry %d is not in list %q", e.ID, name)
		}
		if err != nil {
			f.add("indexes", err)
		}
	}
	need := func(bucket, key []byte, of string) {
		if tx.Bucket(bucket).Get(key) == nil {
			f.add(string(bucket), fmt.Errorf("%s is missing", of))
		}
	}
	photos := 0
	c := tx.Bucket(bucketRecords).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		r, err := codec.DecodeRecord(k, v)
		if err != nil {
			return err
		}
		if n++; n%checkPortion == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			ls = counted.New(tx)
			progress.at(int64(r.ID), total)
		}
		for _, name := range listsOf(r) {
			has(name, entryOf(r))
		}
		key := string(dayKey(dayOf(r.CreatedAt)))
		if days[key] == nil {
			days[key] = codec.Day{}
		}
		days[key][codec.DayClass{Kind: string(r.Kind), Class: filedClass(r)}]++
		if r.Media != "" {
			photos++
			need(bucketPhotos, photoKey(r), fmt.Sprintf("the photo of record %d", r.ID))
		}
		if name := nameKey(r); name != nil {
			need(bucketNames, name, fmt.Sprintf("the file name of record %d", r.ID))
		}
		if r.User != 0 {
			need(bucketUsers, codec.Key(r.User), fmt.Sprintf("the user of record %d", r.ID))
		}
	}
	if err := checkConfirmations(tx, f, has, need, &want); err != nil {
		return err
	}
	if err := checkNotifications(tx, f, has, &want); err != nil {
		return err
	}
	if err := checkReplies(tx, f); err != nil {
		return err
	}
	checkDays(tx, f, days)
	if err := checkLists(tx, f, expected); err != nil {
		return err
	}
	if err := checkPhotos(tx, f, photos, &want); err != nil {
		return err
	}
	have, err := readTotals(tx)
	if err != nil {
		return err
	}
	if want.ReadUpTo = have.ReadUpTo; have != want {
		f.add("totals", fmt.Errorf("have %+v, want %+v", have, want))
	}
	progress.at(total, total)
	return nil
}

func checkConfirmations(tx *bbolt.Tx, f *findings, has func(string, counted.Entry), need func(bucket, key []byte, of string), want *codec.Totals) error {
	users := map[uint64]bool{}
	count := 0
	c := tx.Bucket(bucketConfirmations).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		one, err := codec.DecodeConfirmation(k, v)
		if err != nil {
			return err
		}
		count++
		for _, name := range confirmationLists(one) {
			has(name, confirmationEntry(one))
		}
		need(bucketConfirmed, codec.Key(one.Record), fmt.Sprintf("the mark of confirmation %d", one.ID))
		need(bucketRecords, codec.Key(one.Record), fmt.Sprintf("the record of confirmation %d", one.ID))
		w := write{totals: *want}
		w.tally(one, 1)
		*want = w.totals
		if one.User == 0 {
			want.Nameless++
		} else if !users[one.User] {
			users[one.User] = true
			want.Confirmers++
		}
	}
	if n := tx.Bucket(bucketConfirmed).Stats().KeyN; n != count {
		f.add("confirmed", fmt.Errorf("%d marks for %d confirmations", n, count))
	}
	return nil
}

func checkNotifications(tx *bbolt.Tx, f *findings, has func(string, counted.Entry), want *codec.Totals) error {
	t, err := readTotals(tx)
	if err != nil {
		return err
	}
	of := 0
	c := tx.Bucket(bucketNotifications).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		n, err := codec.DecodeNotification(k, v)
		if err != nil {
			return err
		}
		has(familyBell, notificationEntry(n))
		if !n.Read && n.ID > t.ReadUpTo {
			want.Unread++
		}
		if n.Record == 0 {
			continue
		}
		of++
		if tx.Bucket(bucketNotified).Get(append(codec.Key(n.Record), k...)) == nil {
			f.add("notified", fmt.Errorf("the mark of notification %d is missing", n.ID))
		}
	}
	if n := tx.Bucket(bucketNotified).Stats().KeyN; n != of {
		f.add("notified", fmt.Errorf("%d marks for %d notifications", n, of))
	}
	return nil
}

func checkDays(tx *bbolt.Tx, f *findings, want map[string]codec.Day) {
	c := tx.Bucket(bucketDays).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		d, err := codec.DecodeDay(k, v)
		if err != nil {
			f.add("days", err)
			continue
		}
		for class, n := range d {
			if want[string(k)][class] != n {
				f.add("days", fmt.Errorf("day %d counts %d of %v instead of %d", binary.BigEndian.Uint32(k), n, class, want[string(k)][class]))
			}
		}
		if len(d) != len(want[string(k)]) {
			f.add("days", fmt.Errorf("day %d has %d classes instead of %d", binary.BigEndian.Uint32(k), len(d), len(want[string(k)])))
		}
		delete(want, string(k))
	}
	for k := range want {
		f.add("days", fmt.Errorf("day %d is missing", binary.BigEndian.Uint32([]byte(k))))
	}
}

// checkLists compares lengths; that each entry is there was seen before.
func checkLists(tx *bbolt.Tx, f *findings, want map[string]int) error {
	nodes := 0
	if err := counted.New(tx).EachLength("", func(name string, n int) {
		l, err := counted.New(tx).Get(name)
		if err != nil {
			f.add("lists", err)
			return
		}
		found, err := l.Verify()
		if err != nil {
			f.add("lists", err)
		}
		if nodes += found.Nodes; n != want[name] || found.Entries != n {
			f.add("lists", fmt.Errorf("list %q says %d entries, has %d and should have %d", name, n, found.Entries, want[name]))
		}
		delete(want, name)
	}); err != nil {
		return err
	}
	for name, n := range want {
		f.add("lists", fmt.Errorf("list %q with %d entries is missing", name, n))
	}
	if n := tx.Bucket(bucketNodes).Stats().KeyN; n != nodes {
		f.add("lists", fmt.Errorf("%d nodes are stored, %d are in use", n, nodes))
	}
	return nil
}

func checkPhotos(tx *bbolt.Tx, f *findings, refs int, want *codec.Totals) error {
	var last string
	n := 0
	c := tx.Bucket(bucketPhotos).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		size, err := codec.DecodePhoto(k, v)
		if err != nil {
			return err
		}
		n++
		if len(k) < 16 {
			f.add("photos", fmt.Errorf("key %x is too short", k))
			continue
		}
		if photo := string(k[:len(k)-16]); photo != last {
			last = photo
			want.Photos++
			want.PhotoBytes += size
		}
	}
	if n != refs {
		f.add("photos", fmt.Errorf("%d references for %d records with a photo", n, refs))
	}
	return nil
}
