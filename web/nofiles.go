//go:build nopages

package web

import "io/fs"

// Files are none in a program without pages.
func Files() fs.FS { return nil }
