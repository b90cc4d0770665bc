package api

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/auth"
	"mangosense/server/internal/budget"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/ordered"
)

// Intake takes photos in; see room intake.
type Intake interface {
	Diagnose(ctx context.Context, req intake.Request) (*intake.Result, error)
	Add(ctx context.Context, req intake.Request) (*intake.Result, error)
	// Infer answers one tensor, height × width × colours of uint8, for the
	// model of that kind. Ranking and Gate are filled whatever the verdict.
	Infer(ctx context.Context, kind mango.Kind, tensor []byte) (mango.Diagnosis, error)
}

// ModelFile is one set of weights that could answer.
type ModelFile = mango.ModelFile

// Models are the weights in the models folder, and the switch between them.
type Models interface {
	// ModelFiles lists them: by kind, then as the manifest does.
	ModelFiles() []ModelFile
	// SwitchModels makes the named file of each kind the one that answers, now
	// and after a restart. All are loaded and checked first: on an error
	// (Invalid: a file is not fit) nothing has changed.
	SwitchModels(ctx context.Context, by mango.Actor, files map[mango.Kind]string) error
}

// Config is all the api room needs.
type Config struct {
	Store  mango.Store
	Models Models
	Intake Intake
	// Work is how many photos one counts as where photos are counted, by its
	// header: at least one.
	Work         func(mango.Request) float64
	Inference    Inference
	Accounts     *auth.Accounts
	Photos       mango.Photos
	Health       func() Health // may hang: it is asked by an inquiry
	Ready        func() error  // nil: a photo sent now would be diagnosed; asked by an inquiry
	Version      string
	WriteMetrics func(io.Writer)
	Observe      Observer
	Log          *slog.Logger
	AccessLog    io.Writer // nil: none

	MetricsAccess string // MetricsLocal, MetricsToken or MetricsOpen; empty: administrators alone
	MetricsToken  string // also lets in; empty: there is none

	AnonymousPreviews bool           // predict without an account, when nothing is stored
	TrustedProxies    []netip.Prefix // whose X-Forwarded-… headers count
	Limits            Limits
	PhotoLinkLife     time.Duration // of a signed photo address

	CORSOrigins         []string
	CORSAllowAllOrigins bool
	AllowedHosts        []string

	Connections    int // at one time at most; 0: 1,024
	MaxPhotoBytes  int64
	UploadMemory   int64
	RequestTimeout time.Duration
	UploadTimeout  time.Duration
	StallTimeout   time.Duration
}

// Observer is told what happened, for the metrics.
type Observer struct {
	Request  func(method, route string, status int, took time.Duration)
	Refused  func(code string)
	BadField func(name string)
}

const (
	// MostConnections bounds goroutines; each idle one holds about 12 KiB.
	MostConnections = 1024
	// closing is how many connections more may be on their way out.
	closing = 64
	// headerTimeout is what a client gets to send its request's head.
	headerTimeout = 20 * time.Second
	// idleTimeout is how long a silent keep-alive connection stays open.
	idleTimeout = 75 * time.Second
	// headerBytes is the longest request head. A browser's is 2 KB with a token;
	// on localhost it sends the cookies of every other program too.
	headerBytes = 8 << 10
	// writeTimeout is what a client gets to take an answer.
	writeTimeout = 60 * time.Second
	// uploadPatience is how long a request waits for memory before 503.
	uploadPatience = 5 * time.Second
)

// Server answers HTTP. Serve blocks; Shutdown may be called once from another
// goroutine.
type Server struct {
	cfg      Config
	log      *slog.Logger
	cors     *cors
	hosts    hosts
	proxies  proxies
	limits   limits
	memory   *budget.Memory
	http     *fasthttp.Server
	health   *inquiry[Health]
	models   *inquiry[error]
	editing  ordered.Mutex[ordered.Editing]
	draining atomic.Bool
	life     context.Context // ends with Shutdown's patience
	end      context.CancelFunc
}

// New builds the routes; nothing listens yet.
func New(cfg Config) *Server {
	s := &Server{
		cfg:     cfg,
		log:     cfg.Log,
		cors:    newCORS(cfg.CORSOrigins, cfg.CORSAllowAllOrigins),
		hosts:   hosts(cfg.AllowedHosts),
		proxies: proxies(cfg.TrustedProxies),
		limits:  newLimits(cfg.Limits),
		memory:  budget.New(budget.Config{Bytes: cfg.UploadMemory, Largest: cfg.MaxPhotoBytes + formOverhead, Patience: uploadPatience}),
		health:  newInquiry(cfg.Health, cfg.Log),
		models:  newInquiry(cfg.Ready, cfg.Log),
	}
	s.life, s.end = context.WithCancel(context.Background())
	s.http = &fasthttp.Server{
		Handler:                      s.wrap(s.plainBody(s.router())),
		ErrorHandler:                 s.badRequest,
		Name:                         "mangosense",
		Concurrency:                  cmp.Or(cfg.Connections, MostConnections) + closing,
		ConnState:                    connState,
		ReadBufferSize:               headerBytes,
		ReadTimeout:                  min(headerTimeout, cfg.StallTimeout),
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		StreamRequestBody:            true,
		DisablePreParseMultipartForm: true,
		MaxRequestBodySize:           smallBody,
		ReduceMemoryUsage:            false,
		NoDefaultServerHeader:        true,
		CloseOnShutdown:              true,
		Logger:                       quiet{cfg.Log},
		SecureErrorLogMessage:        true,
	}
	return s
}

// Serve answers on ln until Shutdown.
func (s *Server) Serve(ln net.Listener) error { return s.http.Serve(ln) }

// Shutdown stops listening and lets requests under way finish until ctx ends.
// It may be called again.
func (s *Server) Shutdown(ctx context.Context) error {
	s.draining.Store(true)
	err := s.http.ShutdownWithContext(ctx)
	s.end()
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("requests under way did not finish in time")
	}
	return err
}

// Memory is how many bytes requests hold, and how many requests were ended
// because others waited for what they held.
func (s *Server) Memory() (held, evicted int64) { return s.memory.InUse(), s.memory.Evicted() }

// quiet sends fasthttp's own lines to the debug log: most tell of clients that
// went away.
type quiet struct{ log *slog.Logger }

func (q quiet) Printf(format string, args ...any) { q.log.Debug("http: " + sprintf(format, args...)) }
