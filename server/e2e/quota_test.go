package e2e_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mangosense/preprocess/photos"
)

// TestUserQuota: one account fills its share of the disk and hears why nothing
// more is stored; its photos are diagnosed on, and other accounts save.
func TestUserQuota(t *testing.T) {
	t.Parallel()
	s := start(t, "MODELS_DIR="+lenient(t), "USER_QUOTA=60KB")
	stored, access := 0, s.grower()
	for i := range 40 {
		a := s.trySave(photos.JPEG(320+i, 240), access)
		if a.status != http.StatusOK {
			t.Fatalf("save %d: %d %s", i, a.status, a.body)
		}
		if at(a.json, "data", "stored") != false {
			stored++
			continue
		}
		shown, _ := at(a.json, "data", "primary_prediction", "treatment").(string)
		if a.json["error_code"] != "STORAGE_FULL" || !strings.Contains(shown, "account has filled its share") {
			t.Fatalf("save %d: %s", i, a.body)
		}
	}
	if stored == 0 || stored > 15 {
		t.Errorf("%d photos are stored within 60 KB", stored)
	}
	if a := s.predict(photos.JPEG(500, 240)); a.status != http.StatusOK {
		t.Errorf("a preview beyond the quota: %d %s", a.status, a.body)
	}
	files, _ := filepath.Glob(filepath.Join(s.data, "media", "mango_images", "*", "*"))
	if len(files) != stored {
		t.Errorf("%d files for %d records", len(files), stored)
	}
	other := s.must("POST", "/api/register/", strings.NewReader(text(t, map[string]string{"firstName": "Ana", "lastName": "Cruz",
		"email": "ana@farm.example", "password": "Carabao2026", "address": "An orchard"})), "Content-Type", "application/json")
	access, _ = other.json["access"].(string)
	if a := s.trySave(photos.JPEG(501, 240), access); a.status != http.StatusOK || at(a.json, "data", "stored") == false {
		t.Errorf("another account: %d %s", a.status, a.body)
	}
}

// TestProtectOnAFullDisk: without a free byte, an account is locked and a
// password changed all the same; logins and logouts go on.
func TestProtectOnAFullDisk(t *testing.T) {
	t.Parallel()
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=64m"); err != nil {
		t.Skipf("cannot mount a small disk here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	s := startIn(t, filepath.Join(disk, "data"), "DISK_RESERVE=16MB")
	c := grown(t, s)
	name, _ := at(c.ask("GET", "/api/me/", nil, 200).json, "data", "username").(string)
	f, err := os.Create(filepath.Join(disk, "foreign"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		n, err := f.Write(make([]byte, size))
		if n == 0 {
			size /= 2
		}
		if err != nil && !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
	login := func(password string, want int) *client {
		c := &client{server: s}
		c.ask("POST", "/api/login/", map[string]string{"email": "lito@farm.example", "password": password}, want)
		return c
	}
	login("Carabao2026", 200)
	c.ask("POST", "/api/me/password/", map[string]string{"old_password": "Carabao2026", "new_password": "Tamaraw2026"}, 200)
	login("Carabao2026", 401)
	login("Tamaraw2026", 200)
	for i := range 3 {
		word, want := []string{"disable", "enable"}[i%2], []int{401, 200}[i%2]
		if r := command(t, []string{"DATA_DIR=" + s.data}, "user", word, name); r.code != 0 {
			t.Fatalf("user %s on a full disk: %d %s", word, r.code, r.errOut)
		}
		login("Tamaraw2026", want)
	}
	if a := s.must("GET", "/api/health/", nil); a.status != http.StatusOK {
		t.Errorf("health: %d %s", a.status, fmt.Sprint(a.json))
	}
}
