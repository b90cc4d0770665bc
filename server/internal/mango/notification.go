package mango

import "time"

// Notification informs administrators of one stored record. It is written in
// the record's own transaction and goes when the record goes.
type Notification struct {
	ID     uint64
	Record uint64 // 0: imported, its record is gone
	User   uint64 // the uploader
	At     time.Time
	Read   bool
	// Title and Message are empty unless imported: the api words them from
	// the record.
	Title, Message string
	Origin         string // of an imported one, see Record.Origin
}

// NotificationRow is a notification with what it speaks of.
type NotificationRow struct {
	Notification
	Subject *Record // nil: gone
	Sender  *User   // nil: nobody or gone
}

// NotificationPage is one page, newest first.
type NotificationPage struct {
	Notifications []NotificationRow
	Total, Unread int
}
