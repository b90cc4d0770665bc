package api

import (
	"fmt"
	"strings"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/clock"
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
	if s.replayed(ctx, work, once) {
		return
	}
	all, faults, err := s.importable(form.Files, *template)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	build := func(saved []mango.Saved) importReply {
		body := importReply{Success: true, Created: len(saved), Errors: faults}
		for i, one := range saved {
			if one.DuplicateOf != 0 {
				body.Duplicates = append(body.Duplicates, importDuplicate{all[i].Record.OriginalName, one.ID, one.DuplicateOf})
			}
		}
		body.Message = fmt.Sprintf("Imported %d of %d image(s) as %s.", body.Created, len(form.Files), template.Classification)
		return body
	}
	if len(all) == 0 {
		writeJSON(ctx, fasthttp.StatusOK, build(nil))
		return
	}
	if once != nil {
		once.Answer = func(saved []mango.Saved) []byte { return encode(build(saved)) }
	}
	kept, err := s.cfg.Keeper.Keep(work, by, all, once)
	switch {
	case err != nil:
		s.fail(ctx, err) // nothing is stored: the whole import may be sent again
	case kept.First != nil:
		replay(ctx, kept.First)
	default:
		writeJSON(ctx, fasthttp.StatusOK, build(kept.Saved))
	}
}

// importable are the photos that can be stored, and the faults of the others.
func (s *Server) importable(files []*upload.File, template mango.Record) ([]Keepsake, []importFault, error) {
	var all []Keepsake
	faults := []importFault{}
	for _, file := range files {
		r, err := s.importOne(file, template)
		switch {
		case err == nil:
			all = append(all, Keepsake{file.Bytes(), r})
		case mango.CodeOf(err) == mango.InvalidPhoto || mango.CodeOf(err) == mango.TooLarge || mango.CodeOf(err) == mango.WrongType:
			faults = append(faults, importFault{displayName(file.Name), asError(err).Public})
		default:
			return nil, nil, err
		}
	}
	return all, faults, nil
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

func (s *Server) importOne(file *upload.File, r mango.Record) (mango.Record, error) {
	if len(file.Bytes()) == 0 {
		return r, mango.Errorf(mango.InvalidPhoto, "The file is empty.")
	}
	photo, err := s.cfg.Inspector.Inspect(file.Bytes(), file.SHA256)
	if err != nil {
		return r, err
	}
	r.Photo, r.OriginalName = photo, displayName(file.Name)
	return r, nil
}
