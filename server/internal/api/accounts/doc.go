// Package accounts answers about people: registration and login, a user's own
// account with everything that is kept of it, and the administrators' list.
//
// Passwords, tokens and sessions are package auth's; here their use is limited:
// guard.go says how often a password may be tried, by whom. An answer never
// says whether an address is registered, and no password or token is logged.
package accounts

import (
	"context"

	"mangosense/server/internal/auth"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/rate"
)

// Store keeps accounts and what belongs to them; see mango.Users.
type Store interface {
	User(ctx context.Context, by mango.Actor, id uint64) (*mango.User, error)
	ChangeUser(ctx context.Context, by mango.Actor, id uint64, c mango.UserChange) (*mango.User, error)
	PageUsers(ctx context.Context, by mango.Actor, f mango.UserFilter, p mango.Page) (mango.UserPage, error)
	UserStatistics(ctx context.Context, by mango.Actor) (mango.UserStatistics, error)
	PageRecords(ctx context.Context, by mango.Actor, f mango.RecordFilter, p mango.Page) (mango.RecordPage, error)
	EachRecord(ctx context.Context, by mango.Actor, f mango.RecordFilter, do func(*mango.Record) error) error
	EachConfirmation(ctx context.Context, by mango.Actor, f mango.ConfirmationFilter, do func(*mango.Confirmation) error) error
}

// Photos opens stored photos; see mango.Photos.
type Photos interface {
	OpenPhoto(name string) (mango.PhotoFile, error)
}

// Config is what the handlers need. The rates are a minute's, of one address
// or account; 0: no limit.
type Config struct {
	Store    Store
	Photos   Photos
	Accounts *auth.Accounts

	RegisterRate, LoginRate, RefreshRate int
}

// Handlers answer the routes.
type Handlers struct {
	Config
	registrations, secrets, refreshes *rate.Limiter
	logins                            *guard
}

// New makes the handlers of one server.
func New(cfg Config) *Handlers {
	return &Handlers{
		Config:        cfg,
		registrations: rate.PerMinute(cfg.RegisterRate), secrets: rate.PerMinute(cfg.LoginRate), refreshes: rate.PerMinute(cfg.RefreshRate),
		logins: newGuard(cfg.LoginRate),
	}
}
