package store

import (
	"mangosense/server/internal/mango"

	"mangosense/server/internal/store/codec"
)

// still is known and, for an administrator, rules within the transaction: what
// happened to the actor since the call began counts.
func (w *write) still(by mango.Actor) error {
	if by.System {
		return nil
	}
	u, err := w.user(by.User)
	switch {
	case err != nil:
		return err
	case u == nil || u.Gone || u.Disabled:
		return unauthenticated()
	case by.Admin && !u.Admin:
		return mango.Actor{User: by.User}.NeedRules()
	}
	return nil
}

// rulesNow reports whether an account is an administrator's who can log in.
func rulesNow(u *codec.User) bool { return u.Admin && !u.Disabled && !u.Gone }

// oneAdministrator refuses a change that would leave none. It reads the others
// within the transaction, so that two who lock each other out at one time do
// not both succeed. The command line, which can add another, may do it.
func (w *write) oneAdministrator(by mango.Actor, old, changed *codec.User) error {
	if by.System || !rulesNow(old) || rulesNow(changed) {
		return nil
	}
	for _, id := range w.s.memory.administrators() {
		if id == old.ID {
			continue
		}
		other, err := w.user(id)
		if err != nil {
			return err
		}
		if other != nil && rulesNow(other) {
			return nil
		}
	}
	return mango.Errorf(mango.Conflict, "This is the last administrator. Add another administrator first.")
}

// accounts is how many there are.
func (m *memory) accounts() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.users)
}

// administrators are the ids of the accounts that may be one: an account that
// became one in the transaction under way is not among them yet.
func (m *memory) administrators() []uint64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var ids []uint64
	for id, u := range m.users {
		if u.admin {
			ids = append(ids, id)
		}
	}
	return ids
}

// passwordMoved is the refusal for a password that was right when it was
// checked, and is not the account's any more.
func passwordMoved() error {
	return mango.Errorf(mango.Conflict, "The password was changed meanwhile.")
}
