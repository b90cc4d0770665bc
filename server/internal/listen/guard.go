package listen

import (
	"container/list"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// Config bounds a Guard.
type Config struct {
	Connections int // at one time
	PerClient   int // of them from one client
	Spare       int // descriptors kept for when there are no others
	Reserve     int // places more, for when all are busy: see Conn.Reserved
	// Client is who an address counts as; itself where nil.
	Client func(netip.Addr) netip.Addr
	// Trusted says whether an address is a proxy's, which stands for many clients.
	Trusted func(netip.Addr) bool
	// Refusal is written to a connection that has no place; none where empty.
	Refusal []byte
	Log     *slog.Logger
}

// Guard accepts connections within bounds.
type Guard struct {
	*Patient
	cfg Config

	mu       sync.Mutex
	open     int                    // guarded by mu
	reserved int                    // guarded by mu; connections in reserved places
	idle     list.List              // guarded by mu; of *Conn, longest idle first
	clients  map[netip.Addr]*client // guarded by mu; those with a connection
	spare    []*os.File             // guarded by mu

	refused int       // of Accept alone: since it was logged
	logged  time.Time // of Accept alone
}

type client struct {
	address netip.Addr
	open    int
	idle    list.List // of *Conn, longest idle first
	waiting list.List // of *Conn, longest waiting first
}

const (
	// crowded: a client with this many times as many connections as another gives
	// one of them to it, and gets none of it.
	crowded = 2
	// fresh is how long a new connection may take until its request's head has
	// arrived before any client's comes first.
	fresh = 5 * time.Second
	// sendBytes is what the system holds of answers that a connection's client does
	// not read: it would hold megabytes.
	sendBytes = 128 << 10
)

// New takes a listener over. Close it, and then the connections.
func New(ln net.Listener, cfg Config) *Guard {
	g := &Guard{Patient: NewPatient(ln, "connection", cfg.Log), cfg: cfg, clients: map[netip.Addr]*client{}}
	g.relieve = g.giveUp
	g.refill()
	return g
}

// Accept waits for a connection that has a place. It begins idle.
func (g *Guard) Accept() (net.Conn, error) {
	for {
		raw, err := g.Patient.Accept()
		if err != nil {
			return nil, err
		}
		if tcp, ok := raw.(*net.TCPConn); ok {
			_ = tcp.SetWriteBuffer(sendBytes) // a connection that is gone already says so when it is used
		}
		if c := g.admit(raw); c != nil {
			return c, nil
		}
		g.refuse(raw)
	}
}

// Close ends Accept and gives the spare descriptors back.
func (g *Guard) Close() error {
	err := g.Patient.Close()
	g.mu.Lock()
	spare := g.spare
	g.spare, g.cfg.Spare = nil, 0
	g.mu.Unlock()
	for _, f := range spare {
		_ = f.Close()
	}
	return err
}

// Open is how many connections there are, and how many of them are idle.
func (g *Guard) Open() (open, idle int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open, g.idle.Len()
}

// admit closes a connection to make a place; see victim. When all are busy it gives
// a reserved place, or nil when there is none.
func (g *Guard) admit(raw net.Conn) *Conn {
	address := addressOf(raw)
	c := &Conn{Conn: raw, guard: g}
	trusted := g.cfg.Trusted != nil && g.cfg.Trusted(address)
	if g.cfg.Client != nil {
		address = g.cfg.Client(address)
	}
	g.mu.Lock()
	var victim *Conn
	mine := g.clients[address]
	if trusted {
		mine = nil
	}
	switch {
	case mine != nil && mine.open >= g.cfg.PerClient:
		victim = front(&mine.idle)
	case g.open-g.reserved >= g.cfg.Connections:
		victim = g.victim(mine)
	default:
		victim = c // nobody's
	}
	if victim == nil && g.reserved >= g.cfg.Reserve {
		g.mu.Unlock()
		return nil
	}
	if victim != nil && victim != c {
		g.remove(victim)
	}
	c.reserved = g.open-g.reserved >= g.cfg.Connections
	if !trusted {
		mine = g.clients[address] // the victim may have been its last
		if mine == nil {
			mine = &client{address: address}
			g.clients[address] = mine
		}
		c.reserved = c.reserved || mine.open >= g.cfg.PerClient
		mine.open++
		c.client = mine
	}
	if c.reserved {
		g.reserved++
	}
	g.open++
	g.setIdle(c)
	g.mu.Unlock()
	if victim != nil && victim != c {
		_ = victim.Conn.Close()
	}
	return c
}

// victim is the connection that is closed for one of another client: of a client
// with many more the longest idle, else the one that has waited longest; where there
// is no such client, the longest idle of all but the fresh ones of clients with many
// fewer. nil: there is none. The caller holds mu.
func (g *Guard) victim(of *client) *Conn {
	have := 1
	if of != nil {
		have += of.open
	}
	var largest *client
	for _, c := range g.clients {
		if c.open >= crowded*have && (largest == nil || c.open > largest.open) && c.idle.Len()+c.waiting.Len() > 0 {
			largest = c
		}
	}
	if largest != nil {
		// One in a reserved place leaves only that: it is the last choice.
		for _, l := range []*list.List{&largest.idle, &largest.waiting} {
			for e := l.Front(); e != nil; e = e.Next() {
				if c := e.Value.(*Conn); !c.reserved {
					return c
				}
			}
		}
		if c := front(&largest.idle); c != nil {
			return c
		}
		return front(&largest.waiting)
	}
	now := time.Now()
	for e := g.idle.Front(); e != nil; e = e.Next() {
		if c := e.Value.(*Conn); c.client == nil || crowded*c.client.open >= have || now.Sub(c.since) > fresh {
			return c
		}
	}
	return nil
}

// refuse answers a connection that has no place.
func (g *Guard) refuse(raw net.Conn) {
	if len(g.cfg.Refusal) > 0 {
		_ = raw.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)) // an empty buffer takes it at once
		_, _ = raw.Write(g.cfg.Refusal)
	}
	_ = raw.Close()
	g.refused++
	if now := time.Now(); now.Sub(g.logged) >= logEvery || now.Before(g.logged) {
		open, _ := g.Open()
		g.cfg.Log.Warn("no place for a connection: all are busy", "refused", g.refused, "open", open)
		g.logged, g.refused = now, 0
	}
}

