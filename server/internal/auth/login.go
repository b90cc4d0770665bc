package auth

import (
	"context"
	"time"
	"unicode/utf8"

	"mangosense/server/internal/mango"
)

// patience is how long a login waits for the hasher.
const patience = 10 * time.Second

// Login checks an address and a password. Unknown address, wrong password and
// disabled account get one answer, after the same work.
func (a *Accounts) Login(ctx context.Context, email, password string) (Tokens, *mango.User, error) {
	u, err := a.cfg.Users.UserByEmail(ctx, mango.System, email)
	if u, err = a.prove(ctx, u, err, password, "Invalid email or password."); err != nil {
		return Tokens{}, nil, err
	}
	t, err := a.tokens(*u)
	return t, u, err
}

// AdminLogin is Login by username, for administrators only. That an account is no
// administrator's is revealed only with the right password.
func (a *Accounts) AdminLogin(ctx context.Context, username, password string) (Tokens, *mango.User, error) {
	u, err := a.cfg.Users.UserByName(ctx, mango.System, username)
	if u, err = a.prove(ctx, u, err, password, "Invalid credentials"); err != nil {
		return Tokens{}, nil, err
	}
	if !u.Admin {
		return Tokens{}, nil, mango.Errorf(mango.Forbidden, "Access denied. Admin privileges required.")
	}
	t, err := a.tokens(*u)
	return t, u, err
}

// prove checks the password of an account that was looked for with err.
func (a *Accounts) prove(ctx context.Context, u *mango.User, err error, password, refusal string) (*mango.User, error) {
	if err != nil && mango.CodeOf(err) != mango.NotFound {
		return nil, err
	}
	known, began := err == nil, time.Now()
	hash := a.hasher.dummy
	if known {
		hash = u.Password
	}
	ok, stale, err := a.verify(ctx, hash, password)
	if err != nil {
		return nil, err
	}
	if !known || !ok || u.Disabled {
		a.even(ctx, began)
		return nil, wrongLogin(refusal)
	}
	return a.arrived(ctx, u, password, stale, refusal)
}

func (a *Accounts) verify(ctx context.Context, hash, password string) (ok, stale bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if len(password) > maxPassword*utf8.UTFMax {
		password = "" // too long for any account
	}
	return a.hasher.verify(ctx, hash, password)
}

// arrived records the login and replaces an old hash, unless the password has
// changed meanwhile. Other failures are only logged: a full disk must not lock
// anybody out.
func (a *Accounts) arrived(ctx context.Context, u *mango.User, password string, stale bool, refusal string) (*mango.User, error) {
	now := a.now()
	change := mango.UserChange{LastLogin: &now, IfPassword: &u.Password}
	if stale {
		hash, err := a.hasher.hash(ctx, password)
		if err == nil {
			change.Password, change.KeepSessions = &hash, true
		} else {
			a.log.Warn("auth: cannot replace an old password hash", "user", u.ID, "error", err)
		}
	}
	changed, err := a.cfg.Users.ChangeUser(ctx, mango.System, u.ID, change)
	switch mango.CodeOf(err) {
	case mango.Conflict, mango.NotFound:
		return nil, wrongLogin(refusal)
	}
	if err != nil {
		a.log.Warn("auth: cannot note a login", "user", u.ID, "error", err)
		return u, nil
	}
	changed.SessionsFrom = u.SessionsFrom // of what was proved
	return changed, nil
}

// ChangePassword sets a new password for whoever knows the old one. All
// sessions end, the caller's own too: the tokens that it gets begin a new one.
func (a *Accounts) ChangePassword(ctx context.Context, token, old, new string) (Tokens, error) {
	_, caller, err := a.checkCaller(token)
	if err != nil {
		return Tokens{}, err
	}
	proved, err := a.confirm(ctx, caller.ID, old)
	if err != nil {
		return Tokens{}, err
	}
	if faults := CheckPassword(new); len(faults) > 0 {
		return Tokens{}, &mango.Error{Code: mango.Invalid, Public: faults[0], Fields: faults}
	}
	hash, err := a.hasher.hash(Known(ctx), new)
	if err != nil {
		return Tokens{}, err
	}
	by := mango.Actor{User: caller.ID, Admin: caller.Admin}
	u, err := a.cfg.Users.ChangeUser(ctx, by, caller.ID, mango.UserChange{Password: &hash, IfPassword: &proved})
	if mango.CodeOf(err) == mango.Conflict {
		return Tokens{}, wrongPassword(err) // another change was first
	}
	if err != nil {
		return Tokens{}, err
	}
	return a.tokens(*u)
}

// DeleteAccount removes an account for whoever knows its password.
func (a *Accounts) DeleteAccount(ctx context.Context, by mango.Actor, password string) error {
	proved, err := a.confirm(ctx, by.User, password)
	if err != nil {
		return err
	}
	return a.cfg.Users.DeleteUserIf(ctx, by, by.User, proved)
}

// confirm gives the hash that a password was proved against: before something
// that cannot be undone. A wrong one is Forbidden, never Unauthenticated: that
// is for tokens, and a phone would throw its session away.
func (a *Accounts) confirm(ctx context.Context, id uint64, password string) (hash string, err error) {
	u, err := a.cfg.Users.User(ctx, mango.System, id)
	if err != nil {
		return "", err
	}
	ok, _, err := a.verify(Known(ctx), u.Password, password)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", wrongPassword(nil)
	}
	return u.Password, nil
}

// HashPassword makes a hash for an account that the command line changes.
func HashPassword(ctx context.Context, password string) (string, error) {
	return newHasher(0).hash(ctx, password)
}
