package api

import (
	"net"
	"strings"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/mango"
)

// seat is a connection of a listener that closes idle ones for new ones: it is
// told when a request is under way.
type seat interface {
	Busy()
	Idle()
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
func busy(ctx *fasthttp.RequestCtx) {
	if p := seatOf(ctx.Conn()); p != nil {
		p.Busy()
	}
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
	refuse(&ctx, mango.Errorf(mango.Busy, "The server has too many connections. Please try again in a moment."))
	ctx.SetConnectionClose()
	return []byte(strings.TrimLeft(ctx.Response.String(), "\r\n"))
}
