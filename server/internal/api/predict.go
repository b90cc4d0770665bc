package api

import (
	"path"
	"strings"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// predict answers one photo: `POST /api/predict/`. A preview is answered and
// forgotten; otherwise photo and record are durable before the 200. With
// ?explain=1 the answer holds a picture of what the model looked at.
func (s *Server) predict(ctx *fasthttp.RequestCtx) {
	form, asked := s.photoForm(ctx, 1)
	if form == nil {
		return
	}
	defer form.Release()
	work, cancel := s.work(ctx)
	defer cancel()
	build := func(r *intake.Result) (string, any) {
		return predictReply(r.Photos[0].Diagnosis, asked, r.Photos[0].Saved, s.cfg.Store.AdviceOf)
	}
	req := asked.request(ctx, form, build)
	req.Explain = explained(ctx)
	res, err := s.cfg.Intake.Diagnose(work, req)
	s.correctPhotos(ctx, asked.charged, res)
	if err == nil && res.First == nil {
		err = res.Photos[0].Err
	}
	if err != nil {
		s.refusePhoto(ctx, labelFaults(asError(err), form.Files[0]))
		return
	}
	s.answerTaken(ctx, res, build)
}

// photoForm is the start of every request with photos: limits, form, fields,
// and who may store. On an error the request is answered and the form nil.
func (s *Server) photoForm(ctx *fasthttp.RequestCtx, photos int) (*upload.Form, *predictForm) {
	if err := s.limitPhotos(ctx); err != nil {
		s.refuseCaller(ctx, err)
		return nil, nil
	}
	form := s.receive(ctx, photos, func(field string) bool { return field == "image" })
	if form == nil {
		return nil, nil
	}
	asked, err := s.readForm(form)
	switch {
	case len(form.Files) == 0 || len(form.Files[0].Bytes()) == 0:
		s.refusePhoto(ctx, &mango.Error{Code: mango.Invalid, Public: "No image uploaded", Fields: []string{"Image file is required"}})
	case err != nil:
		s.refusePhoto(ctx, asError(err))
	case !asked.preview && !actor(ctx).Known() && mango.CodeOf(whyNobody(ctx)) != mango.StoreDown:
		s.refuseCaller(ctx, whyNobody(ctx))
	default:
		if !asked.preview && !actor(ctx).Known() {
			asked.lost = whyNobody(ctx)
		}
		if !asked.preview {
			asked.once, err = onceOf(ctx, form)
		}
		if err == nil {
			asked.charged, err = s.chargePhotos(ctx, form.Files, mango.Request{Kind: asked.kind, Explain: explained(ctx)})
		}
		if err == nil {
			return form, asked
		}
		s.refusePhoto(ctx, asError(err))
	}
	form.Release()
	return nil, nil
}

// explained reports whether a picture of what the model looked at is wanted.
func explained(ctx *fasthttp.RequestCtx) bool { return ctx.QueryArgs().GetBool("explain") }

// refusePhoto answers an error about a photo, counts it and logs its cause.
func (s *Server) refusePhoto(ctx *fasthttp.RequestCtx, e *mango.Error) {
	if s.cfg.Observe.Refused != nil {
		s.cfg.Observe.Refused(string(e.Code))
	}
	switch e.Code {
	case mango.Internal, mango.StoreFailed, mango.StoreFull:
		s.log.Error("predict: cannot answer a photo", "code", e.Code, "error", e.Error())
	default:
		s.log.Debug("predict: refused a photo", "code", e.Code, "error", e.Error())
	}
	refuse(ctx, e)
}

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
func (p *predictForm) request(ctx *fasthttp.RequestCtx, form *upload.Form, build answering) intake.Request {
	return intake.Request{
		By: actor(ctx), Photos: photosOf(form), Preview: p.preview, Unstored: p.lost,
		Record: mango.Record{Kind: p.kind, Location: p.location, Answers: p.answers},
		Once:   p.once,
		Answer: func(r *intake.Result) []byte {
			message, data := build(r)
			return encode(success{true, message, withoutHeatMap(data), now()})
		},
	}
}

// photosOf are a form's files.
func photosOf(form *upload.Form) []intake.Photo {
	out := make([]intake.Photo, 0, len(form.Files))
	for _, f := range form.Files {
		out = append(out, intake.Photo{Bytes: f.Bytes(), SHA256: f.SHA256, Name: f.Name})
	}
	return out
}
