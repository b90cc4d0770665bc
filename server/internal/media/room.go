package media

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"mangosense/server/internal/clock"
	"mangosense/server/internal/disk"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/ordered"
)

// Config says where the photos lie.
type Config struct {
	Dir     string // DATA_DIR/media; made where missing
	Reserve int64  // bytes of disk that stay free; 0: none
	// Grace is how long a file without a record stays; 0: one hour. It only
	// has to outlast the time from PutPhoto to the record in a program that
	// was killed in between.
	Grace time.Duration
	Log   *slog.Logger     // nil: slog.Default
	Now   func() time.Time // nil: clock.Now
}

// Room is an open media folder.
type Room struct {
	cfg   Config
	guard disk.Guard

	mu     ordered.Mutex[ordered.PhotoNames]
	held   map[string]*holding
	shards map[string]bool // folders whose own name is known to be durable
	closed bool
}

var _ mango.Photos = (*Room)(nil)

// Open makes the folder where missing and checks that it can be written to.
func Open(cfg Config) (*Room, error) {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Now == nil {
		cfg.Now = clock.Now
	}
	if cfg.Grace == 0 {
		cfg.Grace = time.Hour
	}
	if err := disk.Mkdir(filepath.Join(cfg.Dir, folder)); err != nil {
		return nil, disk.Fault(err)
	}
	return &Room{
		cfg:    cfg,
		guard:  disk.Guard{Dir: cfg.Dir, Reserve: cfg.Reserve},
		held:   map[string]*holding{},
		shards: map[string]bool{},
	}, nil
}

// Close refuses further calls; open holds and files stay usable. Idempotent.
func (r *Room) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	return nil
}

// OpenPhoto implements mango.Photos.
func (r *Room) OpenPhoto(name string) (mango.PhotoFile, error) {
	digits, ext, ok := split(name)
	if !ok {
		return nil, errNoPhoto
	}
	f, err := disk.Open(r.path(digits, ext))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, disk.ErrNotRegular) {
		return nil, errNoPhoto
	}
	if err != nil {
		return nil, mango.Wrap(mango.StoreFailed, fmt.Errorf("cannot open photo: %w", err), "The photo cannot be read.")
	}
	st, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, errNoPhoto
	}
	return &file{File: f, size: st.Size(), at: st.ModTime(), contentType: contentTypes[ext]}, nil
}

// Has reports whether the file of a photo is there.
func (r *Room) Has(name string) (bool, error) {
	f, err := r.OpenPhoto(name)
	if mango.CodeOf(err) == mango.NotFound && err != nil {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, f.Close()
}

type file struct {
	*os.File
	size        int64
	at          time.Time
	contentType string
}

func (f *file) Size() int64         { return f.size }
func (f *file) ModTime() time.Time  { return f.at }
func (f *file) ContentType() string { return f.contentType }
