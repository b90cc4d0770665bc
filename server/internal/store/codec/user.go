package codec

import (
	"fmt"

	"mangosense/server/internal/mango"
)

const userVersion = 1

// User is a stored account. Gone marks one whose records are still being
// deleted.
type User struct {
	mango.User
	Gone bool
}

func EncodeUser(key []byte, u *User) []byte {
	w := NewWriter(TypeUser, userVersion)
	w.Flags(u.Admin, u.Disabled, u.Gone)
	w.strings([]string{u.Username, u.Email, u.FirstName, u.LastName, u.Password})
	w.Time(u.JoinedAt)
	w.Time(u.LastLogin)
	w.Time(u.SessionsFrom)
	p := u.Profile
	w.strings([]string{p.Province, p.City, p.Barangay, p.PostalCode, p.Address, p.Phone, u.Origin})
	return w.Seal(key)
}

func DecodeUser(key, v []byte) (*User, error) {
	r, err := Open(key, v, TypeUser, userVersion)
	if err != nil {
		return nil, fmt.Errorf("cannot read user %d: %w", ID(key), err)
	}
	u := &User{}
	u.ID = ID(key)
	on := r.Flags()
	u.Admin, u.Disabled, u.Gone = on(0), on(1), on(2)
	u.Username, u.Email, u.FirstName, u.LastName, u.Password = r.String(), r.String(), r.String(), r.String(), r.String()
	u.JoinedAt, u.LastLogin, u.SessionsFrom = r.Time(), r.Time(), r.Time()
	u.Profile = mango.Profile{Province: r.String(), City: r.String(), Barangay: r.String(),
		PostalCode: r.String(), Address: r.String(), Phone: r.String()}
	u.Origin = r.String()
	return u, r.err
}