// giveUp frees a descriptor: that of the longest idle connection, else a spare.
func (g *Guard) giveUp() {
	g.mu.Lock()
	victim := front(&g.idle)
	var file *os.File
	if victim != nil {
		g.remove(victim)
	} else if n := len(g.spare); n > 0 {
		file, g.spare = g.spare[n-1], g.spare[:n-1]
	}
	g.mu.Unlock()
	switch {
	case victim != nil:
		_ = victim.Conn.Close()
	case file != nil:
		_ = file.Close()
	}
}

// refill opens spare descriptors as long as there are any.
func (g *Guard) refill() {
	for {
		g.mu.Lock()
		short := len(g.spare) < g.cfg.Spare
		g.mu.Unlock()
		if !short {
			return
		}
		f, err := os.Open(os.DevNull)
		if err != nil {
			return // the next connection that ends tries again
		}
		g.mu.Lock()
		if short = len(g.spare) < g.cfg.Spare; short {
			g.spare = append(g.spare, f)
		}
		g.mu.Unlock()
		if !short {
			_ = f.Close()
			return
		}
	}
}

// remove takes a connection out of all lists. The caller holds mu, and closes
// the connection afterwards.
func (g *Guard) remove(c *Conn) {
	if c.removed {
		return
	}
	c.removed = true
	g.setBusy(c)
	g.setWaiting(c, false)
	g.open--
	if c.reserved {
		g.reserved--
	}
	if c.client != nil {
		if c.client.open--; c.client.open == 0 {
			delete(g.clients, c.client.address)
		}
	}
}

func (g *Guard) setIdle(c *Conn) {
	if c.inAll != nil || c.removed {
		return
	}
	c.since = time.Now()
	c.inAll = g.idle.PushBack(c)
	if c.client != nil {
		c.inClient = c.client.idle.PushBack(c)
	}
}

func (g *Guard) setBusy(c *Conn) {
	if c.inAll == nil {
		return
	}
	g.idle.Remove(c.inAll)
	if c.inClient != nil {
		c.client.idle.Remove(c.inClient)
	}
	c.inAll, c.inClient = nil, nil
}

func (g *Guard) setWaiting(c *Conn, is bool) {
	switch {
	case c.client == nil || is == (c.inWaiting != nil):
	case is && !c.removed:
		c.inWaiting = c.client.waiting.PushBack(c)
	case !is:
		c.client.waiting.Remove(c.inWaiting)
		c.inWaiting = nil
	}
}

func front(l *list.List) *Conn {
	if e := l.Front(); e != nil {
		return e.Value.(*Conn)
	}
	return nil
}

func addressOf(c net.Conn) netip.Addr {
	if a, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		return a.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

// Conn is a connection with a place.
type Conn struct {
	net.Conn
	guard    *Guard
	client   *client // nil: of a trusted proxy
	reserved bool    // never changes

	inAll, inClient *list.Element // guarded by guard.mu; nil while busy
	inWaiting       *list.Element // guarded by guard.mu; nil while the server does not wait
	since           time.Time     // guarded by guard.mu; when it became idle
	removed         bool          // guarded by guard.mu
}

// Busy says that a request has arrived: the connection is not closed for another.
func (c *Conn) Busy() {
	c.guard.mu.Lock()
	defer c.guard.mu.Unlock()
	c.guard.setBusy(c)
	c.guard.setWaiting(c, false)
}

// Reserved says that the connection has one of the places that are kept for when
// all are busy: only what takes no time, such as a question after the server's
// health, may be answered over it.
func (c *Conn) Reserved() bool { return c.reserved }

// Waiting says whether the server waits for the client: for a request's body, or
// until an answer is read. Meanwhile a busy connection may be closed for another
// client's, if its own has many.
func (c *Conn) Waiting(is bool) {
	c.guard.mu.Lock()
	defer c.guard.mu.Unlock()
	c.guard.setWaiting(c, is)
}

// Idle says that the request has been answered.
func (c *Conn) Idle() {
	c.guard.mu.Lock()
	defer c.guard.mu.Unlock()
	c.guard.setWaiting(c, false)
	c.guard.setIdle(c)
}

// Close gives the place back.
func (c *Conn) Close() error {
	err := c.Conn.Close()
	c.guard.mu.Lock()
	c.guard.remove(c)
	short := len(c.guard.spare) < c.guard.cfg.Spare
	c.guard.mu.Unlock()
	if short {
		c.guard.refill()
	}
	return err
}
