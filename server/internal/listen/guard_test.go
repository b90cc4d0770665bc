package listen_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mangosense/server/internal/listen"
)

// peer is a connection from an address of choice.
type peer struct {
	from   string
	mu     sync.Mutex
	said   string
	closed bool
	net.Conn
}

func from(address string) *peer {
	near, far := net.Pipe()
	go io.Copy(io.Discard, far)
	return &peer{from: address, Conn: near}
}

func (p *peer) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(p.from), 1))
}

func (p *peer) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said += string(b)
	return len(b), nil
}

func (p *peer) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	return p.Conn.Close()
}

func (p *peer) gone() bool { p.mu.Lock(); defer p.mu.Unlock(); return p.closed }

func guard(t *testing.T, cfg listen.Config, steps ...any) *listen.Guard {
	t.Helper()
	cfg.Log = slog.New(slog.DiscardHandler)
	g := listen.New(newScript(steps...), cfg)
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

func take(t *testing.T, g *listen.Guard) *listen.Conn {
	t.Helper()
	c, err := g.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return c.(*listen.Conn)
}

// At the bound a new connection takes the place of the longest idle one, and busy
// ones keep theirs.
func TestLongestIdleMakesPlace(t *testing.T) {
	peers := []*peer{from("192.0.2.1"), from("192.0.2.2"), from("192.0.2.3"), from("192.0.2.4"), from("192.0.2.5")}
	g := guard(t, listen.Config{Connections: 3, PerClient: 3, Refusal: []byte("full")},
		peers[0], peers[1], peers[2], peers[3], peers[4])
	first, second := take(t, g), take(t, g)
	take(t, g)
	first.Busy()
	second.Busy()
	second.Idle() // the third is idle longer now
	take(t, g).Busy()
	if peers[0].gone() || peers[1].gone() || !peers[2].gone() {
		t.Error("not the longest idle connection made place")
	}
	take(t, g)
	if peers[0].gone() || !peers[1].gone() || peers[3].gone() {
		t.Error("a busy connection was closed")
	}
}

// A connection that finds all busy hears why.
func TestAllBusy(t *testing.T) {
	late, next := from("192.0.2.2"), from("192.0.2.3")
	g := guard(t, listen.Config{Connections: 1, PerClient: 1, Refusal: []byte("full")}, from("192.0.2.1"), late, next)
	take(t, g).Busy()
	accepted := make(chan struct{})
	go func() { defer close(accepted); g.Accept() }()
	g.Close()
	<-accepted
	if !late.gone() || late.said != "full" || !next.gone() {
		t.Errorf("gone %v, said %q", late.gone(), late.said)
	}
}

// When all are busy a reserved place is given, again and again as long as it is
// left idle.
func TestReservedPlaces(t *testing.T) {
	asking, again, stays, late := from("192.0.2.3"), from("192.0.2.4"), from("192.0.2.5"), from("192.0.2.6")
	g := guard(t, listen.Config{Connections: 2, PerClient: 2, Reserve: 1, Refusal: []byte("full")},
		from("192.0.2.1"), from("192.0.2.2"), asking, again, stays, late, from("192.0.2.7"))
	first, second := take(t, g), take(t, g)
	first.Busy()
	second.Busy()
	for i, p := range []*peer{asking, again, stays} {
		c := take(t, g)
		if !c.Reserved() || first.Reserved() {
			t.Errorf("connection %d: reserved %v, the first %v", i, c.Reserved(), first.Reserved())
		}
		c.Busy()
		if p != stays {
			c.Idle() // answered: the next one takes its place
		}
	}
	if !asking.gone() || !again.gone() || stays.gone() {
		t.Error("answered connections kept the reserved place")
	}
	first.Idle()
	if c := take(t, g); c.Reserved() {
		t.Error("a free place was not given, but a reserved one")
	}
	if late.said != "" || late.gone() {
		t.Errorf("refused although one was idle: %q", late.said)
	}
}

// One client's connections push out its own, never another's; a proxy's count in
// all alone. Who is one client is the caller's to say.
func TestOneClientPushesOutItsOwn(t *testing.T) {
	site := func(a netip.Addr) netip.Addr {
		if a.Is6() {
			p, _ := a.Prefix(48)
			return p.Addr()
		}
		return a
	}
	proxy := func(a netip.Addr) bool { return a == netip.MustParseAddr("10.0.0.1") }
	for name, c := range map[string]struct {
		from func(i int) string
		stay int // of 20
	}{
		"one address":    {func(int) string { return "198.51.100.7" }, 4},
		"mapped as IPv6": {func(i int) string { return []string{"198.51.100.7", "::ffff:198.51.100.7"}[i%2] }, 4},
		"one IPv6 site":  {func(i int) string { return fmt.Sprintf("2001:db8:1:%x::%x", i, i) }, 4},
		"IPv6 sites":     {func(i int) string { return fmt.Sprintf("2001:db8:%x::1", i+1) }, 20},
		"many addresses": {func(i int) string { return fmt.Sprintf("198.51.100.%d", i+1) }, 20},
		"a proxy":        {func(int) string { return "10.0.0.1" }, 20},
	} {
		t.Run(name, func(t *testing.T) {
			other := from("203.0.113.9")
			steps, all := []any{other}, []*peer{}
			for i := range 20 {
				p := from(c.from(i))
				steps, all = append(steps, p), append(all, p)
			}
			g := guard(t, listen.Config{Connections: 100, PerClient: 4, Client: site, Trusted: proxy}, steps...)
			for range steps {
				take(t, g)
			}
			stay := 0
			for i, p := range all {
				if !p.gone() {
					stay++
				} else if i >= 20-c.stay {
					t.Errorf("connection %d of 20 made place", i)
				}
			}
			if stay != c.stay || other.gone() {
				t.Errorf("%d stay, want %d; the other one gone: %v", stay, c.stay, other.gone())
			}
		})
	}
}

// TestCrowdMakesPlace: all places are taken by six connections of a crowd and one of
// a lone client; whose is closed for whom.
func TestCrowdMakesPlace(t *testing.T) {
	const crowd, lone, other = "198.51.100.7", "203.0.113.9", "192.0.2.1"
	busy := func(c *listen.Conn) { c.Busy() }
	receiving := func(c *listen.Conn) { c.Busy(); c.Waiting(true) }
	received := func(c *listen.Conn) { c.Busy(); c.Waiting(true); c.Waiting(false) }
	answered := func(c *listen.Conn) { c.Busy(); c.Waiting(true); c.Idle(); c.Busy() }
	idle := func(*listen.Conn) {}
	for name, c := range map[string]struct {
		crowd, lone func(*listen.Conn)
		comes       string
		goes        string // "": it is refused
	}{
		"bodies on their way, for another client":     {receiving, idle, other, crowd},
		"bodies on their way, for the lone client":    {receiving, busy, lone, crowd},
		"bodies that have arrived":                    {received, busy, other, ""},
		"answered, and asked again":                   {answered, busy, other, ""},
		"at work":                                     {busy, busy, other, ""},
		"idle ones":                                   {idle, idle, other, crowd},
		"the crowd comes, the lone one has just come": {busy, idle, crowd, ""},
		"the crowd comes for its own idle one":        {idle, idle, crowd, crowd},
		"all at work but a lone one that has just come, for another lone one": {busy, idle, other, lone},
	} {
		t.Run(name, func(t *testing.T) {
			alone, comes := from(lone), from(c.comes)
			steps, many := []any{alone}, []*peer{}
			for range 6 {
				p := from(crowd)
				many, steps = append(many, p), append(steps, p)
			}
			g := guard(t, listen.Config{Connections: 7, PerClient: 100}, append(steps, comes, from("192.0.2.99"))...)
			c.lone(take(t, g))
			for range many {
				c.crowd(take(t, g))
			}
			done := make(chan struct{})
			go func() { defer close(done); g.Accept() }()
			goes := ""
			for goes == "" && !comes.gone() {
				select {
				case <-done: // accepted: whoever made place is gone
				default:
					continue
				}
				switch {
				case comes.gone(): // refused, and the one after it accepted
				case alone.gone():
					goes = lone
				case many[0].gone():
					goes = crowd
				default:
					t.Fatal("nobody made place")
				}
			}
			if goes != c.goes {
				t.Errorf("%q went, want %q", goes, c.goes)
			}
			g.Close()
			<-done
		})
	}
}

// TestGone: a connection knows whether its other side has gone.
func TestGone(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := listen.New(ln, listen.Config{Connections: 10, PerClient: 10, Log: slog.New(slog.DiscardHandler)})
	defer g.Close()
	const sent = 1000
	for name, c := range map[string]struct {
		end   func(*net.TCPConn) error
		whole bool // all of it has arrived: 1000 bytes are left
		rest  bool // one more than has arrived is left
	}{
		"stays":          {func(*net.TCPConn) error { return nil }, false, false},
		"closed":         {func(c *net.TCPConn) error { return c.Close() }, false, true},
		"sends no more":  {func(c *net.TCPConn) error { return c.CloseWrite() }, false, true},
		"reset":          {func(c *net.TCPConn) error { return errors.Join(c.SetLinger(0), c.Close()) }, true, true},
		"of this server": {nil, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			far, err := net.Dial("tcp", ln.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer far.Close()
			near := take(t, g)
			defer near.Close()
			if _, err := far.Write(make([]byte, sent)); err != nil {
				t.Fatal(err)
			}
			if c.end == nil {
				near.Close()
			} else if err := c.end(far.(*net.TCPConn)); err != nil {
				t.Fatal(err)
			}
			for end := time.Now().Add(10 * time.Second); near.Gone(sent+1) != c.rest && time.Now().Before(end); {
				runtime.Gosched() // until the kernel has handed it over
			}
			if whole, rest := near.Gone(sent), near.Gone(sent+1); whole != c.whole || rest != c.rest {
				t.Errorf("gone %v with nothing left, %v with a byte left; want %v and %v", whole, rest, c.whole, c.rest)
			}
		})
	}
}

// Without descriptors an idle connection is given up, then a spare descriptor, so
// that whoever comes is served.
func TestShortageFreesDescriptors(t *testing.T) {
	idle := from("192.0.2.1")
	g := guard(t, listen.Config{Connections: 10, PerClient: 10, Spare: 2},
		idle, accept4(syscall.EMFILE), from("192.0.2.2"), accept4(syscall.ENFILE), from("192.0.2.3"), accept4(syscall.EPROTO), from("192.0.2.4"))
	take(t, g)
	take(t, g).Busy()
	if !idle.gone() {
		t.Error("the idle connection was kept")
	}
	third := take(t, g) // a spare descriptor's place
	if third.Idle(); third.Close() != nil {
		t.Error("cannot close")
	}
	fourth := take(t, g) // EPROTO is no shortage
	if open, idle := g.Open(); open != 2 || idle != 1 {
		t.Errorf("%d open, %d idle", open, idle)
	}
	fourth.Close()
	fourth.Close()
	if open, idle := g.Open(); open != 1 || idle != 0 {
		t.Errorf("closed twice: %d open, %d idle", open, idle)
	}
}

// Many goroutines at once leave nothing behind.
func TestGuardHammer(t *testing.T) {
	const connections = 2000
	steps := make([]any, connections)
	for i := range steps {
		steps[i] = from(fmt.Sprintf("198.51.100.%d", i%7))
	}
	g := guard(t, listen.Config{Connections: 30, PerClient: 8, Spare: 1}, steps...)
	var work sync.WaitGroup
	work.Go(func() {
		for {
			c, err := g.Accept()
			if err != nil {
				return
			}
			work.Go(func() {
				conn := c.(*listen.Conn)
				for range rand.IntN(4) {
					conn.Busy()
					conn.Waiting(rand.IntN(2) == 0)
					conn.Idle()
				}
				conn.Close()
			})
		}
	})
	for open := true; open; {
		g.Open()
		last := steps[connections-1].(*peer)
		open = !last.gone()
	}
	g.Close()
	work.Wait()
	if open, idle := g.Open(); open != 0 || idle != 0 {
		t.Errorf("%d open, %d idle", open, idle)
	}
}

// What cannot be listened on says what to do.
func TestOpenSaysWhatToDo(t *testing.T) {
	ln, err := listen.Open("127.0.0.1", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	taken := ln.Addr().(*net.TCPAddr).Port
	for _, c := range []struct {
		address string
		port    int
		want    string
	}{
		{"127.0.0.1", taken, fmt.Sprintf("listens on port %d. Stop it, or choose another port", taken)},
		{"192.0.2.1", 0, "this machine has no address 192.0.2.1"},
		{"no.such.host.invalid", 0, "this machine has no address no.such.host.invalid"},
	} {
		if _, err := listen.Open(c.address, c.port); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:%d: %v", c.address, c.port, err)
		}
	}
}
