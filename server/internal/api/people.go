package api

import (
	"mangosense/server/internal/mango"
)

// people finds the accounts that the rows of one answer speak of, each once.
type people struct {
	s     *Server
	by    mango.Actor
	found map[uint64]*mango.User
	err   error // the first fault that is not "gone"
}

func (s *Server) people(by mango.Actor) *people {
	return &people{s: s, by: by, found: map[uint64]*mango.User{}}
}

// of is the account with that id, nil for nobody and for one that is gone.
func (p *people) of(id uint64) *mango.User {
	if id == 0 {
		return nil
	}
	if u, ok := p.found[id]; ok {
		return u
	}
	u, err := p.s.cfg.Store.User(p.s.life, p.by, id)
	if err != nil {
		u = nil
		if mango.CodeOf(err) != mango.NotFound && p.err == nil {
			p.err = err
		}
	}
	p.found[id] = u
	return u
}
