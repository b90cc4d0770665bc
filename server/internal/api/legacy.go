package api

import (
	"context"
	"encoding/json"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/render"
	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// What handlers of the old form still use.

const (
	routeKey     = "route"
	brokenJSON   = kit.BrokenJSON
	maxJSON      = kit.MaxJSON
	maxClassName = 100
	storedWork   = kit.StoredWork
)

type success struct {
	Success   bool   `json:"success"`
	Message   string `json:"message"`
	Data      any    `json:"data"`
	Timestamp string `json:"timestamp"`
}

func now() string                               { return kit.Now() }
func asError(err error) *mango.Error            { return kit.AsError(err) }
func sized(n int64) string                      { return kit.Sized(n) }
func faulty(faults []string) error              { return kit.Faulty(faults) }
func percent(p float64) float64                 { return render.Percent(p) }
func percents(r []mango.Class) []float64        { return render.Percents(r) }
func formatted(p float64) string                { return render.Formatted(p) }
func orList(raw []byte) json.RawMessage         { return render.OrList(raw) }
func parseJSON(b []byte, v any, s string) error { return kit.ParseJSON(b, v, s) }
func jsonText(ctx *fasthttp.RequestCtx, b []byte) ([]byte, error) {
	return kit.JSONText(string(ctx.Request.Header.ContentType()), b)
}

func callOf(ctx *fasthttp.RequestCtx) *kit.Call { return ctx.UserValue("call").(*kit.Call) }

func actor(ctx *fasthttp.RequestCtx) mango.Actor               { return callOf(ctx).Actor() }
func whyNobody(ctx *fasthttp.RequestCtx) error                 { return callOf(ctx).Unknown() }
func writeJSON(ctx *fasthttp.RequestCtx, code int, v any)      { _ = callOf(ctx).JSON(code, v) }
func reply(ctx *fasthttp.RequestCtx, message string, data any) { _ = callOf(ctx).Reply(message, data) }

func (s *Server) fail(ctx *fasthttp.RequestCtx, err error) { callOf(ctx).Refuse(err) }
func (s *Server) refuseBody(ctx *fasthttp.RequestCtx, e *mango.Error) {
	callOf(ctx).Refuse(kit.Counted(e))
}
func (s *Server) refuseCaller(ctx *fasthttp.RequestCtx, err error) {
	c := callOf(ctx)
	c.Refuse(c.Stranger(err))
}
func (s *Server) limitPhotos(ctx *fasthttp.RequestCtx) error       { return callOf(ctx).CountPhoto() }
func (s *Server) charge(ctx *fasthttp.RequestCtx, n float64) error { return callOf(ctx).Charge(n) }
func (s *Server) correct(ctx *fasthttp.RequestCtx, charged float64, d *mango.Diagnosis) {
	callOf(ctx).Correct(charged, d)
}
func (s *Server) work(ctx *fasthttp.RequestCtx) (context.Context, context.CancelFunc) {
	return callOf(ctx).Work(1)
}
func (s *Server) workOn(ctx *fasthttp.RequestCtx, n int) (context.Context, context.CancelFunc) {
	return callOf(ctx).Work(n)
}
func (s *Server) receive(ctx *fasthttp.RequestCtx, files int, isFile func(string) bool) *upload.Form {
	form, err := callOf(ctx).Receive(files, isFile)
	if err != nil {
		callOf(ctx).Refuse(err)
		return nil
	}
	return form
}
func (s *Server) className(text string) string { return kit.Spelled(text, s.cfg.Store.CanonicalClass) }
func (s *Server) replyImage(ctx *fasthttp.RequestCtx, message string, r *mango.Record) {
	if err := s.records.ReplyImage(callOf(ctx), message, r); err != nil {
		callOf(ctx).Refuse(err)
	}
}

// correctPhotos is correct for each photo that was diagnosed.
func (s *Server) correctPhotos(ctx *fasthttp.RequestCtx, charged []float64, res *intake.Result) {
	for i := range res.Photos {
		if d := res.Photos[i].Diagnosis; d != nil {
			s.correct(ctx, charged[i], d)
		}
	}
}

// chargePhotos charges what a request's photos will cost beyond the one that
// limitPhotos has counted, before any of it is done: a heavy photo counts as
// several, n photos as n. It refuses what cannot be charged, and gives what was
// charged for each.
func (s *Server) chargePhotos(ctx *fasthttp.RequestCtx, files []*upload.File, asked mango.Request) ([]float64, error) {
	charged, total := make([]float64, len(files)), -1.0
	for i, f := range files {
		asked.Photo, asked.SHA256 = f.Bytes(), f.SHA256
		charged[i] = s.cfg.Work(asked)
		total += charged[i]
	}
	return charged, s.charge(ctx, total)
}

func old(f func(*fasthttp.RequestCtx)) kit.Handler {
	return func(c *kit.Call) error {
		ctx := c.Raw()
		ctx.SetUserValue(routeKey, c.Route())
		f(ctx)
		return nil
	}
}

func refuse(ctx *fasthttp.RequestCtx, e *mango.Error) { callOf(ctx).Refuse(e) }
