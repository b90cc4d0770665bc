package render

import (
	"context"

	"mangosense/server/internal/mango"
)

// Users looks an account up; see mango.Users.
type Users interface {
	User(ctx context.Context, by mango.Actor, id uint64) (*mango.User, error)
}

// People finds the accounts that the rows of one answer speak of, each once.
type People struct {
	ctx   context.Context
	users Users
	by    mango.Actor
	found map[uint64]*mango.User
	err   error // the first fault that is not "gone"
}

// NewPeople finds them for the one who asks.
func NewPeople(ctx context.Context, users Users, by mango.Actor) *People {
	return &People{ctx: ctx, users: users, by: by, found: map[uint64]*mango.User{}}
}

// Of is the account with that id, nil for nobody and for one that is gone.
func (p *People) Of(id uint64) *mango.User {
	if id == 0 {
		return nil
	}
	if u, ok := p.found[id]; ok {
		return u
	}
	u, err := p.users.User(p.ctx, p.by, id)
	if err != nil {
		u = nil
		if mango.CodeOf(err) != mango.NotFound && p.err == nil {
			p.err = err
		}
	}
	p.found[id] = u
	return u
}

// Err is the first fault that is not an account that is gone.
func (p *People) Err() error { return p.err }
