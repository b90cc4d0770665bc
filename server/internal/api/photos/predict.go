package photos

import (
	"errors"
	"path"
	"slices"
	"strings"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// Predict answers one photo: `POST /api/predict/`. A preview is answered and
// forgotten; otherwise photo and record are durable before the 200. With
// ?explain=1 the answer holds a picture of what the model looked at.
func (h *Handlers) Predict(c *kit.Call) error {
	form, asked, err := h.receive(c, 1)
	if err != nil {
		return err
	}
	defer form.Release()
	build := func(r *intake.Result) (string, any) {
		return predictReply(r.Photos[0].Diagnosis, asked, r.Photos[0].Saved, h.Store.AdviceOf)
	}
	req := asked.request(c, build)
	req.Explain = explained(c)
	res, err := c.Diagnose(h.Intake, req)
	if err == nil && res.First == nil {
		err = res.Photos[0].Err
	}
	if err != nil {
		return kit.Counted(labelFaults(kit.AsError(err), form.Files[0]))
	}
	return answer(c, res, build)
}

// receive is the start of every request with photos: limits, form, fields, and
// who may store. The caller must Release the form.
func (h *Handlers) receive(c *kit.Call, photos int) (*upload.Form, *predictForm, error) {
	if err := c.CountPhoto(); err != nil {
		return nil, nil, err
	}
	form, err := c.Receive(photos, func(field string) bool { return field == "image" })
	if err != nil {
		return nil, nil, err
	}
	asked, err := h.readForm(c, form)
	if err != nil {
		form.Release()
		return nil, nil, err
	}
	return form, asked, nil
}

// explained reports whether a picture of what the model looked at is wanted.
func explained(c *kit.Call) bool { return c.Asks("explain") }

// labelFaults adds what the part's labels say to a photo that its content has
// already condemned. A good photo under a wrong label is answered: every
// mobile client calls its file image.jpg, whatever it is.
func labelFaults(e *mango.Error, file *upload.File) *mango.Error {
	if e.Code != mango.InvalidPhoto {
		return e
	}
	out := *e
	out.Fields = append([]string{}, e.Fields...)
	if len(out.Fields) == 0 {
		out.Fields = append(out.Fields, e.Public)
	}
	out.Public = "Invalid image file"
	declared, _, _ := strings.Cut(strings.ToLower(file.ContentType), ";")
	switch strings.TrimSpace(declared) {
	case "", "image/jpeg", "image/jpg", "image/png", "image/webp":
	default:
		out.Fields = append(out.Fields, "Only JPEG, PNG, and WebP images are allowed")
	}
	switch strings.ToLower(path.Ext(file.Name)) {
	case "", ".jpg", ".jpeg", ".png", ".webp":
	default:
		out.Fields = append(out.Fields, "Invalid file extension")
	}
	return &out
}

// request is what a form asks of the intake; build makes the answer.
func (p *predictForm) request(c *kit.Call, build answering) intake.Request {
	return intake.Request{
		By: c.Actor(), Photos: p.photos, Preview: p.preview, Unstored: p.lost,
		Record: mango.Record{Kind: p.kind, Location: p.location, Label: p.label, Answers: p.answers},
		Once:   p.once,
		Answer: func(r *intake.Result) []byte {
			message, data := build(r)
			return kit.Encode(kit.Full(message, withoutHeatMap(data)))
		},
	}
}

// answering makes the message and the data of an answer about photos.
type answering func(*intake.Result) (string, any)

// answer answers what the intake made of a request: also what was diagnosed and
// could not be stored.
func answer(c *kit.Call, res *intake.Result, build answering) error {
	switch {
	case res.First != nil:
		return c.Replay(res.First)
	case res.Unstored != nil:
		c.Lost(res.Unstored)
		message, data := build(res)
		return c.JSON(200, unstored(kit.AsError(res.Unstored), message, data))
	case res.Answer != nil && !explained(c):
		return c.Body("application/json", res.Answer) // to the letter what a repetition gets
	}
	message, data := build(res)
	return c.Reply(message, data)
}

// unstoredReply is the full envelope with what went wrong beside the answer.
type unstoredReply struct {
	kit.Success
	Errors    []string `json:"errors"`
	ErrorCode string   `json:"error_code"`
}

// unstored is the diagnosis of photos that should have been stored and were not.
// It is a 200: the mobile app shows nothing of any other answer. What it does
// show is the treatment, so the sentence stands there, and in message and errors
// for everybody else.
func unstored(e *mango.Error, message string, data any) unstoredReply {
	sentence := unstoredSentence(e)
	return unstoredReply{kit.Full(sentence+" "+message, markUnstored(data, sentence)), []string{sentence}, string(e.Code)}
}

func unstoredSentence(e *mango.Error) string {
	switch {
	case errors.Is(e, mango.ErrQuota):
		return "This was not stored: your account has filled its share of the server's disk. Ask whoever runs the server for more."
	case e.Code == mango.StoreFull:
		return "This was not stored: the server's disk is full. Please save it again later."
	case e.Code == mango.StoreDown:
		return "This was not stored: the server cannot keep records at the moment. Please save it again later."
	case e.Code == mango.Timeout:
		return "This was not stored: the server's disk was too slow. Please save it again."
	}
	return "This was not stored: the server's disk cannot be written. Please save it again later."
}

// markUnstored says in the data that nothing was stored.
func markUnstored(data any, sentence string) any {
	mark := func(p predictData) predictData {
		p.PrimaryPrediction.Treatment = sentence + " " + p.PrimaryPrediction.Treatment
		p.Stored, p.SavedImageID = new(false), nil
		return p
	}
	if t, tree := data.(treeData); tree {
		t.predictData = mark(t.predictData)
		return t
	}
	return unsavedData{predictData: mark(bare(data))}
}

// withoutHeatMap is what is remembered of an answer: a picture of 20 KB is not.
func withoutHeatMap(data any) any {
	switch d := data.(type) {
	case predictData:
		d.HeatMap = ""
		return d
	case unsavedData:
		d.HeatMap = ""
		return d
	case treeData:
		d.Photos = slices.Clone(d.Photos)
		for i := range d.Photos {
			d.Photos[i].HeatMap = ""
		}
		return d
	}
	return data
}
