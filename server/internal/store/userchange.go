package store

import (
	"context"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/disk"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
	"mangosense/server/internal/store/counted"
)

// ChangeUser implements mango.Users.
func (s *Store) ChangeUser(ctx context.Context, by mango.Actor, id uint64, c mango.UserChange) (*mango.User, error) {
	if err := s.known(&by); err != nil {
		return nil, err
	}
	if err := s.mayChange(by, id, c); err != nil {
		return nil, err
	}
	if !protects(c) {
		if err := s.guard.Allow(recordRoom); err != nil {
			return nil, disk.Fault(err)
		}
	}
	now := s.cfg.Now().UTC().Truncate(time.Microsecond)
	var u *codec.User
	store := s.update
	if protects(c) {
		store = s.protect
	}
	err := store(ctx, func(w *write) error {
		if err := w.still(by); err != nil {
			return err
		}
		old, err := w.user(id)
		if err != nil {
			return err
		}
		if old == nil || old.Gone {
			return notFound("User")
		}
		if c.IfPassword != nil && old.Password != *c.IfPassword {
			return passwordMoved()
		}
		u = changeUser(*old, c, now)
		if err := w.oneAdministrator(by, old, u); err != nil {
			return err
		}
		if err := checkUser(&u.User); err != nil {
			return err
		}
		if err := checkNames(&old.User, &u.User); err != nil {
			return err
		}
		if err := w.claim(id, u.Username, u.Email); err != nil {
			return err
		}
		if u.Username != old.Username || u.Email != old.Email {
			if err := w.unname(&old.User); err != nil {
				return err
			}
			if err := w.name(&u.User); err != nil {
				return err
			}
		}
		return w.putUser(u)
	})
	if err != nil {
		return nil, err
	}
	return visible(by, u), nil
}

func (s *Store) mayChange(by mango.Actor, id uint64, c mango.UserChange) error {
	switch {
	case by.System:
		return nil
	case c.Admin != nil, c.LastLogin != nil, c.KeepSessions, c.Username != nil, c.Email != nil:
		return s.system(by)
	case c.Disabled != nil || by.User != id:
		if err := s.rules(&by); err != nil {
			return err
		}
		if by.User == id {
			return mango.Errorf(mango.Invalid, "Administrators cannot disable themselves.")
		}
		if c.Password != nil || c.FirstName != nil || c.LastName != nil || c.Profile != nil {
			return s.system(by)
		}
	}
	return nil
}

// protects reports whether a change keeps somebody out. Such a change must be
// possible on a disk that is nearly full.
func protects(c mango.UserChange) bool {
	return c.Password != nil || c.Disabled != nil || c.Admin != nil
}

func changeUser(u codec.User, c mango.UserChange, now time.Time) *codec.User {
	disabled := u.Disabled
	if c.Username != nil {
		u.Username = strings.TrimSpace(*c.Username)
	}
	if c.Email != nil {
		u.Email = strings.ToLower(strings.TrimSpace(*c.Email))
	}
	set(&u.FirstName, c.FirstName)
	set(&u.LastName, c.LastName)
	set(&u.Profile, c.Profile)
	set(&u.Admin, c.Admin)
	set(&u.Disabled, c.Disabled)
	if c.LastLogin != nil {
		u.LastLogin = c.LastLogin.UTC().Truncate(time.Microsecond)
	}
	if c.Password != nil {
		u.Password = *c.Password
	}
	if c.Password != nil && !c.KeepSessions || u.Disabled && !disabled {
		u.SessionsFrom = nextGeneration(u.SessionsFrom, now)
	}
	return &u
}

// nextGeneration is ahead of the last one whatever the clock says: tokens of a
// generation that was left must never count again.
func nextGeneration(last, now time.Time) time.Time {
	if now.After(last) {
		return now
	}
	return last.Add(time.Microsecond)
}

const deletePortion = 200 // records removed in one transaction

// DeleteUser implements mango.Users. The account stops in the first
// transaction; its data goes in portions, so that others are not kept waiting.
// What a crash leaves over is taken up again when the store opens.
func (s *Store) DeleteUser(ctx context.Context, by mango.Actor, id uint64) error {
	return s.deleteUser(ctx, by, id, func(*codec.User) error { return nil })
}

// DeleteUserIf implements mango.Users.
func (s *Store) DeleteUserIf(ctx context.Context, by mango.Actor, id uint64, password string) error {
	return s.deleteUser(ctx, by, id, func(u *codec.User) error {
		if u.Password != password {
			return passwordMoved()
		}
		return nil
	})
}

