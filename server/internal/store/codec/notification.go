package codec

import (
	"fmt"

	"mangosense/server/internal/mango"
)

const notificationVersion = 1

func EncodeNotification(key []byte, n *mango.Notification) []byte {
	w := NewWriter(TypeNotification, notificationVersion)
	texts := n.Title != "" || n.Message != "" || n.Origin != ""
	w.Flags(n.Read, texts)
	w.Uint(n.Record)
	w.Uint(n.User)
	w.Time(n.At)
	if texts {
		w.strings([]string{n.Title, n.Message, n.Origin})
	}
	return w.Seal(key)
}

func DecodeNotification(key, v []byte) (*mango.Notification, error) {
	r, err := Open(key, v, TypeNotification, notificationVersion)
	if err != nil {
		return nil, fmt.Errorf("cannot read notification %d: %w", ID(key), err)
	}
	on := r.Flags()
	n := &mango.Notification{ID: ID(key), Read: on(0), Record: r.Uint(), User: r.Uint(), At: r.Time()}
	if on(1) {
		n.Title, n.Message, n.Origin = r.String(), r.String(), r.String()
	}
	return n, r.err
}
