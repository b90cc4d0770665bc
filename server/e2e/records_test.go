package e2e_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mangosense/preprocess/photos"
)

// TestSavedSurvivesAKill: what was answered with an id is there after the
// process was killed, with its photo, and the photo has no metadata.
func TestSavedSurvivesAKill(t *testing.T) {
	t.Parallel()
	s := start(t, "MODELS_DIR="+lenient(t))
	plain := photos.JPEG(640, 480)
	photo := photos.EncodeJPEG(photos.Picture(640, 480), photos.Encoding{Orientation: 6})
	const parallel = 8
	ids := make([]uint64, parallel)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() { ids[i] = s.save(photo) })
	}
	wg.Wait()
	s.kill()
	found := map[uint64]map[string]any{}
	for _, r := range exported(t, s.data) {
		id := uint64(r["id"].(float64))
		if found[id] != nil {
			t.Errorf("record %d stands twice", id)
		}
		found[id] = r
	}
	for _, id := range ids {
		r := found[id]
		if id == 0 || r == nil {
			t.Errorf("the record answered as %d is gone", id)
			continue
		}
		if w, h := at(r, "photo", "width"), at(r, "photo", "height"); w != 480.0 || h != 640.0 {
			t.Errorf("record %d is %v×%v, want it upright: 480×640", id, w, h)
		}
	}
	if len(found) != parallel {
		t.Errorf("%d records, want %d", len(found), parallel)
	}
	files := stored(t, s.data)
	if len(files) != 1 {
		t.Fatalf("%d photos for one content: %q", len(files), files)
	}
	kept, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(kept, []byte("GPS")) || len(kept) > len(plain)+64 {
		t.Errorf("the stored photo has %d bytes, the bare one %d", len(kept), len(plain))
	}
	info, err := os.Stat(files[0])
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the photo can be read by others: %v %v", info.Mode(), err)
	}
	if r := command(t, []string{"DATA_DIR=" + s.data, "MODELS_DIR=" + needModels(t)}, "check"); r.code != 0 || !bytes.Contains([]byte(r.out), []byte("✅ Store OK")) {
		t.Errorf("check: exit %d\n%s", r.code, r.out)
	}
}

// TestExportBesideTheServer: a running server does not keep the records from
// being read.
func TestExportBesideTheServer(t *testing.T) {
	t.Parallel()
	s := start(t, "MODELS_DIR="+lenient(t))
	id := s.save(photos.JPEG(320, 240))
	if all := exported(t, s.data); len(all) != 1 || uint64(all[0]["id"].(float64)) != id {
		t.Errorf("exported %v, want record %d", all, id)
	}
}

// TestStoreCommandsBesideTheServer backs up, compacts and restores while the
// server runs: what was saved after the backup is gone after the restore, what
// was saved before is there.
func TestStoreCommandsBesideTheServer(t *testing.T) {
	t.Parallel()
	s := start(t, "MODELS_DIR="+lenient(t))
	env := []string{"DATA_DIR=" + s.data, "BACKUP_DIR=" + t.TempDir()}
	before := s.save(photos.JPEG(320, 240))
	run := func(args ...string) {
		t.Helper()
		if r := command(t, env, args...); r.code != 0 {
			t.Fatalf("%q: exit %d: %s", args, r.code, r.errOut)
		}
	}
	run("backup")
	s.save(photos.JPEG(200, 100))
	run("compact")
	if n := len(exported(t, s.data)); n != 2 {
		t.Errorf("%d records after compact, want 2", n)
	}
	run("restore", "--yes")
	if all := exported(t, s.data); len(all) != 1 || uint64(all[0]["id"].(float64)) != before {
		t.Errorf("after restore: %v, want record %d alone", all, before)
	}
	run("repair")
	if s.save(photos.JPEG(100, 200)) == 0 {
		t.Error("nothing can be saved after restore and repair")
	}
}

// TestDamagedDatabase: with a database that cannot be read the server still
// answers photos, says that nothing is stored, and repair brings back what is
// readable; restore works into an empty folder too.
func TestDamagedDatabase(t *testing.T) {
	t.Parallel()
	models := "MODELS_DIR=" + lenient(t)
	s := start(t, models)
	backups := t.TempDir()
	for range 3 {
		s.save(photos.JPEG(320, 240))
	}
	env := []string{"DATA_DIR=" + s.data, "BACKUP_DIR=" + backups}
	if r := command(t, env, "backup"); r.code != 0 {
		t.Fatal(r.errOut)
	}
	s.kill()
	path := filepath.Join(s.data, "mangosense.db")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(data, bytes.Repeat([]byte{0xff}, 2*4096)) // both meta pages
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	again := startIn(t, s.data, models)
	if a := again.predict(photos.JPEG(320, 240)); a.status != 200 {
		t.Errorf("a preview over a damaged database: %d %s", a.status, a.body)
	}
	if a := again.must("GET", "/api/health/", nil); a.status != 503 || a.json["database"] != "unavailable" {
		t.Errorf("health over a damaged database: %d %s", a.status, a.body)
	}
	repaired := command(t, env, "repair")
	if repaired.code != 3 || !strings.Contains(repaired.out, "lost: the settings, as far as there were any") || strings.Contains(repaired.out, "lost: record") {
		t.Fatalf("repair: exit %d: %s%s", repaired.code, repaired.out, repaired.errOut)
	}
	if n := len(exported(t, s.data)); n != 3 {
		t.Errorf("%d records after repair, want 3; it said:\n%s", n, repaired.out)
	}
	fresh := t.TempDir()
	if r := command(t, []string{"DATA_DIR=" + fresh, "BACKUP_DIR=" + backups}, "restore"); r.code != 0 {
		t.Fatalf("restore: exit %d: %s", r.code, r.errOut)
	}
	if n := len(exported(t, fresh)); n != 3 {
		t.Errorf("%d records after restore into an empty folder, want 3", n)
	}
}
