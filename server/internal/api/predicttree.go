package api

import (
	"fmt"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// maxTreePhotos is how many photos one tree may be shown in.
const maxTreePhotos = 12

type (
	treePhoto struct {
		Filename          string            `json:"filename"`
		Success           bool              `json:"success"`
		Message           string            `json:"message"`
		Counted           bool              `json:"counted"` // it has a share in the tree's verdict
		PrimaryPrediction primaryPrediction `json:"primary_prediction"`
		Predictions       []shortPrediction `json:"predictions"`
		GateValidation    gateValidation    `json:"gate_validation"`
		SavedImageID      *uint64           `json:"saved_image_id"`
		DuplicateOf       *uint64           `json:"duplicate_of,omitempty"`
	}
	treeData struct {
		predictData
		SavedImageID  *uint64     `json:"saved_image_id"` // each photo has its own
		Photos        []treePhoto `json:"photos"`
		PhotosSent    int         `json:"photos_sent"`
		PhotosCounted int         `json:"photos_counted"`
	}
)

// predictTree answers up to twelve photos of one tree: each photo's own answer
// and the verdict over those that show mango. A photo that cannot be read has
// its sentence in its place; the others go on.
func (s *Server) predictTree(ctx *fasthttp.RequestCtx) {
	form, asked := s.photoForm(ctx, maxTreePhotos)
	if form == nil {
		return
	}
	defer form.Release()
	work, cancel := s.work(ctx)
	defer cancel()
	build := func(r *intake.Result) (string, any) {
		rows := make([]treePhoto, 0, len(r.Photos))
		for i := range r.Photos {
			rows = append(rows, s.treePhoto(&r.Photos[i], asked))
		}
		message, data := predictReply(&r.Tree.Diagnosis, asked, nil, s.cfg.Store.AdviceOf)
		return fmt.Sprintf("%s (%d of %d photos counted)", message, r.Tree.Counted, len(form.Files)),
			treeData{predictData: bare(data), Photos: rows, PhotosSent: len(form.Files), PhotosCounted: r.Tree.Counted}
	}
	req := asked.request(ctx, form, build)
	req.Tree = true
	res, err := s.cfg.Intake.Diagnose(work, req)
	s.correctPhotos(ctx, asked.charged, res)
	switch {
	case err != nil:
		s.refusePhoto(ctx, asError(err))
	case res.First == nil && res.Tree == nil:
		s.refusePhoto(ctx, &mango.Error{Code: mango.InvalidPhoto, Public: "Invalid image file", Fields: []string{"None of the photos could be read."}})
	default:
		s.answerTaken(ctx, res, build)
	}
}

// treePhoto is one photo's row.
func (s *Server) treePhoto(t *intake.Taken, asked *predictForm) treePhoto {
	row := treePhoto{Filename: t.Name, Predictions: []shortPrediction{}}
	if t.Err != nil {
		row.Message = asError(t.Err).Public
		return row
	}
	message, data := predictReply(t.Diagnosis, asked, nil, s.cfg.Store.AdviceOf)
	b := bare(data)
	row.Success, row.Message = true, message
	row.Counted = t.Diagnosis.Verdict == mango.Named || t.Diagnosis.Verdict == mango.Unsure
	row.PrimaryPrediction, row.Predictions, row.GateValidation = b.PrimaryPrediction, b.Predictions, b.GateValidation
	if t.Saved != nil {
		row.SavedImageID = &t.Saved.ID
		if t.Saved.DuplicateOf != 0 {
			row.DuplicateOf = &t.Saved.DuplicateOf
		}
	}
	return row
}
