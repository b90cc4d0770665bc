package e2e_test

import (
	"bytes"
	"os"
	"sync"
	"testing"

	"mangosense/preprocess/photos"
)

// TestSavedSurvivesAKill: what was answered with an id is there after the
// process was killed, with its photo, and the photo has no metadata.
func TestSavedSurvivesAKill(t *testing.T) {
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
	run("restore")
	if all := exported(t, s.data); len(all) != 1 || uint64(all[0]["id"].(float64)) != before {
		t.Errorf("after restore: %v, want record %d alone", all, before)
	}
	run("repair")
	if s.save(photos.JPEG(100, 200)) == 0 {
		t.Error("nothing can be saved after restore and repair")
	}
}
