package photos

import (
	"net/url"
	"strings"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

// Media is `GET /api/media/<path>` and `GET /media/<path>`: a photo, for who
// has a signed address, for its owner and for administrators. All others get
// 403 whether the photo exists or not.
func (h *Handlers) Media(c *kit.Call) error {
	name := mediaName(c)
	if err := h.mayPhoto(c, name); err != nil {
		return err
	}
	// The name is the content: what a client has of it never changes.
	small := h.Thumb != nil && c.Asks("small")
	tag := strings.TrimPrefix(name, "mango_images/")
	if small {
		tag = "small-" + tag
	}
	c.SetHeader("Cache-Control", "private, max-age=600")
	if c.Kept(tag) {
		return c.Empty(304)
	}
	if small {
		return h.small(c, name)
	}
	photo, err := h.Photos.OpenPhoto(name)
	if err != nil {
		return c.Unkept(err)
	}
	c.SetHeader("Last-Modified", photo.ModTime().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"))
	return c.Send(photo.ContentType(), photo, photo.Size()) // closes it
}

// small answers with the photo's small picture, which lists show.
func (h *Handlers) small(c *kit.Call, name string) error {
	work, cancel := c.Work(1)
	defer cancel()
	picture, err := h.Thumb(work, name, c.Hold)
	if err != nil {
		return c.Unkept(err)
	}
	return c.Body("image/jpeg", picture)
}

// mediaName is the photo's name in the path; names have no character that a
// path would escape.
func mediaName(c *kit.Call) string {
	name, _ := c.Param("path")
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	return strings.TrimSuffix(strings.TrimPrefix(name, "/"), "/")
}

func (h *Handlers) mayPhoto(c *kit.Call, name string) error {
	q := c.Query()
	if h.Accounts.PhotoSigned(name, q.Raw("until"), q.Raw("signature")) {
		return nil
	}
	if by := c.Actor(); by.Known() {
		err := h.Store.MayPhoto(c.Context(), by, name)
		switch mango.CodeOf(err) {
		case mango.NotFound, mango.Forbidden, mango.Unauthenticated:
			if by.Rules() {
				return err // there is none: an administrator may know
			}
		default:
			return err
		}
	}
	return mango.Errorf(mango.Forbidden, "This photo needs a valid link. Load the list again to get a new one.")
}
