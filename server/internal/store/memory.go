package store

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/ordered"
	"mangosense/server/internal/store/codec"
)

// memory holds the small tables that are asked for with every request:
// who may come in, ended sessions, vocabulary, settings. It changes only after
// a commit, on the committer's goroutine.
type memory struct {
	mu         ordered.RWMutex[ordered.StoreMemory]
	users      map[uint64]*member
	unreadable map[uint64]error // accounts that cannot be read
	damage     error            // what load met first
	order      []*member        // newest first
	sessions   map[string]codec.Session
	ended      map[uint64]int // sessions by user
	words      *vocabulary
	advice     map[string]adviceEdit // by adviceKey; replaced, never changed
	wordsNow   uint64                // counts the changes of words and advice
	settings   mango.Settings
	replies    atomic.Int64 // remembered answers to saves
}

// member is what is kept of an account in memory.
type member struct {
	id           uint64
	username     string
	search       string // what a search looks into, folded
	admin        bool
	disabled     bool
	profile      bool
	joined       time.Time
	sessionsFrom time.Time
}

func newMemory() *memory {
	return &memory{users: map[uint64]*member{}, unreadable: map[uint64]error{}, sessions: map[string]codec.Session{}, ended: map[uint64]int{}, words: newVocabulary(mango.Vocabulary{}),
		settings: mango.Settings{Models: map[mango.Kind]string{}, Before: map[mango.Kind]string{}}}
}

// load fills an empty memory.
func (m *memory) load(tx *bbolt.Tx) error {
	c := tx.Bucket(bucketUsers).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		u, err := codec.DecodeUser(k, v)
		if m.passOver(err) {
			m.unreadable[codec.ID(k)] = err
			continue
		}
		if err != nil {
			return err
		}
		if !u.Gone {
			m.users[u.ID] = memberOf(u)
			m.order = append(m.order, m.users[u.ID])
		}
	}
	slices.SortFunc(m.order, newestMember)
	if err := m.loadSessions(tx); err != nil {
		return err
	}
	words, err := m.vocabulary(tx)
	if err != nil {
		return err
	}
	m.words = newVocabulary(words)
	if m.advice, err = readAdvice(tx, m.passOver); err != nil {
		return err
	}
	m.settings, err = readSettings(tx)
	if err != nil && !m.passOver(err) {
		return err // else the manifest's models answer
	}
	if marks := tx.Bucket(bucketReplied); marks != nil {
		m.replies.Store(int64(marks.Stats().KeyN))
	}
	return nil
}

// passOver notes damage: one value that cannot be read is no reason to serve
// none.
func (m *memory) passOver(err error) bool {
	if !errors.Is(err, ErrDamaged) {
		return false
	}
	m.damage = cmp.Or(m.damage, err)
	return true
}

// replace takes over what other holds.
func (m *memory) replace(other *memory) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.users, m.order, m.words, m.advice, m.settings = other.users, other.order, other.words, other.advice, other.settings
	m.wordsNow++
	m.sessions, m.ended = other.sessions, other.ended
	m.unreadable = other.unreadable
	m.replies.Store(other.replies.Load())
}

func newestMember(a, b *member) int {
	if c := b.joined.Compare(a.joined); c != 0 {
		return c
	}
	return cmp.Compare(b.id, a.id)
}

func memberOf(u *codec.User) *member {
	return &member{
		id: u.ID, username: u.Username, admin: u.Admin, disabled: u.Disabled, profile: !u.Profile.Empty(),
		joined: u.JoinedAt, sessionsFrom: u.SessionsFrom,
		search: searchText(strings.Join([]string{u.FullName(), u.Username, u.Email}, "\n")),
	}
}

// putUser takes a new or changed account.
func (m *memory) putUser(u *codec.User) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := memberOf(u)
	m.removeLocked(u.ID)
	if u.Gone {
		return
	}
	m.users[u.ID] = now
	i, _ := slices.BinarySearchFunc(m.order, now, newestMember)
	m.order = slices.Insert(m.order, i, now)
}

func (m *memory) removeLocked(id uint64) {
	old := m.users[id]
	if old == nil {
		return
	}
	delete(m.users, id)
	if i, found := slices.BinarySearchFunc(m.order, old, newestMember); found {
		m.order = slices.Delete(m.order, i, i+1)
	}
}

func (m *memory) user(id uint64) (u member, ok bool, err error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if u := m.users[id]; u != nil {
		return *u, true, nil
	}
	return member{}, false, m.unreadable[id]
}

// find gives the accounts that fit, newest first: their ids on one page, and
// how many there are.
func (m *memory) find(f mango.UserFilter, offset, size int) (ids []uint64, total int) {
	search := searchText(f.Search)
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, u := range m.order {
		if (f.Active != nil && *f.Active == u.disabled) || (f.Admin != nil && *f.Admin != u.admin) || !strings.Contains(u.search, search) {
			continue
		}
		if total >= offset && len(ids) < size {
			ids = append(ids, u.id)
		}
		total++
	}
	return ids, total
}

// Settings implements mango.Choices.
func (s *Store) Settings() mango.Settings {
	s.memory.mu.RLock()
	defer s.memory.mu.RUnlock()
	return mango.Settings{Models: maps.Clone(s.memory.settings.Models), Before: maps.Clone(s.memory.settings.Before)}
}
