package kit

import (
	"strconv"
	"strings"
	"time"

	"mangosense/server/internal/mango"
)

// PageHeader is what the pages send along with everything that changes
// something. No form can send it, and no other origin: it is not among the
// headers that CORS allows.
const PageHeader = "X-Mango-Page"

// cookieName holds the session of the pages. Over TLS its prefix keeps anybody
// who can write cookies without TLS, or for a domain above, from setting it.
func (c *Call) cookieName() string {
	if c.Scheme() == "https" {
		return "__Host-mango"
	}
	return "mango"
}

// SetSession gives the pages their cookie; an empty token takes it away.
func (c *Call) SetSession(token string, life time.Duration) {
	cookie := c.cookieName() + "=" + token + "; Path=/; HttpOnly; SameSite=Strict; Max-Age="
	if token == "" {
		life = 0
	}
	cookie += strconv.FormatInt(int64(life/time.Second), 10)
	if c.Scheme() == "https" {
		cookie += "; Secure"
	}
	c.SetHeader("Set-Cookie", cookie)
}

// SamePage refuses what another site has a browser do in its user's name: a
// cookie goes along whoever asks. SameSite is the first line; sites on the same
// host with another port pass it, and must not pass here.
func (c *Call) SamePage() error {
	site, origin := c.Header("Sec-Fetch-Site"), c.Header("Origin")
	switch {
	case c.Header(PageHeader) == "":
	case site != "" && site != "same-origin":
	case origin != "" && !strings.EqualFold(origin, c.origin()):
	case site == "" && origin == "":
	default:
		return nil
	}
	return mango.Errorf(mango.Forbidden, "This can only be done from the pages of this server.")
}

// FromElsewhere reports that a browser says another site's page asks. The
// cookie then counts as none.
func (c *Call) FromElsewhere() bool {
	switch c.Header("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return false
	}
	return true
}

// Unsafe reports that the request's method may change something.
func (c *Call) Unsafe() bool {
	return !c.ctx.IsGet() && !c.ctx.IsHead() && !c.ctx.IsOptions()
}
