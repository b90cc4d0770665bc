package records

import (
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/render"
	"mangosense/server/internal/mango"
)

type (
	imageOwner struct {
		ID         uint64 `json:"id"`
		Username   string `json:"username"`
		FullName   string `json:"full_name"`
		Email      string `json:"email"`
		FirstName  string `json:"first_name"`
		LastName   string `json:"last_name"`
		DateJoined string `json:"date_joined"`
	}
	userImagesData struct {
		User       imageOwner     `json:"user"`
		Images     []imageBody    `json:"images"`
		Pagination kit.Pagination `json:"pagination"`
	}
)

// UserImages is `GET /api/users/<id>/images/`. Without any paging parameter
// all images are meant, as many as one page can hold.
func (h *Handlers) UserImages(c *kit.Call) error {
	id, err := c.ID("User")
	if err != nil {
		return err
	}
	u, err := h.Store.User(c.Context(), c.Actor(), id)
	if err != nil {
		return err
	}
	q := c.Query()
	page, given := q.Page()
	if !given {
		page.Size = mango.MaxPage
	}
	filter := mango.RecordFilter{User: &u.ID, Kind: q.Kind("disease_type"), Verified: q.Flag("verified")}
	if err := q.Err(); err != nil {
		return err
	}
	data, err := h.imagesPage(c, filter, page)
	if err != nil {
		return err
	}
	owner := imageOwner{u.ID, u.Username, u.FullName(), u.Email, u.FirstName, u.LastName, render.Serial(u.JoinedAt)}
	return c.ReplyShort("", userImagesData{owner, data.Images, data.Pagination})
}
