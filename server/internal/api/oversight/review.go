package oversight

import (
	"cmp"
	"errors"
	"slices"

	"mangosense/server/internal/api/jsonbody"
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/render"
	"mangosense/server/internal/mango"
)

const (
	// mostReviewed is how many of the newest records that fit are ordered by how
	// sure the model was.
	mostReviewed = 2000
	mostDeleted  = 500
)

// errEnough ends a walk over records.
var errEnough = errors.New("enough")

type reviewClass struct {
	Disease     string  `json:"disease"`
	Probability float64 `json:"probability"`
}

type reviewRow struct {
	ID         uint64        `json:"id"`
	UploadedAt string        `json:"uploaded_at"`
	Kind       mango.Kind    `json:"disease_type"`
	Disease    string        `json:"disease"`    // the class that counts
	Predicted  *string       `json:"predicted"`  // the model's; null: none was asked
	Confidence *float64      `json:"confidence"` // the model's; null: none was asked
	Verdict    string        `json:"verdict"`
	Top        []reviewClass `json:"top"`
	Verified   bool          `json:"is_verified"`
	HasPhoto   bool          `json:"has_photo"`
	Width      int           `json:"width"`
	Height     int           `json:"height"`
	Model      string        `json:"model"`
	Place      bool          `json:"has_place"`
	Said       *bool         `json:"confirmed_correct"` // the grower's word
	Feedback   string        `json:"feedback"`
	Notes      string        `json:"notes"`
	FileName   string        `json:"file_name"`
}

type reviewData struct {
	Rows       []reviewRow    `json:"rows"`
	Pagination kit.Pagination `json:"pagination"`
	Considered int            `json:"considered"` // of the newest records
}

func rowOf(r *mango.Record) reviewRow {
	row := reviewRow{
		ID: r.ID, UploadedAt: render.Serial(r.CreatedAt), Kind: r.Kind, Disease: cmp.Or(r.Class(), mango.Unknown), Verdict: string(r.Verdict),
		Top: []reviewClass{}, Verified: r.Verified, HasPhoto: r.Media != "", Width: r.Photo.Width, Height: r.Photo.Height,
		Place: r.Location != nil, Said: r.Answers.Correct, Feedback: mango.ClipText(r.Answers.Feedback, 500), Notes: mango.ClipText(r.ShownNotes(), 500),
		FileName: mango.ClipText(r.OriginalName, 200),
	}
	if r.Model.ID != "" {
		row.Model = r.Model.ID + " " + r.Model.Version
	}
	if said, ok := r.Predicted(); ok {
		row.Predicted, row.Confidence = &said.Disease, render.Fraction(&said.Probability)
	}
	for _, c := range r.Probabilities[:min(3, len(r.Probabilities))] {
		row.Top = append(row.Top, reviewClass{mango.Canonical(c.Disease), render.Rounded(c.Probability)})
	}
	return row
}

// Review is `GET /api/admin/review/`: photos for an expert's eye. By default
// those that nobody has verified, the least sure first; order=newest is the
// gallery.
func (h *Handlers) Review(c *kit.Call) error {
	q := c.Query()
	page, _ := q.Page()
	filter := mango.RecordFilter{
		Kind: q.Kind("disease_type"), Disease: q.Class("disease", h.cfg.Store.CanonicalClass), Verified: q.Flag("verified"),
		Since: q.Day("since"), Until: q.Day("until"), Search: q.Text("search"),
	}
	if !filter.Until.IsZero() {
		filter.Until = filter.Until.AddDate(0, 0, 1) // that day included
	}
	order := cmp.Or(q.Text("order"), "unsure")
	if order != "unsure" && order != "newest" {
		q.Fault("order", "must be unsure or newest")
	}
	if err := q.Err(); err != nil {
		return err
	}
	page = page.Clamp()
	if order == "newest" {
		found, err := h.cfg.Store.PageRecords(c.Context(), c.Actor(), filter, page)
		if err != nil {
			return err
		}
		data := reviewData{Rows: []reviewRow{}, Pagination: kit.Paginate(page, found.Total), Considered: found.Total}
		for i := range found.Records {
			data.Rows = append(data.Rows, rowOf(&found.Records[i]))
		}
		return c.ReplyShort("", data)
	}
	var rows []reviewRow
	if err := h.cfg.Store.MayRule(c.Actor()); err != nil {
		return err
	}
	err := h.cfg.Store.EachRecord(c.Context(), c.Actor(), filter, func(r *mango.Record) error {
		if rows = append(rows, rowOf(r)); len(rows) == mostReviewed {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	slices.SortStableFunc(rows, func(a, b reviewRow) int { return cmp.Compare(sureness(a), sureness(b)) })
	data := reviewData{Rows: []reviewRow{}, Pagination: kit.Paginate(page, len(rows)), Considered: len(rows)}
	from := min(page.Offset(), len(rows))
	data.Rows = append(data.Rows, rows[from:min(from+page.Size, len(rows))]...)
	return c.ReplyShort("", data)
}

// sureness orders: what has no class first, then by confidence. What the grower
// called wrong is looked at before all.
func sureness(r reviewRow) float64 {
	switch {
	case r.Said != nil && !*r.Said:
		return -2
	case mango.ConditionOf(r.Disease) == mango.IsUnknown:
		return -1
	case r.Confidence == nil:
		return 2
	}
	return *r.Confidence
}

type deletedData struct {
	Deleted int `json:"deleted"`
}

// DeleteImages is `POST /api/admin/review/delete/`: all of the records with
// their photos, or none.
func (h *Handlers) DeleteImages(c *kit.Call) error {
	ids, err := c.ImageIDs(mostDeleted, func(*jsonbody.Object) {})
	if err != nil {
		return err
	}
	if err := h.cfg.Store.MayRule(c.Actor()); err != nil {
		return err
	}
	if err := h.cfg.Store.DeleteRecords(c.Context(), c.Actor(), ids); err != nil {
		return kit.UnknownImages(err)
	}
	return c.ReplyShort("", deletedData{len(ids)})
}
