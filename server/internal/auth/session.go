package auth

import (
	"context"
	"time"

	"mangosense/server/internal/mango"
)

// Tokens are what a login gives.
type Tokens struct {
	Access, Refresh string
}

// Authenticate says whose access token this is. The account must exist and be
// enabled now, and the token's session must not have ended.
func (a *Accounts) Authenticate(token string) (mango.Actor, error) {
	_, u, err := a.check(token, accessToken)
	if err != nil {
		return mango.Actor{}, err
	}
	return mango.Actor{User: u.ID, Admin: u.Admin}, nil
}

// Refresh gives a new access token, and says whose. The refresh token stays
// good.
func (a *Accounts) Refresh(token string) (access string, user uint64, err error) {
	c, u, err := a.check(token, refreshToken)
	if err != nil {
		return "", 0, err
	}
	access, err = a.issue(u, accessToken, c.Session)
	return access, u.ID, err
}

// Logout ends the session of an access token: all that came from the same
// login.
func (a *Accounts) Logout(ctx context.Context, token string) error {
	c, u, err := a.check(token, accessToken)
	if err != nil {
		return err
	}
	by := mango.Actor{User: u.ID, Admin: u.Admin}
	return a.cfg.Sessions.EndSession(ctx, by, c.Session, a.now().Add(a.cfg.RefreshLife))
}

// check is parse and everything that can have happened since the token was
// issued. A store that cannot answer is no fault of the token: its error comes
// back as it is.
func (a *Accounts) check(token, kind string) (*claims, mango.User, error) {
	c, err := a.parse(token, kind)
	if err != nil {
		return nil, mango.User{}, badToken(err, kind)
	}
	u, err := a.account(uint64(c.UserID))
	if err == ErrNoAccount {
		return nil, u, badToken(err, kind)
	}
	if err != nil {
		return nil, u, err
	}
	if a.cfg.Sessions.SessionEnded(c.Session) || !a.current(c, u) {
		return nil, u, badToken(ErrEnded, kind)
	}
	return c, u, nil
}

// current reports whether a token was issued since the account's sessions were
// last ended, or belongs to the session that ended the others.
func (a *Accounts) current(c *claims, u mango.User) bool {
	if c.django {
		return c.IssuedAt != nil && !c.IssuedAt.Before(u.SessionsFrom)
	}
	if c.Generation == generation(u) {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s, ok := a.spared[u.ID]
	return ok && s.session == c.Session && s.generation == generation(u)
}

// spared is a session whose old tokens go on after its user changed the
// password. It is kept in memory alone: the change also gave it new tokens,
// and a client that did not take them logs in again after a restart.
type spared struct {
	session    string
	generation int64
	until      time.Time
}

const maxSpared = 4096

func (a *Accounts) spare(u mango.User, session string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.spared) >= maxSpared {
		for id, s := range a.spared {
			if a.now().After(s.until) {
				delete(a.spared, id)
			}
		}
		if len(a.spared) >= maxSpared {
			return
		}
	}
	a.spared[u.ID] = spared{session, generation(u), a.now().Add(a.cfg.RefreshLife)}
}

// tokens are the pair for one session.
func (a *Accounts) tokens(u mango.User, session string) (t Tokens, err error) {
	if t.Access, err = a.issue(u, accessToken, session); err != nil {
		return t, err
	}
	t.Refresh, err = a.issue(u, refreshToken, session)
	return t, err
}
