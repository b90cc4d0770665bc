package photos

import (
	"fmt"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// MostTreePhotos is how many photos one tree may be shown in.
const MostTreePhotos = 12

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
		HeatMap           string            `json:"heat_map,omitempty"` // as predict's
	}
	treeData struct {
		predictData
		SavedImageID  *uint64     `json:"saved_image_id"` // each photo has its own
		Photos        []treePhoto `json:"photos"`
		PhotosSent    int         `json:"photos_sent"`
		PhotosCounted int         `json:"photos_counted"`
	}
)

// PredictTree answers up to twelve photos of one tree: each photo's own answer
// and the verdict over those that show mango. A photo that cannot be read has
// its sentence in its place; the others go on.
//
// With ?explain=1 each photo has a picture of what the model looked at.
func (h *Handlers) PredictTree(c *kit.Call) error {
	form, asked, err := h.receive(c, MostTreePhotos)
	if err != nil {
		return err
	}
	defer form.Release()
	build := func(r *intake.Result) (string, any) {
		rows := make([]treePhoto, 0, len(r.Photos))
		for i := range r.Photos {
			rows = append(rows, h.treePhoto(&r.Photos[i], asked))
		}
		message, data := predictReply(&r.Tree.Diagnosis, asked, nil, h.Store.AdviceOf)
		return fmt.Sprintf("%s (%d of %d photos counted)", message, r.Tree.Counted, len(form.Files)),
			treeData{predictData: bare(data), Photos: rows, PhotosSent: len(form.Files), PhotosCounted: r.Tree.Counted}
	}
	req := asked.request(c, build)
	req.Tree, req.Explain = true, explained(c)
	res, err := c.Diagnose(h.Intake, req)
	if err == nil && res.First == nil && res.Tree == nil {
		err = &mango.Error{Code: mango.InvalidPhoto, Public: "Invalid image file", Fields: []string{"None of the photos could be read."}}
	}
	if err != nil {
		return kit.Counted(err)
	}
	return answer(c, res, build)
}

// treePhoto is one photo's row.
func (h *Handlers) treePhoto(t *intake.Taken, asked *predictForm) treePhoto {
	row := treePhoto{Filename: t.Name, Predictions: []shortPrediction{}}
	if t.Err != nil {
		row.Message = kit.AsError(t.Err).Public
		return row
	}
	message, data := predictReply(t.Diagnosis, asked, nil, h.Store.AdviceOf)
	b := bare(data)
	row.Success, row.Message = true, message
	row.Counted = t.Diagnosis.Verdict == mango.Named || t.Diagnosis.Verdict == mango.Unsure
	row.PrimaryPrediction, row.Predictions, row.GateValidation = b.PrimaryPrediction, b.Predictions, b.GateValidation
	row.HeatMap = b.HeatMap
	if t.Saved != nil {
		row.SavedImageID = &t.Saved.ID
		if t.Saved.DuplicateOf != 0 {
			row.DuplicateOf = &t.Saved.DuplicateOf
		}
	}
	return row
}
