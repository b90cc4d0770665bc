package store_test

import (
	"flag"
	"os"
	"testing"

	"mangosense/server/internal/ordered"
)

// TestMain bounds the model test: 15 rounds here, 500 by make torture, or as
// -rapid.checks says.
func TestMain(m *testing.M) {
	flag.Parse()
	ordered.Check(nil)
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		checks := "15"
		if os.Getenv("MANGOSENSE_TORTURE") == "full" {
			checks = "500"
		}
		_ = flag.Set("rapid.checks", checks)
	}
	os.Exit(m.Run())
}
