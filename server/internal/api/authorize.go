package api

import (
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

// admit lets in whom a route is for.
func (s *Server) admit(level access, next kit.Handler) kit.Handler {
	return func(c *kit.Call) error {
		by, err := s.caller(c)
		// While the accounts cannot be read, photos are answered all the same.
		storeDown := mango.CodeOf(err) == mango.StoreDown
		switch level {
		case open:
			c.LetIn(by, err) // whoever cannot be known is nobody here
			return next(c)
		case guest:
			// Nobody at all may be a guest.
			stranger := s.cfg.AnonymousPreviews && c.Header("Authorization") == "" && c.SessionCookie() == ""
			c.LetIn(by, err)
			if stranger || storeDown {
				return next(c)
			}
		case saver:
			c.LetIn(by, err)
			if storeDown {
				return next(c)
			}
		case user:
		case admin:
			if err == nil {
				err = by.NeedRules()
			}
		default:
			err = mango.Errorf(mango.Forbidden, "Access denied.")
		}
		if err != nil {
			return c.Stranger(err)
		}
		c.LetIn(by, nil)
		return next(c)
	}
}

// caller is who the request's access token says, or, without one, the pages'
// cookie. The cookie changes nothing unless a page of this server asks.
func (s *Server) caller(c *kit.Call) (mango.Actor, error) {
	if token := c.Token(); token != "" {
		return s.cfg.Accounts.Authenticate(token)
	}
	cookie := c.SessionCookie()
	if c.Header("Authorization") != "" || cookie == "" || c.FromElsewhere() && !c.Unsafe() {
		return mango.Actor{}, mango.Actor{}.NeedKnown()
	}
	if c.Unsafe() {
		if err := c.SamePage(); err != nil {
			return mango.Actor{}, err
		}
	}
	return s.cfg.Accounts.AuthenticateSession(cookie)
}
