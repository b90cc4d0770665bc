package notifications

import (
	"fmt"
	"math"
	"strconv"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/render"
	"mangosense/server/internal/mango"
)

type (
	// notificationBody has its ids as strings: clients call string methods on
	// them.
	notificationBody struct {
		ID                    string   `json:"id"`
		UserID                string   `json:"user_id"`
		UserName              string   `json:"user_name"`
		UserEmail             string   `json:"user_email"`
		ImageID               string   `json:"image_id"`
		ImageName             string   `json:"image_name"`
		Timestamp             string   `json:"timestamp"`
		DiseaseClassification string   `json:"disease_classification"`
		DiseaseType           string   `json:"disease_type"`
		Confidence            *float64 `json:"confidence"` // fraction
		IsRead                bool     `json:"is_read"`
		ImageURL              *string  `json:"image_url"`
		Title                 string   `json:"title"`
		Message               string   `json:"message"`
	}
	notificationDetail struct {
		notificationBody
		IsVerified     bool     `json:"is_verified"`
		VerifiedBy     *uint64  `json:"verified_by"`
		VerifiedDate   *string  `json:"verified_date"`
		Notes          string   `json:"notes"`
		ImageSize      string   `json:"image_size"`
		ProcessingTime *float64 `json:"processing_time"` // seconds
		ClientIP       *string  `json:"client_ip"`       // never kept
	}
	bellPagination struct {
		CurrentPage int  `json:"current_page"`
		TotalPages  int  `json:"total_pages"`
		TotalCount  int  `json:"total_count"`
		HasNext     bool `json:"has_next"`
		HasPrevious bool `json:"has_previous"`
	}
	notificationsBody struct {
		Notifications []notificationBody `json:"notifications"`
		Pagination    bellPagination     `json:"pagination"`
	}
)

const noNotification = "Notification not found"

// bellSize is how many notifications a page has when nobody says.
const bellSize = 50

// Notifications is `GET /api/notifications/`. Any page is answered: one past
// the end is the last, one that is no number the first. create_new has nothing
// to do: a notification is stored with its record.
func (h *Handlers) Notifications(c *kit.Call) error {
	args := c.Query()
	page := mango.Page{Number: tolerant(args.Raw("page"), 1), Size: min(tolerant(args.Raw("per_page"), bellSize), mango.MaxPage)}
	found, page, err := h.Store.PageNotifications(c.Context(), c.Actor(), page)
	if err != nil {
		return err
	}
	p := kit.Paginate(page, found.Total)
	body := notificationsBody{
		Notifications: make([]notificationBody, 0, len(found.Notifications)),
		Pagination:    bellPagination{p.Page, p.TotalPages, p.TotalCount, p.HasNext, p.HasPrevious},
	}
	for i := range found.Notifications {
		body.Notifications = append(body.Notifications, h.notificationBody(c, &found.Notifications[i]))
	}
	return c.JSON(200, body)
}

// tolerant reads a page number, whatever it is.
func tolerant(text string, standard int) int {
	n, ok := kit.WholeNumber(text)
	if !ok {
		return standard
	}
	return int(min(max(n, 1), math.MaxInt32))
}

func (h *Handlers) notificationBody(c *kit.Call, n *mango.NotificationRow) notificationBody {
	b := notificationBody{
		ID: strconv.FormatUint(n.ID, 10), UserID: strconv.FormatUint(n.User, 10), Timestamp: render.HandStamp(n.At), IsRead: n.Read,
		ImageName: "N/A", DiseaseClassification: mango.Unknown, DiseaseType: mango.Unknown, Title: n.Title, Message: n.Message,
	}
	if n.User == 0 {
		b.UserID = ""
	}
	if u := n.Sender; u != nil {
		b.UserEmail = u.Email
		if b.UserName = u.FullName(); b.UserName == "" {
			b.UserName = u.Username
		}
	}
	if r := n.Subject; r != nil {
		b.ImageID, b.ImageName = strconv.FormatUint(r.ID, 10), render.FileName(r)
		b.DiseaseClassification, b.DiseaseType = render.OrUnknown(r.Class()), render.OrUnknown(string(r.Kind))
		b.Confidence, b.ImageURL = render.ClassConfidence(r), c.PhotoURL(r.Media)
	}
	if b.Title == "" {
		b.Title = bellTitle(n.Subject)
	}
	if b.Message == "" {
		b.Message = bellMessage(n.Subject)
	}
	return b
}

