package records

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"mangosense/server/internal/api/jsonbody"
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

// maxNotes is the longest note of an expert, in characters.
const maxNotes = 5000

// maxIDs is how many records one bulk call may name.
const maxIDs = mango.MaxPage

// maxClassName is the longest name of a class, in characters.
const maxClassName = 100

// changeable are the fields that a bulk update may name.
var changeable = []string{"predicted_class", "confidence_score", "disease_type", "image_size", "processing_time", "is_verified"}

var sizeForm = regexp.MustCompile(`^([0-9]{1,6}) ?[x×] ?([0-9]{1,6})$`)

// readImageChange takes the fields that may be changed; others are ignored. What
// the model said stays: another predicted_class is an expert's correction, and a
// confidence has to be well formed but is not taken.
func readImageChange(o *jsonbody.Object) mango.RecordChange {
	o.Number("confidence_score", 0, 1)
	c := mango.RecordChange{
		Classification: o.Word("predicted_class", maxClassName),
		Kind:           o.Kind("disease_type"), Verified: o.Flag("is_verified"),
	}
	if seconds := o.Number("processing_time", 0, 3600); seconds != nil {
		c.Processing = new(time.Duration(*seconds * float64(time.Second)))
	}
	if size := o.Text("image_size", 20); size != nil {
		m := sizeForm.FindStringSubmatch(*size)
		if m == nil {
			o.Fault("image_size", `must be text such as "4032x3024"`)
			return c
		}
		width, _ := strconv.Atoi(m[1]) // at most six digits
		height, _ := strconv.Atoi(m[2])
		c.Width, c.Height = &width, &height
	}
	return c
}

// ChangeImage is `PUT /api/classified-images/<id>/`.
func (h *Handlers) ChangeImage(c *kit.Call) error {
	id, err := c.ID("Image")
	if err != nil {
		return err
	}
	o, err := c.Object()
	if err != nil {
		return err
	}
	change := readImageChange(o)
	// The web admin sends "" for "no note": it must not wipe one out.
	if notes := o.Text("notes", maxNotes); notes != nil && *notes != "" {
		change.Notes = notes
	}
	if err := o.Err(); err != nil {
		return err
	}
	changed, err := h.Store.ChangeRecords(c.Context(), c.Actor(), []uint64{id}, change)
	if err != nil {
		return kit.Renamed(err, "Image not found")
	}
	return h.replyImage(c, "Image updated successfully", &changed[0])
}

type bulkUpdateReply struct {
	Success      bool   `json:"success"`
	Message      string `json:"message"`
	UpdatedCount int    `json:"updated_count"`
}

// BulkUpdate is `POST /api/classified-images/bulk-update/`: all of the images,
// or none.
func (h *Handlers) BulkUpdate(c *kit.Call) error {
	var change mango.RecordChange
	ids, err := c.ImageIDs(maxIDs, func(o *jsonbody.Object) { change = readUpdates(o) })
	if err != nil {
		return err
	}
	changed, err := h.Store.ChangeRecords(c.Context(), c.Actor(), ids, change)
	if err != nil {
		return kit.UnknownImages(err)
	}
	return c.JSON(200, bulkUpdateReply{true, fmt.Sprintf("Successfully updated %d images", len(changed)), len(changed)})
}

// readUpdates reads the object in field updates.
func readUpdates(o *jsonbody.Object) mango.RecordChange {
	inner, ok := o.Object("updates")
	if !ok {
		return mango.RecordChange{}
	}
	var unknown []string
	for _, name := range inner.Names() {
		if !slices.Contains(changeable, name) {
			unknown = append(unknown, "'"+name+"'")
		}
	}
	if len(unknown) > 0 {
		o.Fault("updates", "Invalid fields: ["+mango.ClipText(strings.Join(unknown, ", "), 200)+"]")
	}
	if len(inner.Names()) == 0 {
		o.Fault("updates", "must name at least one field")
	}
	change := readImageChange(inner)
	o.FaultsOf("updates", inner)
	return change
}
