package api

import (
	"github.com/valyala/fasthttp"

	"mangosense/server/internal/mango"
)

type imagesData struct {
	Images     []imageBody `json:"images"`
	Pagination pagination  `json:"pagination"`
}

// images is `GET /api/classified-images/`: the gallery and the dashboard.
// What is not verified is the expert's queue: it begins with what has no class.
// Unknown parameters are ignored. Without any paging parameter the gallery
// means all images and gets as many as one page can hold.
func (s *Server) images(ctx *fasthttp.RequestCtx) {
	q := queryOf(ctx)
	page, given := q.page()
	if !given {
		page.Size = mango.MaxPage
	}
	filter := mango.RecordFilter{
		Kind: q.kind("disease_type"), Contains: q.text("disease"), Verified: q.flag("verified"),
		Scope: q.scope("uploader_scope"), Search: q.text("search"),
	}
	filter.UnknownFirst = filter.Verified != nil && !*filter.Verified
	if err := q.err(); err != nil {
		s.fail(ctx, err)
		return
	}
	by := actor(ctx)
	found, err := s.cfg.Store.PageRecords(s.life, by, filter, page)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	bodies, err := s.imageBodies(ctx, by, found.Records)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	replyShort(ctx, "", imagesData{bodies, paginate(page, found.Total)})
}

func (s *Server) imageBodies(ctx *fasthttp.RequestCtx, by mango.Actor, records []mango.Record) ([]imageBody, error) {
	who := s.people(by)
	bodies := make([]imageBody, 0, len(records))
	for i := range records {
		bodies = append(bodies, s.imageBody(ctx, &records[i], who))
	}
	return bodies, who.err
}

// scope says whose uploads are meant.
func (q *query) scope(name string) mango.Scope {
	switch v := mango.Scope(q.text(name)); v {
	case mango.AnyScope, mango.ByEveryone:
		return mango.AnyScope
	case mango.ByUsers, mango.ByAdmins, mango.Anonymous:
		return v
	default:
		q.fault(name, "must be all, users, admins or anonymous")
		return mango.AnyScope
	}
}

// image is `GET /api/classified-images/<id>/`.
func (s *Server) image(ctx *fasthttp.RequestCtx) {
	r, err := s.recordOf(ctx)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	s.replyImage(ctx, "", r)
}

// replyImage answers with one image object.
func (s *Server) replyImage(ctx *fasthttp.RequestCtx, message string, r *mango.Record) {
	bodies, err := s.imageBodies(ctx, actor(ctx), []mango.Record{*r})
	if err != nil {
		s.fail(ctx, err)
		return
	}
	replyShort(ctx, message, bodies[0])
}

// recordOf is the record that the path names.
func (s *Server) recordOf(ctx *fasthttp.RequestCtx) (*mango.Record, error) {
	id, err := pathID(ctx, "Image")
	if err != nil {
		return nil, err
	}
	r, err := s.cfg.Store.Record(s.life, actor(ctx), id)
	return r, renamed(err, "Image not found")
}

// renamed words a NotFound as the clients know it.
func renamed(err error, sentence string) error {
	if err != nil && mango.CodeOf(err) == mango.NotFound {
		return mango.Wrap(mango.NotFound, err, sentence)
	}
	return err
}

// deleteImage is `DELETE /api/classified-images/<id>/`; its notification,
// confirmation and photo go with it.
func (s *Server) deleteImage(ctx *fasthttp.RequestCtx) {
	id, err := pathID(ctx, "Image")
	if err == nil {
		err = renamed(s.cfg.Store.DeleteRecords(s.life, actor(ctx), []uint64{id}), "Image not found")
	}
	if err != nil {
		s.fail(ctx, err)
		return
	}
	replyShort(ctx, "Image deleted successfully", nil)
}
