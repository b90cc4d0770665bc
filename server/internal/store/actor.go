package store

import "mangosense/server/internal/mango"

// known refuses nobody, and users who were disabled or deleted: their tokens
// stop at once, whatever a token says. An actor who is no administrator any
// more is made an ordinary user.
func (s *Store) known(by *mango.Actor) error {
	if err := by.NeedKnown(); err != nil || by.System {
		return err
	}
	u, ok, err := s.memory.user(by.User)
	if err != nil {
		return s.answer(err)
	}
	if !ok || u.disabled {
		return unauthenticated()
	}
	by.Admin = by.Admin && u.admin
	return nil
}

// rules refuses all but administrators.
func (s *Store) rules(by *mango.Actor) error {
	if err := s.known(by); err != nil {
		return err
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
