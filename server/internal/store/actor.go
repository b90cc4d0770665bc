package store

import "mangosense/server/internal/mango"

// known refuses nobody, and users who were disabled or deleted: their tokens
// stop at once, whatever a token says.
func (s *Store) known(by mango.Actor) error {
	if err := by.NeedKnown(); err != nil || by.System {
		return err
	}
	if u, ok := s.memory.user(by.User); !ok || u.disabled {
		return unauthenticated()
	}
	return nil
}

// rules refuses all but administrators. What the token says is not enough: the
// account must be one now.
func (s *Store) rules(by mango.Actor) error {
	if err := s.known(by); err != nil {
		return err
	}
	if by.Admin && !by.System {
		if u, _ := s.memory.user(by.User); !u.admin {
			by.Admin = false
		}
	}
	return by.NeedRules()
}

// system refuses all but the program itself.
func (s *Store) system(by mango.Actor) error {
	if by.System {
		return nil
	}
	if err := by.NeedKnown(); err != nil {
		return err
	}
	return mango.Errorf(mango.Forbidden, "Access denied.")
}
