package api

import (
	"fmt"
	"time"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/budget"
	"mangosense/server/internal/mango"
)

const leaseKey = "lease"

// MemoryLimits say so in docs/limits.md.
var MemoryLimits = []mango.Limit{
	{Of: "memory of all requests: bodies, fields, what parsing makes of them, large answers until they are read", Bound: "`UPLOAD_MEMORY`; beside it what one largest body still needs", Then: fmt.Sprintf("new ones wait %s, then 503 with `Retry-After`; who holds most without progress has to go first, with 503", uploadPatience)},
	{Of: "of it, one client (address, IPv6 /48, account) while another holds or waits", Bound: fmt.Sprintf("1/%d", budget.ClientShare), Then: "it waits; after a second of another's waiting the newest of its bodies has to go"},
	{Of: "of it, kept free of bodies that have not begun", Bound: fmt.Sprintf("1/%d; 1/%d for clients that hold less than 1/%d", budget.NewcomerShare, budget.LightReserve, budget.LightShare), Then: "they wait"},
	{Of: "slowest sender", Bound: fmt.Sprintf("%d KB a second over the last `STALL_TIMEOUT`, `UPLOAD_TIMEOUT` in all", minRate>>10), Then: "408; while others wait for memory, 503 for whoever at its rate of the last 2 s would need a minute for what it holds"},
	{Of: "slowest reader of an answer", Bound: writeTimeout.String() + " for an answer, or for each 32 KB of an export", Then: "the connection ends"},
}

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
