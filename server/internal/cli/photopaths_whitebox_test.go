package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A folder gives its photos, and nothing that a system left among them.
func TestPhotoPathsLeaveSystemsFilesOut(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		"IMG_1.jpg", "b/IMG_2.JPEG", "b/c/leaf.webp", ".hidden.png", "b..jpg",
		"._IMG_1.jpg", "b/._IMG_2.JPEG", ".DS_Store", "Thumbs.db", "desktop.ini", "notes.txt",
		"__MACOSX/._IMG_1.jpg", "__MACOSX/IMG_1.jpg", ".Trashes/501/IMG_9.jpg", ".thumbnails/IMG_1.jpg", "@eaDir/IMG_1.jpg/SYNOPHOTO_THUMB_XL.jpg", "$RECYCLE.BIN/IMG_3.jpg",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"lost.jpg": "/nowhere.jpg", "found.jpg": "IMG_1.jpg", "folder.jpg": "b"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	got := photoPaths([]string{dir})
	for i := range got {
		got[i] = strings.TrimPrefix(got[i], dir+"/")
	}
	if want := []string{".hidden.png", "IMG_1.jpg", "b/IMG_2.JPEG", "b/c/leaf.webp", "b..jpg", "found.jpg", "lost.jpg"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	// Named outright, a folder or a file is taken.
	if got := photoPaths([]string{filepath.Join(dir, ".thumbnails"), filepath.Join(dir, "._IMG_1.jpg")}); len(got) != 2 {
		t.Errorf("named outright: %q", got)
	}
}

// asNobody runs do without the rights of root, where the test has them.
func asNobody(t *testing.T, do func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		do()
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	unix.Setfsuid(65534)
	defer unix.Setfsuid(0)
	do()
}

// What cannot be read says what it is, and why.
func TestUnreadableFolder(t *testing.T) {
	dir := t.TempDir()
	for path := dir; path != filepath.Dir(path) && strings.HasPrefix(path, os.TempDir()+"/"); path = filepath.Dir(path) {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	locked := filepath.Join(dir, "locked")
	if err := os.Mkdir(locked, 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(locked, 0o700)
	asNobody(t, func() {
		got := photoPaths([]string{dir})
		if len(got) != 1 || got[0] != locked {
			t.Fatalf("%q, want the locked folder", got)
		}
		_, err := readPhoto(got[0], 1<<20)
		if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "cannot read the folder") {
			t.Errorf("said %v", err)
		}
	})
	if _, err := readPhoto(dir, 1<<20); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("said %v", err)
	}
	if _, err := readPhoto(os.DevNull, 1<<20); err == nil || !strings.Contains(err.Error(), "a device or a pipe") {
		t.Errorf("said %v", err)
	}
}
