package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/disk"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/ordered"
)

// What a user fills the disk with is counted in memory, from the user's first
// save after a start. It is charged by record: the photo, also one that several
// records share, the texts, and recordBytes for indexes, notification and
// confirmation.
const (
	recordBytes = 4 << 10
	// countedAtOnce is how many records of a user are counted while the user
	// waits. More are counted in the background; the quota holds when they are.
	countedAtOnce = 5000
	// share is the part of the room that a user may fill where no quota is
	// given: what is free, beyond the reserve, together with what the user has.
	share = 2
)

// QuotaLimits say so in docs/limits.md.
var QuotaLimits = []mango.Limit{
	{Of: "disk space of an account", Bound: fmt.Sprintf("`USER_QUOTA`; where none is given, 1/%d of what is free beyond `DISK_RESERVE` and the account's own", share),
		Then: "photos are diagnosed and not stored, and a sentence says so; administrators have no quota"},
	{Of: "accounts", Bound: "`USER_LIMIT`", Then: "registration is answered 507; administrators can be added"},
	{Of: "records, confirmations and notifications of an account", Bound: "its disk space, of which each record with both takes 4 KB at least", Then: "photos as above, with 200 and `stored` false; confirmations are answered 507"},
	{Of: "photos and records of all", Bound: "the disk but `DISK_RESERVE`", Then: "photos are diagnosed and not stored, and a sentence says so; what keeps somebody out or makes room (disable, password, logout, delete) goes on, on a disk without any room from a reserve of 4 MB"},
}

// usage is what users fill, as far as it was asked.
type usage struct {
	mu ordered.Mutex[ordered.StoreUsage]
	of map[uint64]int64
}

func weightOf(r *mango.Record) int64 {
	a := &r.Answers
	texts := len(a.SelectedSymptoms) + len(a.PrimarySymptoms) + len(a.AlternativeSymptoms) + len(a.TopDiseases) + len(a.SymptomsData) +
		len(a.Feedback) + len(r.Notes) + len(r.TrainingNotes)
	return recordBytes + int64(texts) + r.MediaBytes
}

// move takes note of a record that is written over another; either may be nil.
func (w *write) move(old, r *mango.Record) {
	if w.s == nil || w.s.usage == nil {
		return // a file that is being made anew
	}
	var user uint64
	var by int64
	if old != nil {
		user, by = old.User, -weightOf(old)
	}
	if r != nil {
		user, by = r.User, by+weightOf(r)
	}
	if user != 0 && by != 0 {
		w.onCommit(func() { w.s.usage.add(user, by) })
	}
}

func (u *usage) add(user uint64, by int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if has, ok := u.of[user]; ok {
		u.of[user] = has + by
	}
}

// forget begins anew, for another file.
func (u *usage) forget() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.of = map[uint64]int64{}
}

// used is what a user fills.
func (s *Store) used(ctx context.Context, user uint64) (int64, error) {
	u := s.usage
	u.mu.Lock()
	has, ok := u.of[user]
	if !ok {
		u.of[user] = 0 // changes from here on are added to it
	}
	u.mu.Unlock()
	if ok {
		return has, nil
	}
	count := func(ctx context.Context) {
		sum := s.filled(ctx, user)
		u.mu.Lock()
		defer u.mu.Unlock()
		u.of[user] += sum
	}
	n, err := s.countOwn(user)
	if err != nil {
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.of, user)
		return 0, err
	}
	if n > countedAtOnce {
		s.inBackground(count)
	} else {
		count(context.WithoutCancel(ctx))
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.of[user], nil
}

// countOwn is the number of a user's records, from the lists alone; 0 where
// they cannot be read, which is no reason to store nothing.
func (s *Store) countOwn(user uint64) (n int, err error) {
	err = s.read(func(tx *bbolt.Tx) error {
		n, err = countPrefix(tx, userPrefix(user), nil)
		return err
	})
	if errors.Is(err, ErrDamaged) {
		return 0, nil
	}
	return n, err
}

// filled adds up a user's records. One that cannot be read counts without its
// photo and texts.
func (s *Store) filled(ctx context.Context, user uint64) (sum int64) {
	unread := func(err error) bool {
		s.suspect(err)
		sum += recordBytes
		return true
	}
	err := s.eachRecord(ctx, mango.System, mango.RecordFilter{User: &user}, unread, func(r *mango.Record) error {
		sum += weightOf(r)
		return nil
	})
	if err != nil && ctx.Err() == nil {
		s.cfg.Log.Warn("not all that a user fills can be counted", "user", user, "error", err)
	}
	return sum
}

// quota is how much a user may fill who fills so much.
func (s *Store) quota(used int64) (int64, error) {
	if s.cfg.UserQuota > 0 {
		return s.cfg.UserQuota, nil
	}
	free, err := disk.Free(filepath.Dir(s.path))
	if err != nil {
		return 0, disk.Fault(err)
	}
	return (max(free-s.cfg.Reserve, 0) + used) / share, nil
}

// MayAdd implements mango.Records.
func (s *Store) MayAdd(ctx context.Context, by mango.Actor, bytes int64) error {
	if err := s.known(&by); err != nil {
		return err
	}
	if err := s.guard.Allow(bytes + recordRoom); err != nil {
		return disk.Fault(err)
	}
	return s.withinQuota(ctx, by, bytes)
}

// withinQuota refuses a user whose share is full.
func (s *Store) withinQuota(ctx context.Context, by mango.Actor, bytes int64) error {
	if by.Rules() {
		return nil
	}
	used, err := s.used(ctx, by.User)
	if err != nil {
		return err
	}
	quota, err := s.quota(used)
	if err != nil || used+bytes+recordBytes <= quota {
		return err
	}
	return mango.Wrap(mango.StoreFull, mango.ErrQuota, fmt.Sprintf(
		"This account fills the %s of the server's disk that it may fill, so nothing more is stored for it. Ask whoever runs the server for more. Diagnoses without storing still work.", inWords(quota)))
}

// inWords is a size for people.
func inWords(bytes int64) string {
	if bytes < 1<<30 {
		return fmt.Sprintf("%d MB", bytes>>20)
	}
	return fmt.Sprintf("%.1f GB", float64(bytes)/(1<<30))
}
