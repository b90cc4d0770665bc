package store

import (
	"context"
	"strings"
	"time"

	"mangosense/server/internal/disk"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"

	"go.etcd.io/bbolt"
)

// readUser is an account within a transaction; nil when there is none.
func readUser(tx *bbolt.Tx, id uint64) (*codec.User, error) {
	key := codec.Key(id)
	v := tx.Bucket(bucketUsers).Get(key)
	if v == nil {
		return nil, nil
	}
	return codec.DecodeUser(key, v)
}

func (w *write) user(id uint64) (*codec.User, error) { return readUser(w.tx, id) }

func (w *write) putUser(u *codec.User) error {
	key := codec.Key(u.ID)
	if err := w.put(bucketUsers, key, codec.EncodeUser(key, u)); err != nil {
		return err
	}
	w.onCommit(func() { w.s.memory.putUser(u) })
	return nil
}

func fold(name string) []byte { return []byte(strings.ToLower(strings.TrimSpace(name))) }

// claim checks that a username and address are free for id.
func (w *write) claim(id uint64, username, email string) error {
	var taken []string
	if has := codec.ID(w.get(bucketUsernames, fold(username))); has != 0 && has != id {
		taken = append(taken, "username")
	}
	if email != "" {
		if has := codec.ID(w.get(bucketEmails, fold(email))); has != 0 && has != id {
			taken = append(taken, "email")
		}
	}
	if taken == nil {
		return nil
	}
	e := mango.Errorf(mango.Conflict, "An account with this %s already exists.", strings.Join(taken, " and "))
	e.Fields = taken
	return e
}

func checkUser(u *mango.User) error {
	if len(fold(u.Username)) == 0 || len(u.Username) > 150 {
		return mango.Errorf(mango.Invalid, "A username must have 1 to 150 characters.")
	}
	p := u.Profile
	n := len(u.Email) + len(u.FirstName) + len(u.LastName) + len(u.Password) + len(p.Address) + len(p.Barangay) +
		len(p.City) + len(p.Province) + len(p.PostalCode) + len(p.Phone) + len(u.Origin)
	if n > 16<<10 || len(u.Email) > 320 {
		return mango.Errorf(mango.TooLarge, "The texts of this account are too long to be stored.")
	}
	return nil
}

// AddUser implements mango.Users.
func (s *Store) AddUser(ctx context.Context, by mango.Actor, in *mango.User) (uint64, error) {
	if err := s.system(by); err != nil {
		return 0, err
	}
	if err := checkUser(in); err != nil {
		return 0, err
	}
	if err := s.guard.Allow(recordRoom); err != nil {
		return 0, disk.Fault(err)
	}
	if s.cfg.UserLimit > 0 && !in.Admin && in.Origin == "" && s.memory.accounts() >= s.cfg.UserLimit {
		return 0, mango.Wrap(mango.StoreFull, mango.ErrQuota, "This server takes no more accounts. Ask whoever runs it.")
	}
	u := *in
	u.Email = strings.ToLower(strings.TrimSpace(u.Email))
	u.Username = strings.TrimSpace(u.Username)
	if err := checkNames(&mango.User{}, &u); err != nil {
		return 0, err
	}
	if u.JoinedAt.IsZero() {
		u.JoinedAt = s.cfg.Now()
	}
	for _, t := range []*time.Time{&u.JoinedAt, &u.LastLogin, &u.SessionsFrom} {
		*t = t.UTC().Truncate(time.Microsecond)
	}
	err := s.update(ctx, func(w *write) error {
		if u.Origin != "" {
			if id := codec.ID(w.get(bucketOrigins, originKey('u', u.Origin))); id != 0 {
				u.ID = id
				return nil
			}
		}
		if err := w.claim(0, u.Username, u.Email); err != nil {
			return err
		}
		id, err := w.next(bucketUsers)
		if err != nil {
			return err
		}
		u.ID = id
		if u.Origin != "" {
			if err := w.put(bucketOrigins, originKey('u', u.Origin), codec.Key(id)); err != nil {
				return err
			}
		}
		if err := w.name(&u); err != nil {
			return err
		}
		return w.putUser(&codec.User{User: u})
	})
	if err != nil {
		return 0, err
	}
	in.ID, in.JoinedAt, in.Email, in.Username = u.ID, u.JoinedAt, u.Email, u.Username
	return u.ID, nil
}

// name makes an account findable by username and address.
func (w *write) name(u *mango.User) error {
	if err := w.put(bucketUsernames, fold(u.Username), codec.Key(u.ID)); err != nil {
		return err
	}
	if u.Email == "" {
		return nil
	}
	return w.put(bucketEmails, fold(u.Email), codec.Key(u.ID))
}

func (w *write) unname(u *mango.User) error {
	if err := w.delete(bucketUsernames, fold(u.Username)); err != nil {
		return err
	}
	if u.Email == "" {
		return nil
	}
	return w.delete(bucketEmails, fold(u.Email))
}

// User implements mango.Users.
func (s *Store) User(ctx context.Context, by mango.Actor, id uint64) (*mango.User, error) {
	if err := s.known(&by); err != nil {
		return nil, err
	}
	if !by.May(id) {
		return nil, s.rules(&by)
	}
	return s.findUser(by, func(*bbolt.Tx) uint64 { return id })
}

// UserByEmail implements mango.Users.
func (s *Store) UserByEmail(ctx context.Context, by mango.Actor, email string) (*mango.User, error) {
	return s.userBy(by, bucketEmails, email)
}

// UserByName implements mango.Users.
func (s *Store) UserByName(ctx context.Context, by mango.Actor, username string) (*mango.User, error) {
	return s.userBy(by, bucketUsernames, username)
}

func (s *Store) userBy(by mango.Actor, bucket []byte, name string) (*mango.User, error) {
	if err := s.system(by); err != nil {
		return nil, err
	}
	key := fold(name)
	if len(key) == 0 || len(key) > bbolt.MaxKeySize {
		return nil, notFound("User")
	}
	return s.findUser(by, func(tx *bbolt.Tx) uint64 { return codec.ID(tx.Bucket(bucket).Get(key)) })
}

func (s *Store) findUser(by mango.Actor, which func(*bbolt.Tx) uint64) (*mango.User, error) {
	var u *codec.User
	if err := s.read(func(tx *bbolt.Tx) (err error) { u, err = readUser(tx, which(tx)); return err }); err != nil {
		return nil, err
	}
	if u == nil || u.Gone {
		return nil, notFound("User")
	}
	return visible(by, u), nil
}

// visible hides the password's hash from all but the program itself.
func visible(by mango.Actor, u *codec.User) *mango.User {
	out := u.User
	if !by.System {
		out.Password = ""
	}
	return &out
}

// ActiveUser implements mango.Users.
func (s *Store) ActiveUser(id uint64) (mango.User, error) {
	m, ok, err := s.memory.user(id)
	if err != nil {
		return mango.User{}, s.answer(err)
	}
	if !ok {
		return mango.User{}, notFound("User")
	}
	return mango.User{ID: m.id, Username: m.username, Admin: m.admin, Disabled: m.disabled, SessionsFrom: m.sessionsFrom}, nil
}
