package kit

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/budget"
	"mangosense/server/internal/line"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/rate"
)

const (
	// WriteTimeout is what a client gets to take an answer.
	WriteTimeout = 60 * time.Second
	// memoryPatience times Patience is how long a request waits for memory before 503:
	// longer than the line foretold when it let the request in.
	memoryPatience = 1.5
)

// Config is what all calls of a server share.
type Config struct {
	Log            *slog.Logger
	Refused        func(code string) // counts refused photos and bodies; may be nil
	TrustedProxies []netip.Prefix    // whose X-Forwarded-… headers count
	AllowedHosts   []string          // empty: any
	PredictRate    int               // photos a minute of one address and one account; 0: no limit
	PreviewRate    int               // the same without an account
	SignPhoto      func(name string, until time.Time) string
	PhotoLinkLife  time.Duration // of a signed photo address

	MaxPhotoBytes  int64
	UploadMemory   int64
	Patience       time.Duration // how long a photo may wait
	Running        int           // photos at work at one time
	Own            int           // photos of one client that may wait
	RequestTimeout time.Duration
	UploadTimeout  time.Duration
	StallTimeout   time.Duration
}

// waits is how long a request waits for memory.
func (c *Config) waits() time.Duration { return time.Duration(memoryPatience * float64(c.Patience)) }

// Kit is what all calls of a server share.
type Kit struct {
	Config
	proxies          proxies
	hosts            Hosts
	memory           *budget.Memory
	line             *line.Line
	predict, preview *rate.Limiter
	answers          chan struct{} // a token for each answer that waits for memory
	life             context.Context
	end              context.CancelFunc
}

// New makes the kit of one server.
func New(cfg Config) *Kit {
	k := &Kit{
		Config:  cfg,
		proxies: proxies(cfg.TrustedProxies), hosts: Hosts(cfg.AllowedHosts),
		predict: rate.PerMinute(cfg.PredictRate), preview: rate.PerMinute(cfg.PreviewRate),
		memory: budget.New(budget.Config{Bytes: cfg.UploadMemory, Largest: cfg.MaxPhotoBytes + formOverhead, Patience: cfg.waits()}),
		line:   line.New(line.Config{Patience: cfg.Patience, Running: cfg.Running, Own: cfg.Own}),
	}
	k.answers = make(chan struct{}, answersWaiting)
	k.life, k.end = context.WithCancel(context.Background())
	return k
}

// Close ends the context of every call. It may be called again.
func (k *Kit) Close() error {
	k.end()
	return nil
}

// Memory is how many bytes requests hold, and how many requests were ended
// because others waited for what they held.
func (k *Kit) Memory() (held, evicted int64) { return k.memory.InUse(), k.memory.Evicted() }

// Handler answers a call, or returns the error to answer it with.
type Handler func(*Call) error

// Handle is a handler as the router takes it.
func (k *Kit) Handle(h Handler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		c := k.Call(ctx)
		if err := h(c); err != nil {
			c.fail(err)
		}
	}
}

const callKey = "call"

// Call is the call that a request makes: the same one each time it is asked for.
func (k *Kit) Call(ctx *fasthttp.RequestCtx) *Call {
	if c, ok := ctx.UserValue(callKey).(*Call); ok {
		return c
	}
	c := &Call{kit: k, ctx: ctx}
	ctx.SetUserValue(callKey, c)
	return c
}

// Call is one request and the way to its answer.
type Call struct {
	kit     *Kit
	ctx     *fasthttp.RequestCtx
	route   string // its pattern
	actor   mango.Actor
	unknown error // why nobody is known although somebody asked to be
	lease   *budget.Lease
	place   *line.Place // nil: of no photo
	got     int         // bytes of the body that were read
	ended   bool        // all of the body was read
	served  bool        // its photo was looked at
	static  bool        // the answer holds no memory of its own
	broken  bool        // the body cannot be read to its end
}

// Route is the pattern of the call's route, empty before one was found.
func (c *Call) Route() string { return c.route }

// SetRoute names the route.
func (c *Call) SetRoute(pattern string) { c.route = pattern }

// Actor is who was let in; nobody on an open route that was asked by nobody.
func (c *Call) Actor() mango.Actor { return c.actor }

// LetIn says who calls, and, where nobody is known, perhaps why.
func (c *Call) LetIn(by mango.Actor, unknown error) { c.actor, c.unknown = by, unknown }

// Unknown says why nobody is known. While the accounts cannot be read it is no
// fault of the caller's, whom a 401 would log out.
func (c *Call) Unknown() error {
	if mango.CodeOf(c.unknown) == mango.StoreDown {
		return mango.Wrap(mango.StoreDown, c.unknown, "The server cannot keep records at the moment, so this was not stored. Diagnoses without storing still work.")
	}
	return c.actor.NeedKnown()
}

// MayStore says by a nil error that the caller may ask for something to be
// stored; lost is why nothing can be stored now all the same.
func (c *Call) MayStore() (lost, err error) {
	switch why := c.Unknown(); {
	case why == nil:
		return nil, nil
	case mango.CodeOf(why) == mango.StoreDown:
		return why, nil
	default:
		return nil, c.Stranger(why)
	}
}

// Context ends when the server has no more patience for requests under way. It
// outlives the call.
func (c *Call) Context() context.Context { return c.kit.life }
