package api

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/clock"
	"mangosense/server/internal/mango"
)

// linkStep is the grid on which photo addresses expire: within it the same
// photo keeps its address, so that a browser's cache helps.
const linkStep = 10 * time.Minute

// photoURL is the absolute, signed address of a record's photo; empty without
// one. Whoever has it sees the photo until it expires: clients show it in an
// <img>, which sends no token.
func (s *Server) photoURL(ctx *fasthttp.RequestCtx, r *mango.Record) string {
	if r.Media == "" {
		return ""
	}
	until := clock.Now().Add(s.cfg.PhotoLinkLife).Truncate(linkStep).Add(linkStep)
	return s.origin(ctx) + "/api/media/" + r.Media + "?until=" + strconv.FormatInt(until.Unix(), 10) +
		"&signature=" + s.cfg.Accounts.SignPhoto(r.Media, until)
}

// imageURL is photoURL as clients expect it: null without a photo.
func (s *Server) imageURL(ctx *fasthttp.RequestCtx, r *mango.Record) *string {
	if r.Media == "" {
		return nil
	}
	u := s.photoURL(ctx, r)
	return &u
}

// media is `GET /api/media/<path>` and `GET /media/<path>`: a photo, for who
// has a signed address, for its owner and for administrators. All others get
// 403 whether the photo exists or not.
func (s *Server) media(ctx *fasthttp.RequestCtx) {
	name := mediaName(ctx)
	if err := s.mayPhoto(ctx, name); err != nil {
		s.fail(ctx, err)
		return
	}
	// The name is the content: what a client has of it never changes.
	tag := `"` + strings.TrimPrefix(name, "mango_images/") + `"`
	ctx.Response.Header.Set("ETag", tag)
	ctx.Response.Header.Set("Cache-Control", "private, max-age=600")
	if string(ctx.Request.Header.Peek("If-None-Match")) == tag {
		ctx.SetStatusCode(fasthttp.StatusNotModified)
		return
	}
	photo, err := s.cfg.Photos.OpenPhoto(name)
	if err != nil {
		ctx.Response.Header.Del("ETag")
		ctx.Response.Header.Set("Cache-Control", "no-store")
		s.fail(ctx, err)
		return
	}
	ctx.SetContentType(photo.ContentType())
	ctx.Response.Header.Set("Last-Modified", photo.ModTime().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"))
	ctx.SetBodyStream(photo, int(photo.Size())) // closes it
}

// mediaName is the photo's name in the path; names have no character that a
// path would escape.
func mediaName(ctx *fasthttp.RequestCtx) string {
	name, _ := ctx.UserValue("path").(string)
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	return strings.TrimSuffix(strings.TrimPrefix(name, "/"), "/")
}

func (s *Server) mayPhoto(ctx *fasthttp.RequestCtx, name string) error {
	args := ctx.QueryArgs()
	if s.cfg.Accounts.PhotoSigned(name, string(args.Peek("until")), string(args.Peek("signature"))) {
		return nil
	}
	if by := actor(ctx); by.Known() {
		err := s.cfg.Store.MayPhoto(s.life, by, name)
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
