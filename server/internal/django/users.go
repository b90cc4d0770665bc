package django

import (
	"fmt"
	"strings"

	"mangosense/server/internal/auth"
	"mangosense/server/internal/mango"
)

func (m *importer) importUsers() error {
	if err := m.knownUsers(); err != nil {
		return err
	}
	profiles := map[uint64]mango.Profile{}
	byName := map[string]mango.Profile{}
	err := m.cfg.Source.each(tableProfiles, func(r row) error {
		p := profileOf(r)
		if id := r.ref("user"); id != 0 {
			profiles[id] = p
		} else if name := r.natural("user"); name != "" {
			byName[name] = p
		}
		return nil
	})
	if err != nil {
		return err
	}
	return m.rows(kindUsers, tableUsers, func(r row) (bool, error) {
		u := userOf(r)
		if r.id == 0 {
			return false, &leftOut{"it has no id (dump without --natural-primary)"}
		}
		if id, known := m.users[r.id]; known {
			m.names[u.Username] = id
			return false, nil
		}
		u.Profile = profiles[r.id]
		if u.Profile.Empty() {
			u.Profile = byName[u.Username]
		}
		if u.Email != "" && !auth.ValidEmail(u.Email) {
			note(&m.report.Notes, kindUsers, "came without the address, which is none", r.id)
			u.Email = ""
		}
		if !auth.KnownHash(u.Password) {
			note(&m.report.Notes, kindUsers, "came without a usable password: give one with `mangosense user password`", r.id)
			u.Password = ""
		}
		id, err := m.cfg.Store.AddUser(m.ctx, mango.System, u)
		if err != nil {
			return false, err
		}
		m.users[r.id], m.names[u.Username], m.admins[id] = id, id, u.Admin
		return true, nil
	})
}

// knownUsers finds what an earlier import has brought.
func (m *importer) knownUsers() error {
	for p := (mango.Page{Number: 1, Size: mango.MaxPage}); ; p.Number++ {
		page, err := m.cfg.Store.PageUsers(m.ctx, mango.System, mango.UserFilter{}, p)
		if err != nil {
			return fmt.Errorf("cannot read the accounts: %w", err)
		}
		for _, u := range page.Users {
			m.admins[u.ID] = u.Admin
			if id := oldID(u.Origin); id != 0 {
				m.users[id] = u.ID
			}
		}
		if p.Number*p.Size >= page.Total {
			return nil
		}
	}
}

func userOf(r row) *mango.User {
	active := r.optional("is_active")
	return &mango.User{
		Username: r.line("username"), Email: strings.ToLower(r.line("email")),
		FirstName: r.line("first_name"), LastName: r.line("last_name"),
		Password: r.text("password"), Admin: r.truth("is_superuser"), Disabled: active != nil && !*active,
		JoinedAt: r.time("date_joined"), LastLogin: r.time("last_login"), Origin: origin(r.id),
	}
}

func profileOf(r row) mango.Profile {
	return mango.Profile{
		Province: r.line("province"), City: r.line("city"), Barangay: r.line("barangay"), PostalCode: r.line("postal_code"),
		Address: r.line("address"), Phone: r.line("phone"),
	}
}

// owner is our id of the user that a field refers to; ok is false for one that
// was left out.
func (m *importer) owner(r row, field string) (id uint64, ok bool) {
	if old := r.ref(field); old != 0 {
		id, ok = m.users[old]
		return id, ok
	}
	if name := r.natural(field); name != "" {
		id, ok = m.names[name]
		return id, ok
	}
	return 0, true // nobody's
}
