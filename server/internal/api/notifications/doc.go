// Package notifications answers the administrators' bell: what was uploaded, and
// whether somebody has looked.
//
// A notification is stored with its record, never made here; deleting one leaves
// the image. Ids are texts in every answer, since clients call string methods on
// them, and the bell takes any page number: it must never be empty for a typo.
package notifications

import (
	"context"

	"mangosense/server/internal/mango"
)

// Store is the bell; see mango.Notifications.
type Store interface {
	Notification(ctx context.Context, by mango.Actor, id uint64) (*mango.NotificationRow, error)
	PageNotifications(ctx context.Context, by mango.Actor, p mango.Page) (mango.NotificationPage, mango.Page, error)
	MarkRead(ctx context.Context, by mango.Actor, id uint64) error
	MarkAllRead(ctx context.Context, by mango.Actor) (int, error)
	DeleteNotifications(ctx context.Context, by mango.Actor, ids []uint64) ([]mango.NotificationRow, error)
}

// Handlers answer the routes.
type Handlers struct{ Store Store }
