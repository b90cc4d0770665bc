package store

import (
	"context"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
)

const (
	// mostSessions is how many ended sessions are kept of a user. One more
	// ends all of them by a new generation, which takes no row.
	mostSessions = 100
	// sessionGrace is how long they are kept after their last token expired. A
	// clock that jumped ahead and back must not bring one to life.
	sessionGrace = 30 * 24 * time.Hour
)

// SessionLimits say so in docs/limits.md.
var SessionLimits = []mango.Limit{
	{Of: "ended sessions of an account", Bound: fmt.Sprint(mostSessions), Then: "the next logout ends all sessions of the account"},
}

// loadSessions takes the ended sessions.
func (m *memory) loadSessions(tx *bbolt.Tx) error {
	c := tx.Bucket(bucketSessions).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		e, err := codec.DecodeSession(k, v)
		if m.passOver(err) {
			m.putSession(string(k), codec.Session{Until: time.Unix(1<<40, 0)}) // ended, whenever that was
			continue
		}
		if err != nil {
			return err
		}
		m.putSession(string(k), e)
	}
	return nil
}

// putSession and dropSession keep the count by user. Callers hold mu.
func (m *memory) putSession(token string, e codec.Session) {
	m.dropSession(token)
	m.sessions[token] = e
	m.ended[e.User]++
}

func (m *memory) dropSession(token string) {
	e, ok := m.sessions[token]
	if !ok {
		return
	}
	delete(m.sessions, token)
	if m.ended[e.User]--; m.ended[e.User] == 0 {
		delete(m.ended, e.User)
	}
}

// EndSession implements mango.Sessions.
func (s *Store) EndSession(ctx context.Context, by mango.Actor, token string, until time.Time) error {
	if err := s.known(&by); err != nil {
		return err
	}
	if token == "" || len(token) > 200 {
		return mango.Errorf(mango.Invalid, "This token has no usable id.")
	}
	now := s.cfg.Now().UTC().Truncate(time.Microsecond)
	return s.protect(ctx, func(w *write) error {
		dropped, every := w.expiredSessions(by.User)
		for _, t := range dropped {
			if err := w.delete(bucketSessions, []byte(t)); err != nil {
				return err
			}
		}
		row := codec.Session{Until: until, User: by.User}
		if every {
			u, err := w.user(by.User)
			if err != nil {
				return err
			}
			if u == nil || u.Gone {
				return unauthenticated()
			}
			u.SessionsFrom = nextGeneration(u.SessionsFrom, now)
			if err := w.putUser(u); err != nil {
				return err
			}
		} else {
			key := []byte(token)
			if err := w.put(bucketSessions, key, codec.EncodeSession(key, row)); err != nil {
				return err
			}
		}
		w.onCommit(func() {
			m := w.s.memory
			m.mu.Lock()
			defer m.mu.Unlock()
			for _, t := range dropped {
				m.dropSession(t)
			}
			if !every {
				m.putSession(token, row)
			}
		})
		return nil
	})
}

// expiredSessions names some of those that matter no more or, when a user has
// too many of them, all of that user's: then every session of the user ends.
func (w *write) expiredSessions(user uint64) (tokens []string, every bool) {
	before := w.s.calendar.today().Add(-sessionGrace)
	m := w.s.memory
	m.mu.RLock()
	defer m.mu.RUnlock()
	every = user != 0 && m.ended[user] >= mostSessions
	for token, e := range m.sessions {
		if every && e.User == user || len(tokens) < 100 && e.Until.Before(before) {
			tokens = append(tokens, token)
		}
	}
	return tokens, every
}

// SessionEnded implements mango.Sessions.
func (s *Store) SessionEnded(token string) bool {
	m := s.memory
	m.mu.RLock()
	defer m.mu.RUnlock()
	e, ended := m.sessions[token]
	return ended && e.Until.After(s.cfg.Now())
}
