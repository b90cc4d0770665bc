package accounts

import (
	"cmp"
	"context"
	"strings"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/auth"
	"mangosense/server/internal/mango"
)

type (
	sessionBody struct {
		Email    string `json:"email"`
		Username string `json:"username"`
		Password string `json:"password"`
	}
	// sessionPerson is who a page is shown to.
	sessionPerson struct {
		person
		Username string `json:"username"`
		IsAdmin  bool   `json:"is_superuser"`
	}
	sessionData struct {
		User *sessionPerson `json:"user"` // null: nobody
	}
	sessionReply struct {
		Success bool        `json:"success"`
		Message string      `json:"message"`
		Data    sessionData `json:"data"`
	}
)

func sessionOf(message string, u *mango.User) sessionReply {
	r := sessionReply{Success: true, Message: message}
	if u != nil {
		r.Data.User = &sessionPerson{personOf(u), u.Username, u.Admin}
	}
	return r
}

// OpenSession is `POST /api/session/`: login for the pages. Its token goes into
// a cookie that no script reads. By email, or by username for administrators.
func (h *Handlers) OpenSession(c *kit.Call) error {
	if err := c.SamePage(); err != nil {
		return err
	}
	address := c.AddressKey()
	if err := c.TooSoon(h.logins.early(address)); err != nil {
		return err
	}
	var b sessionBody
	if err := c.Decode(&b, badForm); err != nil {
		return err
	}
	b.Email, b.Username = strings.TrimSpace(b.Email), strings.TrimSpace(b.Username)
	if b.Email == "" && b.Username == "" || b.Password == "" {
		return mango.Errorf(mango.Invalid, "Email and password are required.")
	}
	tokens, u, err := h.login(c, address, cmp.Or(b.Email, b.Username), func(ctx context.Context) (auth.Tokens, *mango.User, error) {
		if b.Email != "" {
			return h.Accounts.Login(ctx, b.Email, b.Password)
		}
		return h.Accounts.AdminLogin(ctx, b.Username, b.Password)
	})
	if err != nil {
		return err
	}
	c.SetSession(tokens.Session, h.Accounts.SessionLife())
	return c.JSON(200, sessionOf("Login successful.", u))
}

// Session is `GET /api/session/`: who the pages are shown to, nobody included.
// A cookie that has lived half of its life is given again.
func (h *Handlers) Session(c *kit.Call) error {
	by := c.Actor()
	if !by.Known() {
		if mango.CodeOf(c.Unknown()) == mango.StoreDown {
			return c.Unknown()
		}
		return c.JSON(200, sessionOf("Nobody is logged in.", nil))
	}
	u, err := h.Store.User(c.Context(), by, by.User)
	if err != nil {
		return err
	}
	if c.Token() == "" {
		token, err := h.Accounts.Renew(c.SessionCookie())
		if err != nil {
			return err
		}
		if token != "" {
			c.SetSession(token, h.Accounts.SessionLife())
		}
	}
	return c.JSON(200, sessionOf("You are logged in.", u))
}

// CloseSession is `DELETE /api/session/`: the session ends, and the cookie goes
// whatever it was worth.
func (h *Handlers) CloseSession(c *kit.Call) error {
	if err := c.SamePage(); err != nil {
		return err
	}
	if by := c.Actor(); by.Known() {
		if err := h.Accounts.Logout(c.Context(), c.Credential()); err != nil {
			return err
		}
	}
	c.SetSession("", 0)
	return c.JSON(200, sessionOf("Logout successful.", nil))
}
