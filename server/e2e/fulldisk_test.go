package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mangosense/preprocess/photos"
)

// TestFullDisk: below the reserve saves are answered with the diagnosis and a
// sentence that it was not stored, and previews go on; when there is room again,
// saves do, without a restart.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=48m"); err != nil {
		t.Skipf("cannot mount a small disk here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	s := startIn(t, filepath.Join(disk, "data"), "MODELS_DIR="+lenient(t), "DISK_RESERVE=16MB")
	before := s.save(photos.JPEG(320, 240))
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 32<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		a := s.trySave(photos.JPEG(321+i, 240), s.access)
		shown, _ := at(a.json, "data", "primary_prediction", "treatment").(string)
		if a.status != http.StatusOK || a.json["error_code"] != "STORAGE_FULL" || at(a.json, "data", "stored") != false || !strings.Contains(shown, "not stored: the server's disk is full") {
			t.Errorf("a save on a full disk: %d %s", a.status, a.body)
		}
		if a := s.predict(photos.JPEG(321+i, 240)); a.status != http.StatusOK {
			t.Errorf("a preview on a full disk: %d %s", a.status, a.body)
		}
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	after := s.save(photos.JPEG(330, 240))
	if before == 0 || after == 0 {
		t.Errorf("saved as %d before and %d after", before, after)
	}
	if n := len(exported(t, s.data)); n != 2 {
		t.Errorf("%d records, want 2", n)
	}
}
