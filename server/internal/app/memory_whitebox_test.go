package app

import "testing"

// TestShares: what follows from the memory there is, and what options say
// instead.
func TestShares(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "off") // the test's own heap stays as it is
	t.Setenv("GOGC", "100")
	for _, c := range []struct {
		name                         string
		limit, decode, upload        int64
		wantDecode, wantUpload, heap int64
	}{
		{"512 MB", 512 * mb, 0, 0, 128 * mb, 48 * mb, 320 * mb},
		{"twice that", 1024 * mb, 0, 0, 256 * mb, 96 * mb, 768 * mb},
		{"64 MB", 64 * mb, 0, 0, 16 * mb, 12 * mb, 64 * mb},
		{"by options", 512 * mb, 64 * mb, 20 * mb, 64 * mb, 20 * mb, 352 * mb},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := shareOut(c.limit, c.decode, c.upload, 10*mb)
			if s.decode != c.wantDecode || s.upload != c.wantUpload || s.goHeap != c.heap {
				t.Errorf("decode %d MB, upload %d MB, heap %d MB; want %d, %d, %d", s.decode/mb, s.upload/mb, s.goHeap/mb, c.wantDecode/mb, c.wantUpload/mb, c.heap/mb)
			}
		})
	}
}
