package codec_test

import (
	"reflect"
	"testing"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
)

// TestNotificationTextsAlone: each text comes back without the others.
func TestNotificationTextsAlone(t *testing.T) {
	key := codec.Key(7)
	for _, n := range []mango.Notification{{ID: 7}, {ID: 7, Title: "New"}, {ID: 7, Message: "a photo"}, {ID: 7, Origin: "5"}} {
		if got, err := codec.DecodeNotification(key, codec.EncodeNotification(key, &n)); err != nil || !reflect.DeepEqual(*got, n) {
			t.Errorf("%+v came as %+v, %v", n, got, err)
		}
	}
}

// TestLeastValue: a value without a payload is one, and nothing shorter is.
func TestLeastValue(t *testing.T) {
	key := codec.Key(7)
	v := codec.NewWriter(codec.TypeSetting, 1).Seal(key)
	if len(v) != codec.Overhead {
		t.Fatalf("%d bytes, want %d", len(v), codec.Overhead)
	}
	if err := codec.Verify(key, v, codec.TypeSetting); err != nil {
		t.Error(err)
	}
	for n := range v {
		if codec.Verify(key, v[:n], codec.TypeSetting) == nil {
			t.Errorf("%d of its bytes pass", n)
		}
	}
}
