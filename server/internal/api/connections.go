package api

import (
	"net"
	"strings"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

// seat is a connection of a listener that closes idle ones for new ones: it is
// informed when a request is under way.
type seat interface {
	Busy()
	Idle()
	// Reserved: all other connections are busy, and this one is for probes alone.
	Reserved() bool
}

// seatOf looks below TLS, too. nil: the listener does not ask.
func seatOf(c net.Conn) seat {
	if t, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = t.NetConn()
	}
	p, _ := c.(seat)
	return p
}

// busy keeps a connection open until its request is answered. Before its head has
// arrived it is as idle as one that says nothing.
// It answers whether the connection has a place for any request.
func busy(ctx *fasthttp.RequestCtx) bool {
	p := seatOf(ctx.Conn())
	if p == nil {
		return true
	}
	p.Busy()
	return !p.Reserved()
}

// noPlace answers a request that is no probe over a connection for probes alone.
func noPlace(ctx *fasthttp.RequestCtx) {
	kit.Refuse(ctx, mango.Errorf(mango.Busy, "The server has too many connections. Please try again in a moment."))
	ctx.SetConnectionClose()
}

func connState(c net.Conn, state fasthttp.ConnState) {
	if state != fasthttp.StateIdle {
		return
	}
	if p := seatOf(c); p != nil {
		p.Idle()
	}
}

// Refusal is a whole answer, for a connection that has no place.
func Refusal() []byte {
	var ctx fasthttp.RequestCtx
	noPlace(&ctx)
	return []byte(strings.TrimLeft(ctx.Response.String(), "\r\n"))
}
