package kit

import "net"

// Seat is a connection of a listener that bounds them, and closes one for a new one.
type Seat interface {
	// Busy and Idle say whether a request is under way.
	Busy()
	Idle()
	// Waiting says whether the server waits for the client: for the body of a
	// request, or until an answer is read.
	Waiting(bool)
	// Reserved: all other connections are busy, and this one is for probes alone.
	Reserved() bool
	// Gone reports whether the client has closed the connection, or has ended what
	// it sends with fewer than so many bytes unread.
	Gone(left int) bool
}

// SeatOf looks below TLS, too. A connection of another listener has a place whatever
// comes.
func SeatOf(c net.Conn) Seat {
	if t, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = t.NetConn()
	}
	if s, ok := c.(Seat); ok {
		return s
	}
	return anyway{}
}

func (c *Call) seat() Seat { return SeatOf(c.ctx.Conn()) }

// anyway is the place of a connection that nobody counts.
type anyway struct{}

func (anyway) Busy()          {}
func (anyway) Idle()          {}
func (anyway) Waiting(bool)   {}
func (anyway) Reserved() bool { return false }
func (anyway) Gone(int) bool  { return false }
