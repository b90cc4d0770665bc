package kit

import (
	"strings"

	"mangosense/server/internal/mango"
)

// Header is a header's first value, empty where it is absent.
func (c *Call) Header(name string) string { return string(c.ctx.Request.Header.Peek(name)) }

// Headers are all values of a header, in their order.
func (c *Call) Headers(name string) []string {
	var all []string
	for _, v := range c.ctx.Request.Header.PeekAll(name) {
		all = append(all, string(v))
	}
	return all
}

// ContentType is the body's type as the client names it.
func (c *Call) ContentType() string { return string(c.ctx.Request.Header.ContentType()) }

// ContentLength is the body's declared length; negative where none is declared.
func (c *Call) ContentLength() int { return c.ctx.Request.Header.ContentLength() }

// Host is the Host header.
func (c *Call) Host() string { return string(c.ctx.Host()) }

// Param is a part of the path that the route names.
func (c *Call) Param(name string) (string, bool) {
	v, ok := c.ctx.UserValue(name).(string)
	return v, ok
}

// ID is the {id} of the path. Whatever cannot be an id names nothing: NotFound,
// of what is named.
func (c *Call) ID(what string) (uint64, error) {
	text, _ := c.Param("id")
	id, ok := mango.ParseID(text)
	if !ok || id == 0 {
		return 0, mango.Errorf(mango.NotFound, "%s not found", what)
	}
	return id, nil
}

// Asks reports whether a query parameter says yes.
func (c *Call) Asks(name string) bool { return c.ctx.QueryArgs().GetBool(name) }

// SessionCookie is the token that the pages' cookie holds; empty without one.
func (c *Call) SessionCookie() string { return string(c.ctx.Request.Header.Cookie(c.cookieName())) }

// Credential is what the caller shows itself by: its bearer token, or else the
// pages' cookie.
func (c *Call) Credential() string {
	if c.Header("Authorization") != "" {
		return c.Token()
	}
	return c.SessionCookie()
}

// Token is the request's bearer token; empty without one. Another scheme counts
// as no credentials: an older app says "Token null" until it has some.
func (c *Call) Token() string {
	scheme, token, _ := strings.Cut(strings.TrimSpace(c.Header("Authorization")), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
