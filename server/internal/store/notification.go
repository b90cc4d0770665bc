package store

import (
	"context"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
	"mangosense/server/internal/store/counted"
)

// Bucket notifications holds a few bytes for each; what they say is taken from
// the record when they are read. All are in list "n". "All read" is a number:
// every notification up to totals.ReadUpTo is read.

const familyBell = "n"

func notification(tx *bbolt.Tx, id uint64) (*mango.Notification, error) {
	key := codec.Key(id)
	v := tx.Bucket(bucketNotifications).Get(key)
	if v == nil {
		return nil, nil
	}
	return codec.DecodeNotification(key, v)
}

func notificationEntry(n *mango.Notification) counted.Entry {
	return counted.Entry{At: n.At.UnixMilli(), ID: n.ID}
}

func (w *write) addNotification(n *mango.Notification) error {
	id, err := w.next(bucketNotifications)
	if err != nil {
		return err
	}
	n.ID = id
	return w.linkNotification(n)
}

// linkNotification writes a notification and what follows from it.
func (w *write) linkNotification(n *mango.Notification) error {
	id := n.ID
	if n.Record != 0 {
		if err := w.put(bucketNotified, append(codec.Key(n.Record), codec.Key(id)...), []byte{}); err != nil {
			return err
		}
	}
	if n.Origin != "" {
		if err := w.put(bucketOrigins, originKey('n', n.Origin), codec.Key(id)); err != nil {
			return err
		}
	}
	if !w.isRead(n) {
		w.totals.Unread++
	}
	w.tx.Bucket(bucketNotifications).FillPercent = 0.9
	key := codec.Key(id)
	if err := w.put(bucketNotifications, key, codec.EncodeNotification(key, n)); err != nil {
		return err
	}
	return w.insert(familyBell, notificationEntry(n))
}

func (w *write) isRead(n *mango.Notification) bool { return n.Read || n.ID <= w.totals.ReadUpTo }

func (w *write) deleteNotification(n *mango.Notification) error {
	if err := w.delete(bucketNotifications, codec.Key(n.ID)); err != nil {
		return err
	}
	if n.Record != 0 {
		if err := w.delete(bucketNotified, append(codec.Key(n.Record), codec.Key(n.ID)...)); err != nil {
			return err
		}
	}
	if n.Origin != "" {
		if err := w.delete(bucketOrigins, originKey('n', n.Origin)); err != nil {
			return err
		}
	}
	if !w.isRead(n) {
		w.totals.Unread--
	}
	return w.remove(familyBell, notificationEntry(n))
}

func (w *write) deleteNotificationsOf(id uint64) error {
	var of []uint64
	prefix := codec.Key(id)
	c := w.tx.Bucket(bucketNotified).Cursor()
	for k, _ := c.Seek(prefix); len(k) == 16 && codec.ID(k[:8]) == id; k, _ = c.Next() {
		of = append(of, codec.ID(k[8:]))
	}
	for _, nid := range of {
		n, err := notification(w.tx, nid)
		if err != nil {
			return err
		}
		if n == nil {
			continue
		}
		if err := w.deleteNotification(n); err != nil {
			return err
		}
	}
	return nil
}

// AddNotification implements mango.Notifications.
func (s *Store) AddNotification(ctx context.Context, by mango.Actor, in *mango.Notification) (uint64, error) {
	if err := s.system(by); err != nil {
		return 0, err
	}
	n := *in
	clean(&n.Title, &n.Message)
	if n.At.IsZero() {
		n.At = s.cfg.Now()
	}
	err := s.update(ctx, func(w *write) error {
		if n.Origin != "" {
			if id := codec.ID(w.get(bucketOrigins, originKey('n', n.Origin))); id != 0 {
				n.ID = id
				return nil
			}
		}
		if n.Record != 0 {
			if r, err := record(w.tx, n.Record); err != nil || r == nil {
				n.Record = 0
			}
		}
		return w.addNotification(&n)
	})
	if err != nil {
		return 0, err
	}
	in.ID = n.ID
	return n.ID, nil
}

// row fills in what a notification speaks of.
func row(tx *bbolt.Tx, n *mango.Notification, readUpTo uint64) (mango.NotificationRow, error) {
	out := mango.NotificationRow{Notification: *n}
	out.Read = n.Read || n.ID <= readUpTo
	if n.Record != 0 {
		r, err := record(tx, n.Record)
		if err != nil {
			return out, err
		}
		out.Subject = r
	}
	if n.User != 0 {
		u, err := readUser(tx, n.User)
		if err != nil {
			return out, err
		}
		if u != nil && !u.Gone {
			out.Sender = visible(mango.Actor{}, u)
		}
	}
	return out, nil
}