func bellTitle(r *mango.Record) string {
	switch {
	case r == nil:
		return "New Image Upload"
	case r.Kind == mango.Fruit:
		return "New Fruit Image Upload"
	default:
		return "New Leaf Image Upload"
	}
}

func bellMessage(r *mango.Record) string {
	if r == nil {
		return "The image was deleted."
	}
	confidence := render.ClassConfidence(r)
	switch {
	case mango.ConditionOf(r.Class()) == mango.IsUnknown:
		return fmt.Sprintf("%s: %s, for an expert to look at", render.FileName(r), mango.Unknown)
	case confidence == nil:
		return fmt.Sprintf("%s: %s", render.FileName(r), r.Class())
	default:
		return fmt.Sprintf("%s: %s, %.1f%% confidence", render.FileName(r), r.Class(), *confidence*100)
	}
}

// Notification is `GET /api/notifications/<id>/`.
func (h *Handlers) Notification(c *kit.Call) error {
	id, err := c.ID("Notification")
	if err != nil {
		return err
	}
	n, err := h.Store.Notification(c.Context(), c.Actor(), id)
	if err != nil {
		return kit.Renamed(err, noNotification)
	}
	d := notificationDetail{notificationBody: h.notificationBody(c, n)}
	if r := n.Subject; r != nil {
		d.IsVerified, d.VerifiedBy, d.VerifiedDate = r.Verified, render.IDOrNil(r.VerifiedBy), render.SerialOrNil(r.VerifiedAt)
		d.Notes, d.ImageSize, d.ProcessingTime = r.ShownNotes(), render.Size(r), render.Seconds(r)
	}
	return c.JSON(200, d)
}

type bellReply struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

// DeleteNotification is `DELETE /api/notifications/<id>/`; the image stays.
func (h *Handlers) DeleteNotification(c *kit.Call) error {
	id, err := c.ID("Notification")
	if err != nil {
		return err
	}
	gone, err := h.Store.DeleteNotifications(c.Context(), c.Actor(), []uint64{id})
	if err != nil {
		return kit.Renamed(err, noNotification)
	}
	return c.JSON(200, bellReply{"success", fmt.Sprintf("Notification %q deleted successfully", titles(gone)[0])})
}

// titles are the titles of notifications, never empty ones.
func titles(rows []mango.NotificationRow) []string {
	out := make([]string, 0, len(rows))
	for i := range rows {
		title := rows[i].Title
		if title == "" {
			title = bellTitle(rows[i].Subject)
		}
		out = append(out, title)
	}
	return out
}

// MarkRead is `PATCH /api/notifications/<id>/mark-read/`.
func (h *Handlers) MarkRead(c *kit.Call) error {
	id, err := c.ID("Notification")
	if err == nil {
		err = kit.Renamed(h.Store.MarkRead(c.Context(), c.Actor(), id), noNotification)
	}
	if err != nil {
		return err
	}
	return c.JSON(200, bellReply{"success", "Notification marked as read"})
}

// MarkAllRead is `PATCH /api/notifications/mark-all-read/`.
func (h *Handlers) MarkAllRead(c *kit.Call) error {
	n, err := h.Store.MarkAllRead(c.Context(), c.Actor())
	if err != nil {
		return err
	}
	return c.JSON(200, struct {
		bellReply
		UpdatedCount int `json:"updated_count"`
	}{bellReply{"success", fmt.Sprintf("%d notifications marked as read", n)}, n})
}

// DeleteSelected is `POST /api/notifications/delete-selected/`; ids may come
// as strings or numbers.
func (h *Handlers) DeleteSelected(c *kit.Call) error {
	o, err := c.Object()
	if err != nil {
		return err
	}
	if raw := o.Raw("ids"); raw == "" || raw == "null" || raw == "[]" {
		return &mango.Error{Code: mango.Invalid, Public: "No notification IDs provided", Fields: []string{"ids: is required"}}
	}
	ids := o.IDs("ids", mango.MaxPage)
	if err := o.Err(); err != nil {
		return err
	}
	gone, err := h.Store.DeleteNotifications(c.Context(), c.Actor(), ids)
	if err != nil {
		return kit.Renamed(err, "No notifications found with the provided IDs")
	}
	return c.JSON(200, struct {
		bellReply
		DeletedCount         int      `json:"deleted_count"`
		DeletedNotifications []string `json:"deleted_notifications"`
	}{bellReply{"success", fmt.Sprintf("Successfully deleted %d notification(s)", len(gone))}, len(gone), titles(gone)})
}
