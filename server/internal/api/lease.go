package api

import (
	"time"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/budget"
)

const leaseKey = "lease"

// lease is what a request holds of the server's memory, charged to its address
// and, where one is known, to its account. wrap gives it back.
func (s *Server) lease(ctx *fasthttp.RequestCtx) *budget.Lease {
	if l, ok := ctx.UserValue(leaseKey).(*budget.Lease); ok {
		return l
	}
	conn := ctx.Conn()
	l := s.memory.Lease(func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) }, s.clientKeys(ctx)...) // a connection that is gone reads nothing either
	ctx.SetUserValue(leaseKey, l)
	return l
}

// clientKeys are the names that a request's memory is charged to.
func (s *Server) clientKeys(ctx *fasthttp.RequestCtx) []string {
	clients := []string{s.addressKey(ctx)}
	if by := actor(ctx); by.Known() {
		clients = append(clients, userKey(by.User))
	}
	return clients
}

// giveBack ends the request's lease, if it has one.
func giveBack(ctx *fasthttp.RequestCtx) {
	if l, ok := ctx.UserValue(leaseKey).(*budget.Lease); ok {
		l.Close()
	}
}
