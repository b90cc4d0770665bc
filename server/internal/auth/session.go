package auth

import (
	"context"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"mangosense/server/internal/mango"
)

// Tokens are what a login gives: two for apps, and the one for the cookie of
// the pages.
type Tokens struct {
	Access, Refresh string
	Session         string
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
	access, err = a.issue(u, accessToken, c.Session, c.ExpiresAt.Time)
	return access, u.ID, err
}

// AuthenticateSession is Authenticate for the token in the cookie of the pages.
func (a *Accounts) AuthenticateSession(token string) (mango.Actor, error) {
	_, u, err := a.check(token, sessionToken)
	if err != nil {
		return mango.Actor{}, err
	}
	return mango.Actor{User: u.ID, Admin: u.Admin}, nil
}

// SessionLife is how long a cookie lasts when nobody comes back.
func (a *Accounts) SessionLife() time.Duration { return a.cfg.RefreshLife }

// Renew gives a cookie's token again once half of its life is over, so that
// who comes back stays logged in; empty: it is new enough.
func (a *Accounts) Renew(token string) (string, error) {
	c, u, err := a.check(token, sessionToken)
	if err != nil {
		return "", err
	}
	now := a.now()
	if c.ExpiresAt.Sub(now) > a.cfg.RefreshLife/2 {
		return "", nil
	}
	return a.issue(u, sessionToken, c.Session, now.Add(a.cfg.RefreshLife))
}

// Logout ends the session of an access token or a cookie: all that came from
// the same login.
func (a *Accounts) Logout(ctx context.Context, token string) error {
	c, u, err := a.checkCaller(token)
	if err != nil {
		return err
	}
	// Until the last of the session's tokens has expired, whichever clock they
	// were issued by.
	until := a.now().Add(a.cfg.RefreshLife)
	for _, t := range []*jwt.NumericDate{c.ExpiresAt, c.SessionEnd} {
		if t != nil && t.After(until) {
			until = t.Time
		}
	}
	by := mango.Actor{User: u.ID, Admin: u.Admin}
	return a.cfg.Sessions.EndSession(ctx, by, c.Session, until)
}

// checkCaller is check for what a caller shows itself by: an access token, or
// the one of the pages' cookie.
func (a *Accounts) checkCaller(token string) (*claims, mango.User, error) {
	c, u, err := a.check(token, accessToken)
	if mango.CodeOf(err) != mango.Unauthenticated {
		return c, u, err
	}
	if c, u, cookie := a.check(token, sessionToken); cookie == nil {
		return c, u, nil
	}
	return c, u, err
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

// current reports whether a token is of the account's generation. The
// predecessor's tokens name none: they count until the account has a second one.
func (a *Accounts) current(c *claims, u mango.User) bool {
	if c.django {
		return c.IssuedAt != nil && generation(u) == 0
	}
	return c.Generation == generation(u)
}

// tokens are the pair for a new session. u is the account as it was when its
// password was checked: if it has another generation by now, they count for
// nothing.
func (a *Accounts) tokens(u mango.User) (t Tokens, err error) {
	session, end := randomHex(16), a.now().Add(a.cfg.RefreshLife)
	if t.Access, err = a.issue(u, accessToken, session, end); err != nil {
		return t, err
	}
	if t.Refresh, err = a.issue(u, refreshToken, session, end); err != nil {
		return t, err
	}
	t.Session, err = a.issue(u, sessionToken, session, end)
	return t, err
}
