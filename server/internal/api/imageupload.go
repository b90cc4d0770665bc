package api

import (
	"encoding/json"
	"errors"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// maxExpertUpload is the largest photo of upload-image, in bytes.
const maxExpertUpload = 5 << 20

// uploadImage is `POST /api/upload-image/`: a photo that nobody was asked
// about.
func (s *Server) uploadImage(ctx *fasthttp.RequestCtx) {
	form := s.receive(ctx, 1, func(field string) bool { return field == "image" })
	if form == nil {
		return
	}
	defer form.Release()
	if err := s.charge(ctx, storedWork); err != nil {
		s.fail(ctx, err)
		return
	}
	record, err := uploadedRecord(form)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	once, err := onceOf(ctx, form)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	work, cancel := s.work(ctx)
	defer cancel()
	by := actor(ctx)
	res, err := s.cfg.Intake.Add(work, intake.Request{
		By: by, Photos: photosOf(form), Record: *record, Formats: []string{"jpeg", "png"}, Once: once,
		// The id leads to the answer, which is the record as it is then.
		Answer: func(r *intake.Result) []byte { return encode(r.Photos[0].Saved) },
	})
	if err != nil {
		s.fail(ctx, err)
		return
	}
	saved, err := uploadedAs(ctx, res)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	r, err := s.cfg.Store.Record(work, by, saved.ID)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	s.replyImage(ctx, "Image uploaded successfully", r)
}

// uploadedAs is what became of the photo, now or at the first request.
func uploadedAs(ctx *fasthttp.RequestCtx, res *intake.Result) (saved mango.Saved, err error) {
	if res.First != nil {
		ctx.Response.Header.Set("Idempotency-Replayed", "true")
		return saved, json.Unmarshal(res.First, &saved)
	}
	switch fault := res.Photos[0].Err; {
	case errors.Is(fault, mango.ErrNotAPhoto), errors.Is(fault, intake.ErrFormat):
		return saved, onlyTwo
	case fault != nil:
		return saved, fault
	}
	return *res.Photos[0].Saved, nil
}

// uploadedRecord checks the form and makes a record without a prediction.
func uploadedRecord(form *upload.Form) (*mango.Record, error) {
	file := form.File("image")
	switch {
	case file == nil:
		return nil, imageFault("No file was submitted.")
	case len(file.Bytes()) == 0:
		return nil, imageFault("The submitted file is empty.")
	case len(file.Bytes()) > maxExpertUpload:
		return nil, imageFault("Image size must be less than " + sized(maxExpertUpload))
	}
	kind := mango.Kind(form.Fields["disease_type"])
	if kind == "" {
		kind = mango.Leaf
	}
	if !kind.Valid() {
		return nil, faulty([]string{"disease_type: must be leaf or fruit"})
	}
	return &mango.Record{Kind: kind}, nil
}

// onlyTwo names what this route takes; predict reads WebP, too.
var onlyTwo = imageFault("Only JPEG and PNG images are allowed")

func imageFault(sentence string) error {
	return &mango.Error{Code: mango.InvalidPhoto, Public: sentence, Fields: []string{"image: " + sentence}}
}
