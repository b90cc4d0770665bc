package api

import (
	"fmt"
	"strings"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/clock"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// maxImport is how many photos one import may bring.
const maxImport = 50

type (
	importFault struct {
		Filename string `json:"filename"`
		Error    string `json:"error"`
	}
	importDuplicate struct {
		Filename    string `json:"filename"`
		ImageID     uint64 `json:"image_id"`
		DuplicateOf uint64 `json:"duplicate_of"`
	}
	importReply struct {
		Success bool          `json:"success"`
		Message string        `json:"message"`
		Created int           `json:"created"`
		Errors  []importFault `json:"errors"`
		// Duplicates are photos that the same administrator imported minutes ago.
		Duplicates []importDuplicate `json:"duplicates,omitempty"`
	}
)

// bulkImport is `POST /api/training-data/bulk-import/`: photos whose class an
// expert knows. Each is stored, or named with its fault, in one transaction: after
// an error of the store none is. No model is asked.
func (s *Server) bulkImport(ctx *fasthttp.RequestCtx) {
	if n := int64(ctx.Request.Header.ContentLength()); n > s.cfg.UploadMemory/2 {
		s.refuseBody(ctx, mango.Errorf(mango.TooLarge, "The photos of one import must be less than %s together. Send fewer at once.", sized(s.cfg.UploadMemory/2)))
		return
	}
	form := s.receive(ctx, maxImport, func(field string) bool { return field == "images" })
	if form == nil {
		return
	}
	defer form.Release()
	if err := s.charge(ctx, storedWork*float64(len(form.Files))); err != nil {
		s.fail(ctx, err)
		return
	}
	by := actor(ctx)
	template, err := importTemplate(form, by, s.className)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	once, err := onceOf(ctx, form)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	work, cancel := s.workOn(ctx, len(form.Files))
	defer cancel()
	build := func(r *intake.Result) importReply {
		body := importReply{Success: true, Errors: []importFault{}}
		for _, t := range r.Photos {
			switch {
			case t.Err != nil:
				body.Errors = append(body.Errors, importFault{t.Name, asError(t.Err).Public})
			case t.Saved != nil:
				body.Created++
				if t.Saved.DuplicateOf != 0 {
					body.Duplicates = append(body.Duplicates, importDuplicate{t.Name, t.Saved.ID, t.Saved.DuplicateOf})
				}
			}
		}
		body.Message = fmt.Sprintf("Imported %d of %d image(s) as %s.", body.Created, len(form.Files), template.Classification)
		return body
	}
	res, err := s.cfg.Intake.Add(work, intake.Request{
		By: by, Photos: photosOf(form), Record: *template, Once: once,
		Answer: func(r *intake.Result) []byte { return encode(build(r)) },
	})
	switch {
	case err != nil:
		s.fail(ctx, err) // nothing is stored: the whole import may be sent again
	case res.First != nil:
		replay(ctx, res.First)
	default:
		writeJSON(ctx, fasthttp.StatusOK, build(res))
	}
}

// importTemplate is what all records of one import have in common.
func importTemplate(form *upload.Form, by mango.Actor, spell func(string) string) (*mango.Record, error) {
	var faults []string
	kind := mango.Kind(strings.ToLower(strings.TrimSpace(form.Fields["disease_type"])))
	if !kind.Valid() {
		faults = append(faults, "disease_type: must be leaf or fruit")
	}
	class := spell(clip(form.Fields["disease_classification"], maxClassName))
	if class == "" {
		faults = append(faults, "disease_classification: is required")
	}
	if len(form.Files) == 0 {
		faults = append(faults, "images: at least one photo is required")
	}
	if err := faulty(faults); err != nil {
		return nil, err
	}
	return &mango.Record{
		Kind: kind, Classification: class, TrainingReady: truth(form.Fields["training_ready"]),
		Verified: true, VerifiedBy: by.User, VerifiedAt: clock.Now().UTC(),
	}, nil
}
