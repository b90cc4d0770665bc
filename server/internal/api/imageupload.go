package api

import (
	"encoding/json"
	"errors"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/upload"
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
	record, err := s.uploaded(form)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	once, err := onceOf(ctx, form)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	if once != nil { // the id leads to the answer, which is the record as it is then
		once.Answer = func(saved []mango.Saved) []byte { return encode(saved[0]) }
	}
	work, cancel := s.work(ctx)
	defer cancel()
	by := actor(ctx)
	kept, err := s.cfg.Keeper.Keep(work, by, []Keepsake{{form.File("image").Bytes(), *record}}, once)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	var saved mango.Saved
	if kept.First != nil {
		ctx.Response.Header.Set("Idempotency-Replayed", "true")
		if err := json.Unmarshal(kept.First, &saved); err != nil {
			s.fail(ctx, err)
			return
		}
	} else {
		saved = kept.Saved[0]
	}
	r, err := s.cfg.Store.Record(work, by, saved.ID)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	s.replyImage(ctx, "Image uploaded successfully", r)
}

// uploaded checks the form's photo and makes a record without a prediction.
func (s *Server) uploaded(form *upload.Form) (*mango.Record, error) {
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
	photo, err := s.cfg.Inspector.Inspect(file.Bytes(), file.SHA256)
	switch {
	case errors.Is(err, mango.ErrNotAPhoto):
		return nil, onlyTwo
	case err != nil:
		return nil, err
	}
	if photo.Format != "jpeg" && photo.Format != "png" {
		return nil, onlyTwo
	}
	return &mango.Record{Kind: kind, Photo: photo, OriginalName: displayName(file.Name)}, nil
}

// onlyTwo names what this route takes; predict reads WebP, too.
var onlyTwo = imageFault("Only JPEG and PNG images are allowed")

func imageFault(sentence string) error {
	return &mango.Error{Code: mango.InvalidPhoto, Public: sentence, Fields: []string{"image: " + sentence}}
}
