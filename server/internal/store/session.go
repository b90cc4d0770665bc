package store

import (
	"context"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
)

const (
	typeSession    = 'E'
	sessionVersion = 1
)

// loadSessions takes the ended sessions that still matter.
func (m *memory) loadSessions(tx *bbolt.Tx) error {
	c := tx.Bucket(bucketSessions).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		r, _, err := open(k, v, typeSession)
		if err != nil {
			return err
		}
		m.sessions[string(k)] = r.time()
	}
	return nil
}

// EndSession implements mango.Sessions.
func (s *Store) EndSession(ctx context.Context, by mango.Actor, token string, until time.Time) error {
	if err := s.known(&by); err != nil {
		return err
	}
	if token == "" || len(token) > 200 {
		return mango.Errorf(mango.Invalid, "This token has no usable id.")
	}
	now := s.cfg.Now()
	return s.update(ctx, func(w *write) error {
		old, err := w.expireSessions(now)
		if err != nil {
			return err
		}
		key := []byte(token)
		e := newWriter(typeSession, sessionVersion)
		e.time(until)
		if err := w.put(bucketSessions, key, e.seal(key)); err != nil {
			return err
		}
		w.onCommit(func() {
			m := w.s.memory
			m.mu.Lock()
			defer m.mu.Unlock()
			for _, t := range old {
				delete(m.sessions, t)
			}
			m.sessions[token] = until
		})
		return nil
	})
}

// expireSessions drops some of those whose token has expired by itself.
func (w *write) expireSessions(now time.Time) ([]string, error) {
	var old []string
	m := w.s.memory
	m.mu.RLock()
	for token, until := range m.sessions {
		if until.Before(now) && len(old) < 100 {
			old = append(old, token)
		}
	}
	m.mu.RUnlock()
	for _, token := range old {
		if err := w.delete(bucketSessions, []byte(token)); err != nil {
			return nil, err
		}
	}
	return old, nil
}

// SessionEnded implements mango.Sessions.
func (s *Store) SessionEnded(token string) bool {
	m := s.memory
	m.mu.RLock()
	defer m.mu.RUnlock()
	until, ended := m.sessions[token]
	return ended && until.After(s.cfg.Now())
}
