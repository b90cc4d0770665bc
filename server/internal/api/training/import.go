package training

import (
	"fmt"

	"mangosense/server/internal/api/kit"
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

// BulkImport is `POST /api/training-data/bulk-import/`: photos whose class an
// expert knows. Each is stored, or named with its fault, in one transaction: after
// an error of the store none is. No model is asked.
func (h *Handlers) BulkImport(c *kit.Call) error {
	if c.ContentLength() > h.ImportBytes {
		return kit.Counted(mango.Errorf(mango.TooLarge, "The photos of one import must be less than %s together. Send fewer at once.", kit.Sized(int64(h.ImportBytes))))
	}
	form, err := c.Receive(maxImport, func(field string) bool { return field == "images" })
	if err != nil {
		return err
	}
	defer form.Release()
	if err := c.Charge(kit.StoredWork * float64(len(form.Files))); err != nil {
		return err
	}
	template, err := h.importTemplate(form, c.Actor())
	if err != nil {
		return err
	}
	once, err := c.Once(form)
	if err != nil {
		return err
	}
	work, cancel := c.Work(len(form.Files))
	defer cancel()
	build := func(r *intake.Result) importReply {
		body := importReply{Success: true, Errors: []importFault{}}
		for _, t := range r.Photos {
			switch {
			case t.Err != nil:
				body.Errors = append(body.Errors, importFault{t.Name, kit.AsError(t.Err).Public})
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
	res, err := h.Intake.Add(work, intake.Request{
		By: c.Actor(), Photos: kit.Photos(form), Record: *template, Once: once,
		Answer: func(r *intake.Result) []byte { return kit.Encode(build(r)) },
	})
	switch {
	case err != nil:
		return err // nothing is stored: the whole import may be sent again
	case res.First != nil:
		return c.Replay(res.First)
	}
	return c.JSON(200, build(res))
}

// importTemplate is what all records of one import have in common.
func (h *Handlers) importTemplate(form *upload.Form, by mango.Actor) (*mango.Record, error) {
	var faults []string
	f := kit.Fields(form.Fields)
	kind, ok := f.Kind("disease_type")
	if !ok {
		faults = append(faults, "disease_type: must be leaf or fruit")
	}
	class := f.Class("disease_classification", maxClassName, h.Store.CanonicalClass)
	if class == "" {
		faults = append(faults, "disease_classification: is required")
	}
	if len(form.Files) == 0 {
		faults = append(faults, "images: at least one photo is required")
	}
	if err := mango.Faulty(faults); err != nil {
		return nil, err
	}
	return &mango.Record{
		Kind: kind, Classification: class, TrainingReady: f.Truth("training_ready"),
		Verified: true, VerifiedBy: by.User, VerifiedAt: clock.Now().UTC(),
	}, nil
}
