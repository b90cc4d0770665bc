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
}

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

// admit closes the longest idle connection to make a place: of the same client if
// it has its share, else of any. When all are busy it gives a reserved place, or
// nil when there is none.
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
		victim = front(&g.idle)
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
	removed         bool          // guarded by guard.mu
}

// Busy says that a request has arrived: the connection is not closed for another.
func (c *Conn) Busy() {
	c.guard.mu.Lock()
	defer c.guard.mu.Unlock()
	c.guard.setBusy(c)
}

// Reserved says that the connection has one of the places that are kept for when
// all are busy: only what takes no time, such as a question after the server's
// health, may be answered over it.
func (c *Conn) Reserved() bool { return c.reserved }

// Idle says that the request has been answered.
func (c *Conn) Idle() {
	c.guard.mu.Lock()
	defer c.guard.mu.Unlock()
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
