package api

import (
	"net"
	"strings"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

// busy keeps a connection open until its request is answered. Before its head has
// arrived it is as idle as one that says nothing.
// It answers whether the connection has a place for any request.
func busy(ctx *fasthttp.RequestCtx) bool {
	s := kit.SeatOf(ctx.Conn())
	s.Busy()
	return !s.Reserved()
}

// noPlace answers a request that is no probe over a connection for probes alone.
func noPlace(ctx *fasthttp.RequestCtx) {
	kit.Refuse(ctx, mango.Errorf(mango.Busy, "The server has too many connections. Please try again in a moment."))
	ctx.SetConnectionClose()
}

func connState(c net.Conn, state fasthttp.ConnState) {
	if state == fasthttp.StateIdle {
		kit.SeatOf(c).Idle()
	}
}

// Refusal is a whole answer, for a connection that has no place.
func Refusal() []byte {
	var ctx fasthttp.RequestCtx
	noPlace(&ctx)
	return []byte(strings.TrimLeft(ctx.Response.String(), "\r\n"))
}
