package mango

import "time"

// User is one account.
type User struct {
	ID        uint64
	Username  string // unique, any case
	Email     string // lower case; unique where not empty
	FirstName string
	LastName  string
	// Password is the hash in its own notation ("$argon2id$…",
	// "pbkdf2_sha256$…"). Only the System actor is given it.
	Password string
	Admin    bool
	Disabled bool
	JoinedAt time.Time
	// LastLogin is the zero time for one who never was here.
	LastLogin time.Time
	// SessionsFrom names the generation of the account's tokens: those of any
	// other count no more. It moves, always ahead, with a new password and when
	// the account is disabled.
	SessionsFrom time.Time
	Profile      Profile
	Origin       string // of an imported account, see Record.Origin
}

// FullName is first and last name, as far as given.
func (u *User) FullName() string {
	switch {
	case u.FirstName == "":
		return u.LastName
	case u.LastName == "":
		return u.FirstName
	}
	return u.FirstName + " " + u.LastName
}

// Profile is where a user lives, as typed at registration.
type Profile struct {
	Province, City, Barangay, PostalCode string
	Address                              string
	Phone                                string
}

// Empty reports whether nothing is known.
func (p Profile) Empty() bool { return p == Profile{} }

// UserChange names what to change of an account; nil stays.
type UserChange struct {
	Username, Email, FirstName, LastName *string
	Password                             *string // a hash; a new one also moves SessionsFrom unless KeepSessions
	IfPassword                           *string // only while this is the hash, else Conflict: whoever proved it is late
	KeepSessions                         bool    // a hash replaced by a stronger one of the same password
	Admin, Disabled                      *bool
	LastLogin                            *time.Time
	Profile                              *Profile
}

// UserFilter chooses accounts; the zero value means all.
type UserFilter struct {
	Search string // part of a name, the username or the address, any case and accents
	Active *bool
	Admin  *bool
}

// UserRow is an account with the number of its records.
type UserRow struct {
	User
	Images, Verified int
}

// UserPage is one page of accounts, newest first.
type UserPage struct {
	Users []UserRow
	Total int
}

// UserStatistics counts accounts.
type UserStatistics struct {
	Total, Active, Disabled, WithProfile int
	Images                               int       // records of all, anonymous ones too
	Top                                  []UserRow // the five with most records
	Recent                               int       // joined in the last 30 days
}