func (s *Store) deleteUser(ctx context.Context, by mango.Actor, id uint64, fits func(*codec.User) error) error {
	if err := s.known(&by); err != nil {
		return err
	}
	if by.User != id || by.User == 0 {
		if err := s.system(by); err != nil {
			return err
		}
	}
	err := s.protect(ctx, func(w *write) error {
		if err := w.still(by); err != nil {
			return err
		}
		u, err := w.user(id)
		if err != nil {
			return err
		}
		if u == nil || u.Gone {
			return notFound("User")
		}
		if err := fits(u); err != nil {
			return err
		}
		gone := &codec.User{User: mango.User{ID: id}, Gone: true} // nothing personal stays while the records go
		if err := w.oneAdministrator(by, u, gone); err != nil {
			return err
		}
		if err := w.unname(&u.User); err != nil {
			return err
		}
		if u.Origin != "" {
			if err := w.delete(bucketOrigins, originKey('u', u.Origin)); err != nil {
				return err
			}
		}
		return w.putUser(gone)
	})
	if err != nil {
		return err
	}
	return s.deleteDataOf(context.WithoutCancel(ctx), id)
}

func (s *Store) deleteDataOf(ctx context.Context, id uint64) error {
	for done := false; !done; {
		if err := s.protect(ctx, func(w *write) (err error) {
			done, err = w.deletePortionOf(id)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

func (w *write) deletePortionOf(id uint64) (done bool, err error) {
	if err := w.flushLists(); err != nil { // choose reads the file
		return false, err
	}
	w.touched++
	for _, family := range []struct {
		prefix string
		remove func(counted.Entry) error
	}{
		{userPrefix(id), func(at counted.Entry) error {
			r, err := record(w.tx, at.ID)
			if err != nil || r == nil {
				return err
			}
			return w.deleteRecord(r)
		}},
		{confirmerPrefix(id), func(at counted.Entry) error { return w.deleteConfirmation(at.ID) }},
	} {
		chosen, err := w.lists.Choose(family.prefix, nil)
		if err != nil {
			return false, err
		}
		m := counted.All(chosen...)
		entries, err := m.Walk(counted.Last, 0, deletePortion)
		if err != nil {
			return false, err
		}
		for _, at := range entries {
			if err := family.remove(at); err != nil {
				return false, err
			}
			for _, l := range chosen { // also an entry without a record must go
				if _, err := l.Remove(at); err != nil {
					return false, err
				}
			}
		}
		if len(entries) > 0 {
			return false, nil
		}
	}
	if err := w.forgetRepliesOf(id); err != nil {
		return false, err
	}
	return true, w.delete(bucketUsers, codec.Key(id))
}

// resume takes up deletions that a crash cut short.
func (s *Store) resume() {
	var ids []uint64
	_ = s.read(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketUsers).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if u, err := codec.DecodeUser(k, v); err == nil && u.Gone {
				ids = append(ids, u.ID)
			}
		}
		return nil
	})
	for _, id := range ids {
		s.inBackground(func(context.Context) {
			if err := s.deleteDataOf(context.Background(), id); err != nil {
				s.cfg.Log.Error("cannot finish the deletion of an account", "user", id, "error", err)
				return
			}
			s.cfg.Log.Info("finished the deletion of an account", "user", id)
		})
	}
}

// PageUsers implements mango.Users.
func (s *Store) PageUsers(ctx context.Context, by mango.Actor, f mango.UserFilter, p mango.Page) (mango.UserPage, error) {
	if err := s.rules(&by); err != nil {
		return mango.UserPage{}, err
	}
	p = p.Clamp()
	ids, total := s.memory.find(f, p.Offset(), p.Size)
	page := mango.UserPage{Total: total}
	err := s.read(func(tx *bbolt.Tx) error {
		page.Users = make([]mango.UserRow, 0, len(ids))
		for _, id := range ids {
			row, err := userRow(tx, by, id)
			if err != nil {
				return err
			}
			if row != nil {
				page.Users = append(page.Users, *row)
			}
		}
		return nil
	})
	return page, err
}

func userRow(tx *bbolt.Tx, by mango.Actor, id uint64) (*mango.UserRow, error) {
	u, err := readUser(tx, id)
	if err != nil || u == nil || u.Gone {
		return nil, err
	}
	row := &mango.UserRow{User: *visible(by, u)}
	err = counted.New(tx).EachLength(userPrefix(id), func(rest string, n int) {
		row.Images += n
		if parseCell(rest).verified {
			row.Verified += n
		}
	})
	return row, err
}