// Notification implements mango.Notifications.
func (s *Store) Notification(ctx context.Context, by mango.Actor, id uint64) (*mango.NotificationRow, error) {
	if err := s.rules(&by); err != nil {
		return nil, err
	}
	var out *mango.NotificationRow
	err := s.read(func(tx *bbolt.Tx) error {
		out = nil
		t, err := readTotals(tx)
		if err != nil {
			return err
		}
		n, err := notification(tx, id)
		if err != nil || n == nil {
			return err
		}
		r, err := row(tx, n, t.ReadUpTo)
		out = &r
		return err
	})
	if err == nil && out == nil {
		err = notFound("Notification")
	}
	return out, err
}

// PageNotifications implements mango.Notifications.
func (s *Store) PageNotifications(ctx context.Context, by mango.Actor, p mango.Page) (mango.NotificationPage, mango.Page, error) {
	if err := s.rules(&by); err != nil {
		return mango.NotificationPage{}, p, err
	}
	p = p.Clamp()
	var page mango.NotificationPage
	err := s.read(func(tx *bbolt.Tx) error {
		t, err := readTotals(tx)
		if err != nil {
			return err
		}
		l, err := counted.New(tx).Get(familyBell)
		if err != nil {
			return err
		}
		page = mango.NotificationPage{Total: l.Len(), Unread: int(t.Unread)}
		last := max((page.Total+p.Size-1)/p.Size, 1)
		p.Number = min(p.Number, last)
		m := counted.All(l)
		entries, err := m.Page(p.Offset(), p.Size)
		if err != nil {
			return err
		}
		for _, at := range entries {
			n, err := notification(tx, at.ID)
			if err != nil {
				return err
			}
			if n == nil {
				continue
			}
			r, err := row(tx, n, t.ReadUpTo)
			if err != nil {
				return err
			}
			page.Notifications = append(page.Notifications, r)
		}
		return nil
	})
	return page, p, err
}

// MarkRead implements mango.Notifications.
func (s *Store) MarkRead(ctx context.Context, by mango.Actor, id uint64) error {
	if err := s.rules(&by); err != nil {
		return err
	}
	return s.update(ctx, func(w *write) error {
		n, err := notification(w.tx, id)
		if err != nil {
			return err
		}
		if n == nil {
			return notFound("Notification")
		}
		if w.isRead(n) {
			return nil
		}
		w.totals.Unread--
		n.Read = true
		key := codec.Key(id)
		return w.put(bucketNotifications, key, codec.EncodeNotification(key, n))
	})
}

// MarkAllRead implements mango.Notifications.
func (s *Store) MarkAllRead(ctx context.Context, by mango.Actor) (n int, err error) {
	if err := s.rules(&by); err != nil {
		return 0, err
	}
	err = s.update(ctx, func(w *write) error {
		n = int(w.totals.Unread)
		if n == 0 {
			return nil
		}
		w.touched++
		w.totals.Unread = 0
		w.totals.ReadUpTo = w.tx.Bucket(bucketNotifications).Sequence()
		return nil
	})
	return n, err
}

// DeleteNotifications implements mango.Notifications.
func (s *Store) DeleteNotifications(ctx context.Context, by mango.Actor, ids []uint64) ([]mango.NotificationRow, error) {
	if err := s.rules(&by); err != nil {
		return nil, err
	}
	var rows []mango.NotificationRow
	err := s.protect(ctx, func(w *write) error {
		rows = nil
		var found []*mango.Notification
		seen := map[uint64]bool{}
		for _, id := range ids {
			n, err := notification(w.tx, id)
			if err != nil {
				return err
			}
			if n == nil || seen[id] {
				continue
			}
			seen[id] = true
			r, err := row(w.tx, n, w.totals.ReadUpTo)
			if err != nil {
				return err
			}
			found, rows = append(found, n), append(rows, r)
		}
		if len(found) == 0 {
			return notFound("Notification")
		}
		for _, n := range found {
			if err := w.deleteNotification(n); err != nil {
				return err
			}
		}
		return nil
	})
	return rows, err
}
