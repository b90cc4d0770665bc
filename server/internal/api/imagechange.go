package api

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/mango"
)

// maxNotes is the longest note of an expert, in characters.
const maxNotes = 5000

// maxIDs is how many records one bulk call may name.
const maxIDs = mango.MaxPage

// changeable are the fields that a bulk update may name.
var changeable = []string{"predicted_class", "confidence_score", "disease_type", "image_size", "processing_time", "is_verified"}

var sizeForm = regexp.MustCompile(`^([0-9]{1,6}) ?[x×] ?([0-9]{1,6})$`)

// readImageChange takes the fields that may be changed; others are ignored. What
// the model said stays: another predicted_class is an expert's correction, and a
// confidence has to be well formed but is not taken.
func readImageChange(o *object) mango.RecordChange {
	o.number("confidence_score", 0, 1)
	c := mango.RecordChange{
		Classification: o.word("predicted_class", maxClassName),
		Kind:           o.kind("disease_type"), Verified: o.flag("is_verified"),
	}
	if seconds := o.number("processing_time", 0, 3600); seconds != nil {
		c.Processing = new(time.Duration(*seconds * float64(time.Second)))
	}
	if size := o.text("image_size", 20); size != nil {
		m := sizeForm.FindStringSubmatch(*size)
		if m == nil {
			o.fault("image_size", `must be text such as "4032x3024"`)
			return c
		}
		width, _ := strconv.Atoi(m[1]) // at most six digits
		height, _ := strconv.Atoi(m[2])
		c.Width, c.Height = &width, &height
	}
	return c
}

// changeImage is `PUT /api/classified-images/<id>/`.
func (s *Server) changeImage(ctx *fasthttp.RequestCtx) {
	id, err := pathID(ctx, "Image")
	if err != nil {
		s.fail(ctx, err)
		return
	}
	o, err := s.readObject(ctx)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	change := readImageChange(o)
	// The web admin sends "" for "no note": it must not wipe one out.
	if notes := o.text("notes", maxNotes); notes != nil && *notes != "" {
		change.Notes = notes
	}
	if err := o.err(); err != nil {
		s.fail(ctx, err)
		return
	}
	changed, err := s.cfg.Store.ChangeRecords(s.life, actor(ctx), []uint64{id}, change)
	if err != nil {
		s.fail(ctx, renamed(err, "Image not found"))
		return
	}
	s.replyImage(ctx, "Image updated successfully", &changed[0])
}

type bulkUpdateReply struct {
	Success      bool   `json:"success"`
	Message      string `json:"message"`
	UpdatedCount int    `json:"updated_count"`
}

// bulkUpdate is `POST /api/classified-images/bulk-update/`: all of the images,
// or none.
func (s *Server) bulkUpdate(ctx *fasthttp.RequestCtx) {
	o, err := s.readObject(ctx)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	ids := o.ids("image_ids", maxIDs)
	change := readUpdates(o)
	if err := o.err(); err != nil {
		s.fail(ctx, err)
		return
	}
	changed, err := s.cfg.Store.ChangeRecords(s.life, actor(ctx), ids, change)
	if err != nil {
		s.fail(ctx, unknownImages(err))
		return
	}
	writeJSON(ctx, fasthttp.StatusOK, bulkUpdateReply{true, fmt.Sprintf("Successfully updated %d images", len(changed)), len(changed)})
}

// readUpdates reads the object in field updates.
func readUpdates(o *object) mango.RecordChange {
	inner, ok := o.object("updates")
	if !ok {
		return mango.RecordChange{}
	}
	var unknown []string
	for name := range inner.fields {
		if !slices.Contains(changeable, name) {
			unknown = append(unknown, "'"+name+"'")
		}
	}
	slices.Sort(unknown)
	if len(unknown) > 0 {
		o.fault("updates", "Invalid fields: ["+clip(strings.Join(unknown, ", "), 200)+"]")
	}
	if len(inner.fields) == 0 {
		o.fault("updates", "must name at least one field")
	}
	change := readImageChange(inner)
	for _, f := range inner.faults {
		o.faults = append(o.faults, "updates."+f)
	}
	return change
}

// unknownImages words an answer about ids that name nothing: a 400, as the
// clients know it.
func unknownImages(err error) error {
	e := asError(err)
	if e.Code != mango.NotFound {
		return err
	}
	sentence := fmt.Sprintf("Images with IDs [%s] do not exist", clip(strings.Join(e.Fields, ", "), 200))
	return &mango.Error{Code: mango.Invalid, Public: sentence, Fields: []string{"image_ids: " + sentence}, Cause: err}
}
