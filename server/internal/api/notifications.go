package api

import (
	"fmt"
	"math"
	"strconv"

	"github.com/valyala/fasthttp"

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

// notifications is `GET /api/notifications/`. Any page is answered: one past
// the end is the last, one that is no number the first. create_new has nothing
// to do: a notification is stored with its record.
func (s *Server) notifications(ctx *fasthttp.RequestCtx) {
	args := ctx.QueryArgs()
	page := mango.Page{Number: tolerant(args.Peek("page"), 1), Size: min(tolerant(args.Peek("per_page"), bellSize), mango.MaxPage)}
	found, page, err := s.cfg.Store.PageNotifications(s.life, actor(ctx), page)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	p := paginate(page, found.Total)
	body := notificationsBody{
		Notifications: make([]notificationBody, 0, len(found.Notifications)),
		Pagination:    bellPagination{p.Page, p.TotalPages, p.TotalCount, p.HasNext, p.HasPrevious},
	}
	for i := range found.Notifications {
		body.Notifications = append(body.Notifications, s.notificationBody(ctx, &found.Notifications[i]))
	}
	writeJSON(ctx, fasthttp.StatusOK, body)
}

// tolerant reads a page number, whatever it is.
func tolerant(text []byte, standard int) int {
	n, ok := wholeNumber(string(text))
	if !ok {
		return standard
	}
	return int(min(max(n, 1), math.MaxInt32))
}

func (s *Server) notificationBody(ctx *fasthttp.RequestCtx, n *mango.NotificationRow) notificationBody {
	b := notificationBody{
		ID: strconv.FormatUint(n.ID, 10), UserID: strconv.FormatUint(n.User, 10), Timestamp: handStamp(n.At), IsRead: n.Read,
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
		b.ImageID, b.ImageName = strconv.FormatUint(r.ID, 10), fileName(r)
		b.DiseaseClassification, b.DiseaseType = orUnknown(r.Class()), orUnknown(string(r.Kind))
		b.Confidence, b.ImageURL = classConfidence(r), s.imageURL(ctx, r)
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
	confidence := classConfidence(r)
	switch {
	case mango.ConditionOf(r.Class()) == mango.IsUnknown:
		return fmt.Sprintf("%s: %s, for an expert to look at", fileName(r), mango.Unknown)
	case confidence == nil:
		return fmt.Sprintf("%s: %s", fileName(r), r.Class())
	default:
		return fmt.Sprintf("%s: %s, %.1f%% confidence", fileName(r), r.Class(), *confidence*100)
	}
}

// notification is `GET /api/notifications/<id>/`.
func (s *Server) notification(ctx *fasthttp.RequestCtx) {
	id, err := pathID(ctx, "Notification")
	if err != nil {
		s.fail(ctx, err)
		return
	}
	n, err := s.cfg.Store.Notification(s.life, actor(ctx), id)
	if err != nil {
		s.fail(ctx, renamed(err, noNotification))
		return
	}
	d := notificationDetail{notificationBody: s.notificationBody(ctx, n)}
	if r := n.Subject; r != nil {
		d.IsVerified, d.VerifiedBy, d.VerifiedDate = r.Verified, idOrNil(r.VerifiedBy), serialOrNil(r.VerifiedAt)
		d.Notes, d.ImageSize, d.ProcessingTime = r.ShownNotes(), sizeOf(r), secondsOf(r)
	}
	writeJSON(ctx, fasthttp.StatusOK, d)
}

type bellReply struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

// deleteNotification is `DELETE /api/notifications/<id>/`; the image stays.
func (s *Server) deleteNotification(ctx *fasthttp.RequestCtx) {
	id, err := pathID(ctx, "Notification")
	if err != nil {
		s.fail(ctx, err)
		return
	}
	gone, err := s.cfg.Store.DeleteNotifications(s.life, actor(ctx), []uint64{id})
	if err != nil {
		s.fail(ctx, renamed(err, noNotification))
		return
	}
	writeJSON(ctx, fasthttp.StatusOK, bellReply{"success", fmt.Sprintf("Notification %q deleted successfully", titles(gone)[0])})
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

// markRead is `PATCH /api/notifications/<id>/mark-read/`.
func (s *Server) markRead(ctx *fasthttp.RequestCtx) {
	id, err := pathID(ctx, "Notification")
	if err == nil {
		err = renamed(s.cfg.Store.MarkRead(s.life, actor(ctx), id), noNotification)
	}
	if err != nil {
		s.fail(ctx, err)
		return
	}
	writeJSON(ctx, fasthttp.StatusOK, bellReply{"success", "Notification marked as read"})
}

// markAllRead is `PATCH /api/notifications/mark-all-read/`.
func (s *Server) markAllRead(ctx *fasthttp.RequestCtx) {
	n, err := s.cfg.Store.MarkAllRead(s.life, actor(ctx))
	if err != nil {
		s.fail(ctx, err)
		return
	}
	writeJSON(ctx, fasthttp.StatusOK, struct {
		bellReply
		UpdatedCount int `json:"updated_count"`
	}{bellReply{"success", fmt.Sprintf("%d notifications marked as read", n)}, n})
}

// deleteSelected is `POST /api/notifications/delete-selected/`; ids may come
// as strings or numbers.
func (s *Server) deleteSelected(ctx *fasthttp.RequestCtx) {
	o, err := s.readObject(ctx)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	if raw := string(o.fields["ids"]); raw == "" || raw == "null" || raw == "[]" {
		refuse(ctx, &mango.Error{Code: mango.Invalid, Public: "No notification IDs provided", Fields: []string{"ids: is required"}})
		return
	}
	ids := o.ids("ids", maxIDs)
	if err := o.err(); err != nil {
		s.fail(ctx, err)
		return
	}
	gone, err := s.cfg.Store.DeleteNotifications(s.life, actor(ctx), ids)
	if err != nil {
		s.fail(ctx, renamed(err, "No notifications found with the provided IDs"))
		return
	}
	writeJSON(ctx, fasthttp.StatusOK, struct {
		bellReply
		DeletedCount         int      `json:"deleted_count"`
		DeletedNotifications []string `json:"deleted_notifications"`
	}{bellReply{"success", fmt.Sprintf("Successfully deleted %d notification(s)", len(gone))}, len(gone), titles(gone)})
}
