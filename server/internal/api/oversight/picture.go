package oversight

import (
	"strings"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// Thumbnail is `GET /api/admin/review/<id>/thumbnail/`.
func (h *Handlers) Thumbnail(c *kit.Call) error {
	r, err := h.record(c)
	if err != nil {
		return err
	}
	if fresh, err := known(c, "t", r); fresh || err != nil {
		return err
	}
	if h.cfg.Machine.Thumb == nil {
		return mango.Errorf(mango.NotProvided, "This server makes no small pictures.")
	}
	work, cancel := c.Work(1)
	defer cancel()
	small, err := h.cfg.Machine.Thumb(work, r.Media, c.Hold)
	if err != nil {
		return c.Unkept(err)
	}
	return c.Body("image/jpeg", small)
}

// Photo is `GET /api/admin/review/<id>/photo/`: the photo as it is kept.
func (h *Handlers) Photo(c *kit.Call) error {
	r, err := h.record(c)
	if err != nil {
		return err
	}
	if fresh, err := known(c, "p", r); fresh || err != nil {
		return err
	}
	photo, err := h.cfg.Photos.OpenPhoto(r.Media)
	if err != nil {
		return c.Unkept(err)
	}
	return c.Send(photo.ContentType(), photo, photo.Size()) // closes it
}

// HeatMap is `GET /api/admin/review/<id>/heatmap/`: what the model that answers
// now looks at, a JPEG. The photo is diagnosed again, as a preview.
func (h *Handlers) HeatMap(c *kit.Call) error {
	r, err := h.record(c)
	if err != nil {
		return err
	}
	if err := c.CountPhoto(); err != nil {
		return err
	}
	photo, err := h.cfg.Photos.OpenPhoto(r.Media)
	if err != nil {
		return err
	}
	defer func() { _ = photo.Close() }() // it was only read
	if err := c.Hold(photo.Size()); err != nil {
		return err
	}
	file, err := mango.ReadPhoto(photo)
	if err != nil {
		return err
	}
	res, err := c.Diagnose(h.cfg.Intake, intake.Request{By: c.Actor(), Preview: true, Explain: true,
		Photos: []intake.Photo{{Bytes: file}}, Record: mango.Record{Kind: r.Kind}})
	if err == nil {
		err = res.Photos[0].Err
	}
	if err != nil {
		return err
	}
	d := res.Photos[0].Diagnosis
	if len(d.HeatMap) == 0 {
		return mango.Errorf(mango.NotFound, "The model does not say what it looked at.")
	}
	c.SetHeader("Cache-Control", "private, max-age=300")
	return c.Body("image/jpeg", d.HeatMap)
}

// record is the record that the path names, with a photo; only an
// administrator gets that far.
func (h *Handlers) record(c *kit.Call) (*mango.Record, error) {
	if err := h.cfg.Store.MayRule(c.Actor()); err != nil {
		return nil, err
	}
	id, err := c.ID("Image")
	if err != nil {
		return nil, err
	}
	r, err := h.cfg.Store.Record(c.Context(), c.Actor(), id)
	if err != nil {
		return nil, kit.Renamed(err, "Image not found")
	}
	if r.Media == "" {
		return nil, mango.Errorf(mango.NotFound, "The photo of this record is not kept any more.")
	}
	return r, nil
}

// known answers 304 to a client that has the picture. Names of photos are their
// content, so that what belongs to one never changes.
func known(c *kit.Call, what string, r *mango.Record) (bool, error) {
	c.SetHeader("Cache-Control", "private, max-age=86400")
	if !c.Kept(what + "-" + strings.TrimPrefix(r.Media, "mango_images/")) {
		return false, nil
	}
	return true, c.Empty(304)
}
