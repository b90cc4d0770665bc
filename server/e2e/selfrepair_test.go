package e2e_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mangosense/preprocess/photos"
)

// trySave asks for a photo to be stored and gives the answer, whatever it is.
func (s *server) trySave(photo []byte, access string) answer {
	s.t.Helper()
	body, kind := form(s.t, photo, "detection_type", "leaf")
	return s.must("POST", "/api/predict/", body, "Content-Type", kind, "Authorization", "Bearer "+access)
}

// rot overwrites both meta pages and every sixth page behind them with noise.
func rot(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 4096)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	for page := int64(0); page*4096 < st.Size(); page++ {
		if page < 2 || page%6 == 0 {
			if _, err := f.WriteAt(noise, page*4096); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestSelfRepair: a server that finds its database damaged answers photos from
// the start, says of a save that it was not stored, repairs the database by
// itself, and then stores again.
func TestSelfRepair(t *testing.T) {
	t.Parallel()
	env := []string{"MODELS_DIR=" + lenient(t), "BACKUP_DIR=" + t.TempDir(), "SELF_REPAIR=true"}
	s := start(t, env...)
	want := map[uint64]bool{}
	for i := range 20 {
		want[s.save(photos.JPEG(200+i, 150))] = true
	}
	access := s.grower()
	if r := command(t, append(env, "DATA_DIR="+s.data), "backup"); r.code != 0 {
		t.Fatal(r.errOut)
	}
	if code := s.stop(); code != 0 {
		t.Fatalf("stop: exit %d", code)
	}
	rot(t, filepath.Join(s.data, "mangosense.db"))
	again := startIn(t, s.data, env...)
	again.registered.Do(func() { again.access = access })
	refused := 0
	for healthy := false; !healthy; {
		if a := again.predict(photos.JPEG(320, 240)); a.status != http.StatusOK {
			t.Fatalf("a preview while the database is repaired: %d %s", a.status, a.body)
		}
		a := again.trySave(photos.JPEG(321, 240), access)
		switch id, stored := at(a.json, "data", "saved_image_id").(float64); {
		case a.status == http.StatusOK && stored:
			want[uint64(id)] = true
		case unstored(a):
			refused++
		default:
			t.Fatalf("a save while the database is repaired: %d %s", a.status, a.body)
		}
		healthy = again.must("GET", "/api/health/", nil).status == http.StatusOK
		if strings.Count(again.logged(), "cannot") > 50 {
			t.Fatalf("the database is not repaired:\n%s", again.logged())
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Logf("%d saves were refused meanwhile", refused)
	want[again.save(photos.JPEG(322, 240))] = true
	found := exported(t, s.data)
	for _, r := range found {
		delete(want, uint64(r["id"].(float64)))
	}
	if len(want) > 0 {
		t.Errorf("lost: %v of %d", want, len(found))
	}
	if aside, _ := filepath.Glob(filepath.Join(s.data, "mangosense.db.damaged-*")); len(aside) != 1 {
		t.Errorf("the damaged file was not kept: %v", aside)
	}
	if log := again.logged(); !strings.Contains(log, "database repaired") || !strings.Contains(log, "from_backup=") {
		t.Errorf("the log does not tell what was done:\n%s", log)
	}
	if r := command(t, append(env, "DATA_DIR="+s.data), "check"); r.code != 0 {
		t.Errorf("check: exit %d\n%s", r.code, r.out)
	}
}

// unstored reports whether an answer is a diagnosis that says that it was not
// stored.
func unstored(a answer) bool {
	disease, _ := at(a.json, "data", "primary_prediction", "disease").(string)
	shown, _ := at(a.json, "data", "primary_prediction", "treatment").(string)
	return a.status == http.StatusOK && disease != "" && strings.Contains(shown, "not stored") && a.json["error_code"] == "STORAGE_DOWN" &&
		at(a.json, "data", "stored") == false && at(a.json, "data", "saved_image_id") == nil
}

// TestNotStoredIsSaid: without SELF_REPAIR saves are diagnosed and not stored until
// somebody repairs the database, and the answer does not look like a wrong
// password.
func TestNotStoredIsSaid(t *testing.T) {
	t.Parallel()
	models := "MODELS_DIR=" + lenient(t)
	s := start(t, models)
	s.save(photos.JPEG(320, 240))
	access := s.grower()
	s.kill()
	rot(t, filepath.Join(s.data, "mangosense.db"))
	again := startIn(t, s.data, models)
	for range 2 {
		a := again.trySave(photos.JPEG(100, 120), access)
		if !unstored(a) {
			t.Errorf("a save over a damaged database: %d %s", a.status, a.body)
		}
		body, kind := tree(t, photos.JPEG(64, 64), photos.JPEG(96, 64))
		if a := again.must("POST", "/api/predict/tree/", body, "Content-Type", kind, "Authorization", "Bearer "+access); !unstored(a) {
			t.Errorf("a tree over a damaged database: %d %s", a.status, a.body)
		}
		if a := again.trySave(photos.JPEG(100, 120), "nonsense"); a.status != http.StatusUnauthorized {
			t.Errorf("a save with no good token: %d %s", a.status, a.body)
		}
		if a := again.predict(photos.JPEG(320, 240)); a.status != http.StatusOK {
			t.Errorf("a preview: %d %s", a.status, a.body)
		}
	}
	if r := command(t, []string{"DATA_DIR=" + s.data}, "repair"); r.code != 3 || !strings.Contains(r.out, "lost: ") {
		t.Fatalf("repair: exit %d: %s%s", r.code, r.out, r.errOut)
	}
	if a := again.must("GET", "/api/health/", nil); a.status != http.StatusOK {
		t.Errorf("health after the repair: %d %s", a.status, a.body)
	}
}

// TestNewerDatabaseIsRefused: an older program says so in a sentence and
// leaves the file as it is.
func TestNewerDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	path := filepath.Join(data, "mangosense.db")
	newer := unpacked(t, "../internal/store/testdata/newer.db.gz")
	if err := os.WriteFile(path, newer, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"serve"}, {"repair"}, {"backup", "--backup-dir", t.TempDir()}} {
		r := command(t, []string{"PORT=0", "DATA_DIR=" + data, "MODELS_DIR=" + needModels(t), "SELF_REPAIR=true"}, args...)
		if r.code == 0 || !strings.Contains(r.out+r.errOut, "newer version of this program") {
			t.Errorf("%v: exit %d: %s%s", args, r.code, r.out, r.errOut)
		}
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, newer) {
		t.Errorf("the file was changed: %v", err)
	}
}

// unpacked reads a compressed file.
func unpacked(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
