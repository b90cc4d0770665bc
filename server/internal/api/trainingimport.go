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
	importReply struct {
		Success bool          `json:"success"`
		Message string        `json:"message"`
		Created int           `json:"created"`
		Errors  []importFault `json:"errors"`
	}
)

// bulkImport is `POST /api/training-data/bulk-import/`: photos whose class an
// expert knows. Each is stored or named with its fault; no model is asked.
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
	body := importReply{Success: true, Errors: []importFault{}}
	for _, file := range form.Files {
		err := s.importOne(ctx, by, file, *template)
		switch {
		case err == nil:
			body.Created++
		case mango.CodeOf(err) == mango.InvalidPhoto || mango.CodeOf(err) == mango.TooLarge || mango.CodeOf(err) == mango.WrongType:
			body.Errors = append(body.Errors, importFault{displayName(file.Name), asError(err).Public})
		default:
			// The store's fault, not the photo's: what is stored stays stored.
			s.fail(ctx, err)
			return
		}
	}
	body.Message = fmt.Sprintf("Imported %d of %d image(s) as %s.", body.Created, len(form.Files), template.Classification)
	writeJSON(ctx, fasthttp.StatusOK, body)
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

func (s *Server) importOne(ctx *fasthttp.RequestCtx, by mango.Actor, file *upload.File, r mango.Record) error {
	if len(file.Bytes()) == 0 {
		return mango.Errorf(mango.InvalidPhoto, "The file is empty.")
	}
	photo, err := s.cfg.Inspector.Inspect(file.Bytes(), file.SHA256)
	if err != nil {
		return err
	}
	work, cancel := s.work(ctx)
	defer cancel()
	r.Photo, r.OriginalName = photo, displayName(file.Name)
	_, err = s.cfg.Keeper.Keep(work, by, file.Bytes(), r)
	return err
}
