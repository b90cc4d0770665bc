package kit_test

import (
	"testing"

	"mangosense/server/internal/api/kit"
)

// TestKept: a client that has the answer says so by its tag, perhaps among
// others, in one line or in several (RFC 9110, 13.1.2).
func TestKept(t *testing.T) {
	for has, kept := range map[string]bool{
		"": false, `"a"`: true, `W/"a"`: true, `"b", "a"`: true, `"b",W/"a" , "c"`: true, "*": true,
		`"b"`: false, "a": false, `"aa"`: false, `"a`: false,
	} {
		s := serve(t, func(c *kit.Call) error {
			if c.Kept("a") {
				return c.Empty(304)
			}
			return c.JSON(200, map[string]any{})
		})
		got := s.send(t, nil, map[string]string{"If-None-Match": has})
		if (got.status == 304) != kept || got.header.Get("ETag") != `"a"` {
			t.Errorf("If-None-Match: %s gets %d, ETag %s", has, got.status, got.header.Get("ETag"))
		}
	}
}
