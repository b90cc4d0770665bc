package auth

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mangosense/server/internal/mango"
)

// imported is what the accounts brought over from the predecessor need.
type imported struct {
	ids    map[uint64]uint64 // its user ids to ours
	rounds int               // the most of any of its hashes that is still there
}

// readImported looks through the accounts, once at the start: an import runs
// while no server does.
func readImported(users mango.Users) (imported, error) {
	found := imported{ids: map[uint64]uint64{}}
	for p := (mango.Page{Number: 1, Size: mango.MaxPage}); ; p.Number++ {
		page, err := users.PageUsers(context.Background(), mango.System, mango.UserFilter{}, p)
		if err != nil {
			return found, fmt.Errorf("cannot read the imported accounts: %w", err)
		}
		for _, u := range page.Users {
			var id uint64
			if _, err := fmt.Sscanf(u.Origin, "django:%d", &id); err == nil {
				found.ids[id] = u.ID
			}
			if strings.HasPrefix(u.Password, djangoPrefix) {
				if rounds, _, _, err := parseDjango(u.Password); err == nil {
					found.rounds = max(found.rounds, rounds)
				}
			}
		}
		if p.Number*p.Size >= page.Total {
			return found, nil
		}
	}
}

// paceOf is a time in which every refusal is ready: 1.5 times the slowest check,
// measured here; zero when no slow hash remains.
func paceOf(rounds int) time.Duration {
	if rounds == 0 {
		return 0
	}
	begun := time.Now()
	_, _ = verifyDjango(fmt.Sprintf("%s%d$salt$%s", djangoPrefix, rounds, strings.Repeat("A", 43)+"="), "x")
	return time.Since(begun) * 3 / 2
}

// even delays a refusal to a multiple of the pace since began. While accounts with
// the predecessor's slow hashes remain, a refusal's time would otherwise reveal
// them. It waits without holding the hasher.
func (a *Accounts) even(ctx context.Context, began time.Time) {
	if a.pace == 0 {
		return
	}
	timer := time.NewTimer(remaining(time.Since(began), a.pace))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// remaining is what is left of a whole number of paces.
func remaining(spent, pace time.Duration) time.Duration { return pace - spent%pace }
