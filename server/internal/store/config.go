package store

import (
	"log/slog"
	"time"

	"mangosense/server/internal/clock"
)

// FileName is the database's name in DATA_DIR.
const FileName = "mangosense.db"

// Config says how to keep records. The zero Config works: no reserve, no
// self-repair, no backups to fall back on.
type Config struct {
	// Reserve is the disk space in bytes below which nothing more is stored
	// (deleting and repairing still work). 0: none.
	Reserve int64
	// UserQuota is the most in bytes that an account's photos and records may
	// fill. 0: half of what is free beyond the reserve and the account's own.
	UserQuota int64
	// UserLimit is the most accounts; administrators and imported ones can
	// always be added. 0: any number.
	UserLimit int
	// SelfRepair repairs a damaged database at once: the damaged file is put
	// aside, everything readable is copied into a new one, and what is
	// missing is taken from the newest good backup.
	SelfRepair bool
	// BackupDir is where backups lie; empty: there are none.
	BackupDir string
	// Gather bounds how long a write waits for others to share its sync. A
	// lone write never waits. 0: 1 ms; at most 10 ms.
	Gather time.Duration
	// Batch is the most writes that share a sync. 0: 512.
	Batch int
	// AnyVersion lets OpenAnyway give a Store that is down, instead of
	// ErrNewer, where the file is a newer program's: so that a backup can be
	// put in its place.
	AnyVersion bool
	// FullCheck bounds the file size in bytes up to which every page is
	// checked when opening; larger files are checked in the background.
	// 0: 16 MiB; negative: never.
	FullCheck int64
	// MapBytes is how much of the address space the file is mapped into; it
	// should exceed what the file will grow to, since a larger map has to wait
	// for running backups. It costs no memory. 0: 4 GiB or twice the file.
	MapBytes int
	// Freed is called after the commit with photos that no record needs any
	// more. It must not block for long. May be nil.
	Freed func(photos []string)
	Log   *slog.Logger // nil: slog.Default
	// Now is the wall clock; nil: clock.Now.
	Now func() time.Time
	// Elapsed is time that no step of the wall clock changes; nil:
	// clock.Elapsed.
	Elapsed func() time.Duration
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = clock.Now
	}
	if c.Elapsed == nil {
		c.Elapsed = clock.Elapsed
	}
	if c.Gather == 0 {
		c.Gather = time.Millisecond
	}
	c.Gather = min(c.Gather, 10*time.Millisecond)
	if c.Batch <= 0 {
		c.Batch = 512
	}
	if c.FullCheck == 0 {
		c.FullCheck = 16 << 20
	}
	if c.MapBytes == 0 {
		c.MapBytes = 4 << 30
	}
	return c
}
