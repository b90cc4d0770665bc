package api

import (
	"context"
	"fmt"
	"slices"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/mango"
)

const (
	// maxTreePhotos is how many photos one tree may be shown in.
	maxTreePhotos = 12
	// treeShare times the largest photo is what they may weigh together.
	treeShare = 4
)

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

		diagnosis *mango.Diagnosis // nil: the photo cannot be read
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
	if s.replayed(ctx, work, asked.once) {
		return
	}
	photos, all, err := s.treePhotos(ctx, work, form.Files, asked)
	if err != nil {
		s.refusePhoto(ctx, asError(err))
		return
	}
	pooled, counted := s.cfg.Diagnoser.Pool(all, asked.kind)
	if len(all) == 0 {
		s.refusePhoto(ctx, &mango.Error{Code: mango.InvalidPhoto, Public: "Invalid image file", Fields: []string{"None of the photos could be read."}})
		return
	}
	var keepsakes []Keepsake
	keepers := make([]int, 0, len(photos)) // the photo of each keepsake
	for i := range photos {
		if d := photos[i].diagnosis; d != nil && s.keeps(d, asked) {
			keepsakes = append(keepsakes, Keepsake{form.Files[i].Bytes(), asked.record(d, form.Files[i])})
			keepers = append(keepers, i)
		}
	}
	build := func(saved []mango.Saved) (string, any) {
		rows := slices.Clone(photos)
		for k := range saved {
			row := &rows[keepers[k]]
			row.SavedImageID = &saved[k].ID
			if saved[k].DuplicateOf != 0 {
				row.DuplicateOf = &saved[k].DuplicateOf
			}
		}
		message, data := predictReply(&pooled, asked, nil, s.cfg.Store.AdviceOf)
		return fmt.Sprintf("%s (%d of %d photos counted)", message, counted, len(form.Files)),
			treeData{predictData: bare(data), Photos: rows, PhotosSent: len(form.Files), PhotosCounted: counted}
	}
	if asked.lost != nil && len(keepsakes) > 0 {
		s.replyUnstored(ctx, asError(asked.lost), build)
		return
	}
	s.answerSaved(ctx, work, keepsakes, asked.once, build)
}

// treePhotos diagnoses one photo after the other; a tree takes one place among
// the running photos, not twelve. An error ends all: the server's, not a
// photo's. Nothing is stored yet, so that a tree is stored whole or not at all.
func (s *Server) treePhotos(ctx *fasthttp.RequestCtx, work context.Context, files []*upload.File, asked *predictForm) ([]treePhoto, []mango.Diagnosis, error) {
	var all []mango.Diagnosis
	photos := make([]treePhoto, 0, len(files))
	for i, file := range files {
		row := treePhoto{Filename: displayName(file.Name), Predictions: []shortPrediction{}}
		d, err := s.cfg.Diagnoser.Diagnose(work, mango.Request{Photo: file.Bytes(), Kind: asked.kind, SHA256: file.SHA256})
		switch {
		case err == nil:
			all = append(all, d)
			s.correct(ctx, asked.charged[i], &d)
			row.diagnosis = &d
			message, data := predictReply(&d, asked, nil, s.cfg.Store.AdviceOf)
			b := bare(data)
			row.Success, row.Message = true, message
			row.Counted = d.Verdict == mango.Named || d.Verdict == mango.Unsure
			row.PrimaryPrediction, row.Predictions, row.GateValidation = b.PrimaryPrediction, b.Predictions, b.GateValidation
		case mango.CodeOf(err) == mango.InvalidPhoto || mango.CodeOf(err) == mango.TooLarge:
			row.Message = asError(err).Public
		default:
			return nil, nil, err
		}
		photos = append(photos, row)
	}
	return photos, all, nil
}
