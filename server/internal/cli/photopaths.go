package cli

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mangosense/server/internal/mango"
)

// photoPaths expands folders to the pictures below them, in the order of their
// names; each path begins with the argument as it was given. A file that is
// named outright is taken whatever it is called. What cannot be read is in the
// list too: it is that path's error, later.
func photoPaths(args []string) []string {
	var out []string
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil || !info.IsDir() {
			out = append(out, arg)
			continue
		}
		prefix := strings.TrimRight(arg, "/") + "/" // also has the walk follow a link
		_ = filepath.WalkDir(prefix, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				out = append(out, given(prefix, path))
				return nil // the walk leaves that folder out and goes on
			case path != prefix && d.IsDir() && foreignFolder(d.Name()):
				return fs.SkipDir
			case picture(path) && file(path, d):
				out = append(out, given(prefix, path))
			}
			return nil
		})
	}
	return out
}

// given is a path of the walk with the prefix as the user wrote it: the walk
// cleans it.
func given(prefix, path string) string {
	if rel, err := filepath.Rel(prefix, path); err == nil && rel != "." {
		return prefix + rel
	}
	return path
}

// file reports whether an entry is a file, or a link to one. A link that leads
// nowhere is a photo that cannot be read.
func file(path string, d fs.DirEntry) bool {
	if d.Type()&fs.ModeSymlink == 0 {
		return d.Type().IsRegular()
	}
	info, err := os.Stat(path)
	return err != nil || info.Mode().IsRegular()
}

// foreignFolder knows the folders that systems put among photos: thumbnails, bins
// and what a Mac packs beside each file.
func foreignFolder(name string) bool {
	switch name {
	case "__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information", "lost+found":
		return true
	}
	return strings.HasPrefix(name, ".") && name != "." && name != ".."
}

// picture reports whether a file is called as photos are. What a Mac writes beside
// IMG_1.jpg on a stick, ._IMG_1.jpg, is none.
func picture(path string) bool {
	if strings.HasPrefix(filepath.Base(path), "._") {
		return false
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif":
		return true
	}
	return false
}

// readPhoto reads a file of at most limit bytes.
func readPhoto(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the photo: %w", err)
	}
	if info.IsDir() {
		if _, err := os.ReadDir(path); err != nil {
			return nil, fmt.Errorf("cannot read the folder: %w", err)
		}
		return nil, fmt.Errorf("cannot read the photo: %s is a folder", path)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("cannot read the photo: %s is not a file but a device or a pipe", path)
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("the file has %d bytes, more than %d (--max-photo-bytes, MAX_PHOTO_BYTES)", info.Size(), limit)
	}
	photo, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the photo: %w", err)
	}
	return photo, nil
}

// folderLabel is the disease that a photo's folder is named after.
func folderLabel(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		abs = path
	}
	return mango.Canonical(printableName(filepath.Base(filepath.Dir(abs))))
}
