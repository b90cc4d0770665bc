package api

import (
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/clock"
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
	if s.replayed(ctx, work, asked.once) {
		return
	}
	file := form.Files[0]
	d, err := s.cfg.Diagnoser.Diagnose(work, mango.Request{
		Photo: file.Bytes(), Kind: asked.kind, SHA256: file.SHA256, Explain: explained(ctx),
	})
	if err != nil {
		s.refusePhoto(ctx, labelFaults(asError(err), file))
		return
	}
	s.correct(ctx, asked.charged[0], &d)
	build := func(saved []mango.Saved) (string, any) {
		return predictReply(&d, asked, first(saved), s.cfg.Store.AdviceOf)
	}
	keeps := s.keeps(&d, asked)
	if keeps && asked.lost != nil {
		s.replyUnstored(ctx, asError(asked.lost), build)
		return
	}
	var all []Keepsake
	if keeps {
		all = []Keepsake{{file.Bytes(), asked.record(&d, file)}}
	}
	s.answerSaved(ctx, work, all, asked.once, build)
}

// first is the only record of a save of one photo; nil where there is none.
func first(saved []mango.Saved) *mango.Saved {
	if len(saved) == 0 {
		return nil
	}
	return &saved[0]
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

// keeps counts an answer and says whether its photo is to be stored: unless it
// is a preview or no mango.
func (s *Server) keeps(d *mango.Diagnosis, asked *predictForm) bool {
	if s.cfg.Observe.Diagnosis != nil {
		s.cfg.Observe.Diagnosis(d)
	}
	return !asked.preview && d.Verdict != mango.NotMango
}

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

// record is what will be kept of a diagnosis.
func (p *predictForm) record(d *mango.Diagnosis, file *upload.File) mango.Record {
	detected := p.answers.DetectedDisease
	if detected == "" {
		detected = d.Disease
	}
	answers := p.answers
	answers.DetectedDisease = detected
	return mango.Record{
		CreatedAt: clock.Now().UTC().Truncate(time.Microsecond),
		Kind:      d.Kind, Disease: d.Disease, Confidence: d.Confidence, Verdict: d.Verdict,
		Probabilities: d.Ranking, Gate: d.Gate, Model: d.Model, Processing: d.Processing,
		Photo: d.Photo, OriginalName: displayName(file.Name),
		Location: p.location, Answers: answers,
		Notes: fmt.Sprintf(predictedNote+"%.2f%% confidence", d.Confidence*100),
	}
}

// displayName is a client's file name without its folders, cut to what the
// store takes.
func displayName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || name == "/" || name == "" {
		return "image"
	}
	return clip(name, 100)
}
