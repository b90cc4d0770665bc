package photos

import (
	"path"
	"strings"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// Predict answers one photo: `POST /api/predict/`. A preview is answered and
// forgotten; otherwise photo and record are durable before the 200. With
// ?explain=1 the answer holds a picture of what the model looked at.
func (h *Handlers) Predict(c *kit.Call) error {
	form, asked, err := h.receive(c, 1)
	if err != nil {
		return err
	}
	defer form.Release()
	build := func(r *intake.Result) (string, any) {
		return predictReply(r.Photos[0].Diagnosis, asked, r.Photos[0].Saved, h.Store.AdviceOf)
	}
	req := asked.request(c, build)
	req.Explain = explained(c)
	res, err := c.Diagnose(h.Intake, req)
	if err == nil && res.First == nil {
		err = res.Photos[0].Err
	}
	if err != nil {
		return kit.Counted(labelFaults(kit.AsError(err), form.Files[0]))
	}
	return answer(c, res, build)
}

// receive is the start of every request with photos: limits, form, fields, and
// who may store. The caller must Release the form.
func (h *Handlers) receive(c *kit.Call, photos int) (*upload.Form, *predictForm, error) {
	if err := c.CountPhoto(); err != nil {
		return nil, nil, err
	}
	form, err := c.Receive(photos, func(field string) bool { return field == "image" })
	if err != nil {
		return nil, nil, err
	}
	asked, err := h.readForm(c, form)
	if err != nil {
		form.Release()
		return nil, nil, err
	}
	return form, asked, nil
}

// explained reports whether a picture of what the model looked at is wanted.
func explained(c *kit.Call) bool { return c.Asks("explain") }

// labelFaults adds what the part's labels say to a photo that its content has
// already condemned. A good photo under a wrong label is answered: every
// mobile client calls its file image.jpg, whatever it is.
func labelFaults(e *mango.Error, file *upload.File) *mango.Error {
	if e.Code != mango.InvalidPhoto {
		return e
	}
	out := *e
	out.Fields = append([]string{}, e.Fields...)
	if len(out.Fields) == 0 {
		out.Fields = append(out.Fields, e.Public)
	}
	out.Public = "Invalid image file"
	declared, _, _ := strings.Cut(strings.ToLower(file.ContentType), ";")
	switch strings.TrimSpace(declared) {
	case "", "image/jpeg", "image/jpg", "image/png", "image/webp":
	default:
		out.Fields = append(out.Fields, "Only JPEG, PNG, and WebP images are allowed")
	}
	switch strings.ToLower(path.Ext(file.Name)) {
	case "", ".jpg", ".jpeg", ".png", ".webp":
	default:
		out.Fields = append(out.Fields, "Invalid file extension")
	}
	return &out
}

// request is what a form asks of the intake; build makes the answer.
func (p *predictForm) request(c *kit.Call, build answering) intake.Request {
	return intake.Request{
		By: c.Actor(), Photos: p.photos, Preview: p.preview, Unstored: p.lost,
		Record: mango.Record{Kind: p.kind, Location: p.location, Label: p.label, Answers: p.answers},
		Once:   p.once,
		Answer: func(r *intake.Result) []byte {
			message, data := build(r)
			return kit.Encode(kit.Full(message, withoutHeatMap(data)))
		},
	}
}
