package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mangosense/preprocess/photos"
)

// old makes every photo old enough for a sweep, as if it had lain there.
func old(t *testing.T, data string) {
	t.Helper()
	for _, path := range photoFiles(t, data) {
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(-48*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
}

func photoFiles(t *testing.T, data string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(data, "media", "mango_images", "*", "*.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// sweep has the server do now what it does every UPKEEP_EVERY.
func (s *server) sweep() {
	s.t.Helper()
	dir, err := os.Open(s.data) // a socket's address is short: it is reached through the folder
	if err != nil {
		s.t.Fatal(err)
	}
	defer dir.Close()
	conn, err := net.Dial("unix", fmt.Sprintf("/proc/self/fd/%d/control.sock", dir.Fd()))
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, `{"op":"sweep"}`+"\n"); err != nil {
		s.t.Fatal(err)
	}
	for lines := json.NewDecoder(conn); ; {
		var line struct {
			Done  bool
			Error any
		}
		if err := lines.Decode(&line); err != nil || line.Error != nil {
			s.t.Fatalf("sweep: %v, %v", line.Error, err)
		}
		if line.Done {
			return
		}
	}
}

// TestRestoreAndBack: an older backup is restored and then the file that stood
// there before. The sweep between the two takes no photo that either names; once
// the file put aside is gone the younger backup still protects its photos, and
// once that is gone, too, the sweep takes them. Restore says what comes and goes
// and does not do it unasked; check counts missing photos; repair of a sound
// database changes nothing.
func TestRestoreAndBack(t *testing.T) {
	t.Parallel()
	backups := t.TempDir()
	env := []string{"MODELS_DIR=" + lenient(t), "BACKUP_DIR=" + backups}
	s := start(t, env...)
	data := "DATA_DIR=" + s.data
	run := func(code int, says string, args ...string) result {
		t.Helper()
		r := command(t, append(env, data), args...)
		if r.code != code || !strings.Contains(r.out+r.errOut, says) {
			t.Fatalf("%v: exit %d, want %d and %q:\n%s%s", args, r.code, code, says, r.out, r.errOut)
		}
		return r
	}
	for i := range 3 {
		s.save(photos.JPEG(200+i, 150))
	}
	run(0, "backed up 3 records", "backup")
	oldest := backupFiles(t, backups)[0]
	for i := range 2 {
		s.save(photos.JPEG(300+i, 150))
	}
	run(0, "backed up 5 records", "backup")
	s.save(photos.JPEG(400, 150))
	if code := s.stop(); code != 0 {
		t.Fatalf("stop: exit %d", code)
	}
	sweep := func(kept int) {
		t.Helper()
		old(t, s.data)
		sweeping := startIn(t, s.data, env...)
		sweeping.sweep()
		if code := sweeping.stop(); code != 0 {
			t.Fatalf("stop: exit %d", code)
		}
		if n := len(photoFiles(t, s.data)); n != kept {
			t.Errorf("%d photos after the sweep, want %d\n%s", n, kept, sweeping.logged())
		}
	}
	sweep(6)

	run(2, "--yes", "restore", oldest)
	if n := len(exported(t, s.data)); n != 6 {
		t.Errorf("%d records after a restore that nobody agreed to", n)
	}
	run(0, "of the present 6 records 3 go and 0 change; 0 come back", "restore", "--yes", oldest)
	aside, _ := filepath.Glob(filepath.Join(s.data, "mangosense.db.replaced-*"))
	if len(aside) != 1 {
		t.Fatalf("put aside: %v", aside)
	}
	sweep(6) // the file put aside names all of them
	run(0, "of the present 3 records 0 go and 0 change; 3 come back", "restore", "--yes", aside[0])
	run(0, "6 records, 6 photos", "check")
	sweep(6)

	run(0, "3 go", "restore", "--yes", oldest)
	for _, name := range asides(t, s.data) {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	sweep(5) // the younger backup names five
	for _, name := range backupFiles(t, backups)[1:] {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	sweep(3)

	run(0, "the database is sound and was left as it is: 3 records", "repair")
	if found := asides(t, s.data); len(found) > 0 {
		t.Errorf("repair put a sound database aside: %v", found)
	}
	if err := os.Remove(photoFiles(t, s.data)[0]); err != nil {
		t.Fatal(err)
	}
	run(1, "1 of 3 photos are missing; the first are those of the records ", "check")
}

func asides(t *testing.T, data string) []string {
	t.Helper()
	var out []string
	for _, kind := range []string{"replaced", "damaged"} {
		found, err := filepath.Glob(filepath.Join(data, "mangosense.db."+kind+"-*"))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, found...)
	}
	return out
}

// backupFiles are the backups in a folder, oldest first.
func backupFiles(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "mangosense-*.db"))
	if err != nil || len(found) == 0 {
		t.Fatalf("backups: %v, %v", found, err)
	}
	return found
}

// TestRestoreOverNewerDatabase: going back to the program of before an update
// needs the backup that the update made, put in the place of what the newer
// program left.
func TestRestoreOverNewerDatabase(t *testing.T) {
	t.Parallel()
	backups := t.TempDir()
	s := start(t, "MODELS_DIR="+lenient(t))
	env := []string{"DATA_DIR=" + s.data, "MODELS_DIR=" + lenient(t)}
	s.save(photos.JPEG(200, 150))
	if r := command(t, env, "backup", "--backup-dir", backups); r.code != 0 {
		t.Fatalf("%s%s", r.out, r.errOut)
	}
	s.stop()
	path := filepath.Join(s.data, "mangosense.db")
	newer := unpacked(t, "../internal/store/testdata/newer.db.gz")
	if err := os.WriteFile(path, newer, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"check"}, 1, "newer version of this program"},
		{[]string{"restore", "--backup-dir", backups}, 2, "--yes"},
		{[]string{"check"}, 1, "newer version of this program"},
		{[]string{"restore", "--yes", "--backup-dir", backups}, 0, "restored "},
		{[]string{"check"}, 0, "Store OK: 1 records, 1 photos"},
	} {
		if r := command(t, env, c.args...); r.code != c.code || !strings.Contains(r.out+r.errOut, c.says) {
			t.Fatalf("%v: exit %d, want %d and %q:\n%s%s", c.args, r.code, c.code, c.says, r.out, r.errOut)
		}
	}
	aside, err := filepath.Glob(path + ".replaced-*")
	if err != nil || len(aside) != 1 {
		t.Fatalf("put aside: %v, %v", aside, err)
	}
	if kept, err := os.ReadFile(aside[0]); err != nil || !bytes.Equal(kept, newer) {
		t.Errorf("the newer file was changed: %v", err)
	}
}
