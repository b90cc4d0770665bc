package e2e_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mangosense/preprocess/photos"
)

// flipRecord turns one bit of the record of a photo, wherever the file has it.
func flipRecord(t *testing.T, path string, photo []byte) {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(photo)
	flipped := 0
	for at := 0; ; {
		i := bytes.Index(file[at:], digest[:])
		if i < 0 {
			break
		}
		at += i + len(digest)
		if file[at] != 0 { // in the key of its photo a 0 follows, for the format
			file[at-1] ^= 1
			flipped++
		}
	}
	if flipped == 0 {
		t.Fatal("the record is not in the file")
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestRottenRecord: one bit of one record is flipped in a cleanly closed file.
// Whoever asks for it gets an error, everything else goes on, health and the log
// say what is damaged, SIGTERM ends the server; with SELF_REPAIR the record comes
// back from the backup.
func TestRottenRecord(t *testing.T) {
	t.Parallel()
	for _, heal := range []bool{false, true} {
		t.Run(fmt.Sprintf("heal %v", heal), func(t *testing.T) {
			env := []string{"MODELS_DIR=" + lenient(t), "BACKUP_DIR=" + t.TempDir(), fmt.Sprintf("SELF_REPAIR=%v", heal)}
			s := start(t, env...)
			rotten := photos.JPEG(201, 150)
			for i := range 5 {
				s.save(photos.JPEG(200+i, 150))
			}
			access := s.grower()
			if r := command(t, append(env, "DATA_DIR="+s.data), "backup"); r.code != 0 {
				t.Fatal(r.errOut)
			}
			if code := s.stop(); code != 0 {
				t.Fatalf("stop: exit %d", code)
			}
			flipRecord(t, filepath.Join(s.data, "mangosense.db"), rotten)

			again := startIn(t, s.data, env...)
			again.registered.Do(func() { again.access = access })
			get := func(path string) answer { return again.must("GET", path, nil, "Authorization", "Bearer "+access) }
			begun := time.Now()
			if a := get("/api/history/"); a.status != http.StatusInternalServerError && !(heal && a.status == http.StatusServiceUnavailable) {
				t.Errorf("history: %d %s", a.status, a.body)
			}
			if took := time.Since(begun); took > 20*time.Second { // a hang, on the slowest of machines
				t.Errorf("history took %v", took)
			}
			for path, want := range map[string]int{"/health/": 200, "/livez": 200, "/readyz": 200} {
				if a := get(path); a.status != want {
					t.Errorf("%s: %d, want %d: %s", path, a.status, want, a.body)
				}
			}
			if heal {
				for get("/api/health/").status != http.StatusOK {
					if time.Since(begun) > time.Minute {
						t.Fatalf("not healed:\n%s", again.logged())
					}
					time.Sleep(20 * time.Millisecond)
				}
				if a := get("/api/history/"); a.status != http.StatusOK || at(a.json, "data", "summary", "total") != 5.0 {
					t.Errorf("history after healing: %d %s", a.status, a.body)
				}
			} else {
				if a := get("/api/me/"); a.status != http.StatusOK {
					t.Errorf("me: %d %s", a.status, a.body)
				}
				if a := get("/api/me/export/"); a.status != http.StatusInternalServerError || a.header.Get("Content-Disposition") != "" ||
					!bytes.Contains(a.body, []byte("STORAGE_FAILED")) {
					t.Errorf("an export that fails before it begins: %d %v %s", a.status, a.header, a.body)
				}
				if a := get("/api/health/"); a.status != http.StatusServiceUnavailable {
					t.Errorf("health: %d %s", a.status, a.body)
				}
				if again.save(photos.JPEG(300, 150)) == 0 {
					t.Error("a save beside the rotten record failed")
				}
			}
			if log := again.logged(); !strings.Contains(log, "bucket records, key 00000000000000") || strings.Contains(log, "grower@") {
				t.Errorf("the log:\n%s", log)
			}
			begun = time.Now()
			if code := again.stop(); code != 0 || time.Since(begun) > 30*time.Second {
				t.Errorf("SIGTERM: exit %d after %v", code, time.Since(begun))
			}
		})
	}
}
