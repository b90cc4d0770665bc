package kit

import (
	"strconv"
	"time"

	"mangosense/server/internal/clock"
)

// linkStep is the grid on which photo addresses expire: within it the same
// photo keeps its address, so that a browser's cache helps.
const linkStep = 10 * time.Minute

// PhotoURL is the absolute, signed address of a stored photo; null without one.
// Whoever has it sees the photo until it expires: clients show it in an <img>,
// which sends no token.
func (c *Call) PhotoURL(name string) *string {
	if name == "" {
		return nil
	}
	until := clock.Now().Add(c.kit.PhotoLinkLife).Truncate(linkStep).Add(linkStep)
	return new(c.origin() + "/api/media/" + name + "?until=" + strconv.FormatInt(until.Unix(), 10) +
		"&signature=" + c.kit.SignPhoto(name, until))
}
