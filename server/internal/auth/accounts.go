package auth

import (
	"fmt"
	"log/slog"
	"time"

	"mangosense/server/internal/clock"
	"mangosense/server/internal/mango"
)

// Config is what the package needs.
type Config struct {
	Users    mango.Users
	Sessions mango.Sessions
	// Secret is what every key is derived from, 32 bytes or more. Tokens and
	// addresses signed with one of Previous still count until they expire.
	Secret   []byte
	Previous [][]byte
	// DjangoKey is the predecessor's signing key; empty: its tokens are not
	// known. A user of those is found by the import's Origin.
	DjangoKey []byte

	AccessLife      time.Duration // of a grower's access token
	AdminAccessLife time.Duration // of an administrator's
	RefreshLife     time.Duration

	// Healthy returns an error while accounts cannot be read: an unknown
	// account then ends no session. May be nil.
	Healthy func() error

	// HashMemory is what making a password's hash takes, in KiB; 0: what OWASP
	// gives. Tests take less.
	HashMemory uint32

	Log *slog.Logger
	Now func() time.Time // nil: clock.Now
}

// Accounts authenticates callers.
type Accounts struct {
	cfg     Config
	keys    []keys // the one that signs first
	hasher  *hasher
	pace    time.Duration // see even
	parsers parsers
	django  map[uint64]uint64 // the predecessor's user ids to ours
	log     *slog.Logger
	now     func() time.Time
}

// New derives the keys and, where the predecessor's key is given, reads which
// of its users are known.
func New(cfg Config) (*Accounts, error) {
	all, err := deriveAll(cfg.Secret, cfg.Previous)
	if err != nil {
		return nil, err
	}
	a := &Accounts{cfg: cfg, keys: all, hasher: newHasher(cfg.HashMemory), log: cfg.Log, now: cfg.Now}
	if a.now == nil {
		a.now = clock.Now
	}
	if a.log == nil {
		a.log = slog.Default()
	}
	a.parsers = newParsers(a.now)
	if len(cfg.DjangoKey) > 0 && len(cfg.DjangoKey) < minKey {
		return nil, fmt.Errorf("cannot use the predecessor's signing key: %w", ErrShortKey)
	}
	found, err := readImported(cfg.Users)
	switch {
	case err == nil:
		a.pace, a.django = paceOf(found.rounds), found.ids
	case len(cfg.DjangoKey) > 0:
		return nil, err
	default: // without a readable store nobody can log in anyway
		a.log.Warn("auth: cannot look for imported accounts", "error", err)
	}
	return a, nil
}

// account is what a token's check needs of its account, without disk.
func (a *Accounts) account(id uint64) (mango.User, error) {
	u, err := a.cfg.Users.ActiveUser(id)
	switch {
	case mango.CodeOf(err) == mango.NotFound:
		if a.cfg.Healthy != nil {
			if err := a.cfg.Healthy(); err != nil {
				return u, mango.Wrap(mango.StoreDown, err, "The accounts cannot be read at the moment. Please try again later.")
			}
		}
		return u, ErrNoAccount
	case err != nil:
		return u, fmt.Errorf("cannot look up an account: %w", err)
	case u.Disabled:
		return u, ErrNoAccount
	}
	return u, nil
}
