package app

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"

	"mangosense/server/internal/store"
)

// warnOpenData logs which parts of DATA_DIR other accounts of this machine can
// access: who can write there can replace the database or the secret, and who can
// read the secret can sign tokens. It must be called before
// anything is opened: the secret's mode is corrected then.
func warnOpenData(dir string, log *slog.Logger) {
	for _, w := range openData(dir, os.Geteuid()) {
		log.Warn("other accounts of this machine can reach DATA_DIR", "what", w)
	}
}

// openData lists what other users can access in a data folder.
func openData(dir string, user int) []string {
	var found []string
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	look := func(path string, bits fs.FileMode, what string) {
		st, err := os.Stat(path)
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				found = append(found, fmt.Sprintf("%s cannot be looked at: %v", path, err))
			}
			return
		}
		if mode := st.Mode().Perm(); mode&bits != 0 && !(st.IsDir() && st.Mode()&fs.ModeSticky != 0) {
			found = append(found, fmt.Sprintf("%s has mode %04o: %s", path, mode, what))
		}
		if own, ok := st.Sys().(*syscall.Stat_t); ok && int(own.Uid) != user && own.Uid != 0 {
			found = append(found, fmt.Sprintf("%s belongs to another account (%d), which can change it", path, own.Uid))
		}
	}
	look(dir, 0o022, "others can put files in place of the server's; chmod 700")
	look(filepath.Join(dir, "media"), 0o022, "others can exchange photos; chmod 700")
	look(filepath.Join(dir, store.FileName), 0o077, "others can read or change accounts and records; chmod 600")
	look(filepath.Join(dir, secretFile), 0o077, "others can read what signs tokens; delete the file to get another secret, which ends every login")
	return found
}
