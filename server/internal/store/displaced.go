package store

import (
	"errors"
	"io/fs"
	"os"

	"mangosense/server/internal/mango"
)

// A file that is removed or replaced while it is open goes on taking writes, and
// is gone with all of them when it is closed. So each commit compares the open file
// with the one at the path, before it and after it, and so do Health and the patrol.
// A displaced database answers what it has and takes no writes. Compact gives it its
// place back, unless another file lies there.
var (
	errRemoved  = errors.New("the database file was removed while it was in use")
	errReplaced = errors.New("the database file was replaced by another one while it was in use")
)

// displaced compares the open file with the one at path; nil where nobody can say.
func (d *database) displaced(path string) error {
	at, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return errRemoved
	}
	open, failed := d.file.Stat()
	if err != nil || failed != nil || os.SameFile(open, at) {
		return nil
	}
	return errReplaced
}

// inPlace is an error while another file, or none, lies at the path. The caller
// holds committing: no file is exchanged meanwhile.
func (s *Store) inPlace() error {
	db, err := s.current()
	if err != nil || db.IsReadOnly() {
		return nil
	}
	err = db.displaced(s.path)
	s.mu.Lock()
	was := s.displaced
	s.displaced = err
	s.mu.Unlock()
	switch {
	case err != nil && was == nil:
		s.cfg.Log.Error("the database has lost its file; nothing is stored", "file", s.path, "error", err)
	case err == nil && was != nil:
		s.cfg.Log.Info("the database has its file again", "file", s.path)
	}
	return err
}

// displacedSentence says to whoever runs the server what to do.
func displacedSentence(err error) string {
	if errors.Is(err, errRemoved) {
		return "The database file was removed while the server runs; nothing is stored. What was stored is still there until the server stops. Write it back: mangosense compact"
	}
	return "Another file was put in the place of the database while the server runs; nothing is stored. Keep what was stored: mangosense backup. Then start the server again."
}

func displacedError(err error) error {
	return mango.Wrap(mango.Conflict, err, displacedSentence(err))
}
