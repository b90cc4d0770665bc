package records

import (
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/render"
	"mangosense/server/internal/mango"
)

type imagesData struct {
	Images     []imageBody    `json:"images"`
	Pagination kit.Pagination `json:"pagination"`
}

// Images is `GET /api/classified-images/`: the gallery and the dashboard.
// What is not verified is the expert's queue: it begins with what has no class.
// Unknown parameters are ignored. Without any paging parameter the gallery
// means all images and gets as many as one page can hold.
func (h *Handlers) Images(c *kit.Call) error {
	q := c.Query()
	page, given := q.Page()
	if !given {
		page.Size = mango.MaxPage
	}
	filter := mango.RecordFilter{
		Kind: q.Kind("disease_type"), Contains: q.Text("disease"), Verified: q.Flag("verified"),
		Scope: scope(q, "uploader_scope"), Search: q.Text("search"),
	}
	filter.UnknownFirst = filter.Verified != nil && !*filter.Verified
	if err := q.Err(); err != nil {
		return err
	}
	data, err := h.imagesPage(c, filter, page)
	if err != nil {
		return err
	}
	return c.ReplyShort("", data)
}

func (h *Handlers) imagesPage(c *kit.Call, filter mango.RecordFilter, page mango.Page) (imagesData, error) {
	found, err := h.Store.PageRecords(c.Context(), c.Actor(), filter, page)
	if err != nil {
		return imagesData{}, err
	}
	bodies, err := h.imageBodies(c, found.Records)
	return imagesData{bodies, kit.Paginate(page, found.Total)}, err
}

func (h *Handlers) imageBodies(c *kit.Call, records []mango.Record) ([]imageBody, error) {
	who := render.NewPeople(c.Context(), h.Store, c.Actor())
	bodies := make([]imageBody, 0, len(records))
	for i := range records {
		bodies = append(bodies, h.imageBody(c, &records[i], who))
	}
	return bodies, who.Err()
}

// scope says whose uploads are meant.
func scope(q *kit.Query, name string) mango.Scope {
	switch v := mango.Scope(q.Text(name)); v {
	case mango.AnyScope, mango.ByEveryone:
		return mango.AnyScope
	case mango.ByUsers, mango.ByAdmins, mango.Anonymous:
		return v
	default:
		q.Fault(name, "must be all, users, admins or anonymous")
		return mango.AnyScope
	}
}

// Image is `GET /api/classified-images/<id>/`.
func (h *Handlers) Image(c *kit.Call) error {
	r, err := h.recordOf(c)
	if err != nil {
		return err
	}
	return h.replyImage(c, "", r)
}

// replyImage answers with one image object.
func (h *Handlers) replyImage(c *kit.Call, message string, r *mango.Record) error {
	bodies, err := h.imageBodies(c, []mango.Record{*r})
	if err != nil {
		return err
	}
	return c.ReplyShort(message, bodies[0])
}

// recordOf is the record that the path names.
func (h *Handlers) recordOf(c *kit.Call) (*mango.Record, error) {
	id, err := c.ID("Image")
	if err != nil {
		return nil, err
	}
	r, err := h.Store.Record(c.Context(), c.Actor(), id)
	return r, kit.Renamed(err, "Image not found")
}

// DeleteImage is `DELETE /api/classified-images/<id>/`; its notification,
// confirmation and photo go with it.
func (h *Handlers) DeleteImage(c *kit.Call) error {
	id, err := c.ID("Image")
	if err == nil {
		err = kit.Renamed(h.Store.DeleteRecords(c.Context(), c.Actor(), []uint64{id}), "Image not found")
	}
	if err != nil {
		return err
	}
	return c.ReplyShort("Image deleted successfully", nil)
}
