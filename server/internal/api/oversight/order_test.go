package oversight_test

import (
	"os"
	"testing"

	"mangosense/server/internal/ordered"
)

// TestMain has every lock checked against the written order.
func TestMain(m *testing.M) {
	ordered.Check(nil)
	os.Exit(m.Run())
}
