package records

import (
	"encoding/json"
	"errors"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// maxExpertUpload is the largest photo of upload-image, in bytes.
const maxExpertUpload = 5 << 20

// UploadImage is `POST /api/upload-image/`: a photo that nobody was asked
// about.
func (h *Handlers) UploadImage(c *kit.Call) error {
	form, err := c.Receive(1, func(field string) bool { return field == "image" })
	if err != nil {
		return err
	}
	defer form.Release()
	if err := c.Charge(kit.StoredWork); err != nil {
		return err
	}
	record, err := uploadedRecord(form)
	if err != nil {
		return err
	}
	once, err := c.Once(form)
	if err != nil {
		return err
	}
	work, cancel := c.Work(1)
	defer cancel()
	res, err := h.Intake.Add(work, intake.Request{
		By: c.Actor(), Photos: kit.Photos(form), Record: *record, Formats: []string{"jpeg", "png"}, Once: once,
		// The id leads to the answer, which is the record as it is then.
		Answer: func(r *intake.Result) []byte { return kit.Encode(r.Photos[0].Saved) },
	})
	if err != nil {
		return err
	}
	saved, err := uploadedAs(c, res)
	if err != nil {
		return err
	}
	r, err := h.Store.Record(work, c.Actor(), saved.ID)
	if err != nil {
		return err
	}
	return h.replyImage(c, "Image uploaded successfully", r)
}

// uploadedAs is what became of the photo, now or at the first request.
func uploadedAs(c *kit.Call, res *intake.Result) (saved mango.Saved, err error) {
	if res.First != nil {
		c.SetHeader("Idempotency-Replayed", "true")
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
		return nil, imageFault("Image size must be less than " + kit.Sized(maxExpertUpload))
	}
	kind := mango.Kind(form.Fields["disease_type"])
	if kind == "" {
		kind = mango.Leaf
	}
	if !kind.Valid() {
		return nil, mango.Faulty([]string{"disease_type: must be leaf or fruit"})
	}
	return &mango.Record{Kind: kind}, nil
}

// onlyTwo names what this route takes; predict reads WebP, too.
var onlyTwo = imageFault("Only JPEG and PNG images are allowed")

func imageFault(sentence string) error {
	return &mango.Error{Code: mango.InvalidPhoto, Public: sentence, Fields: []string{"image: " + sentence}}
}
