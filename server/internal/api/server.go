package api

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/accounts"
	"mangosense/server/internal/api/confirmations"
	"mangosense/server/internal/api/inference"
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/notifications"
	"mangosense/server/internal/api/oversight"
	"mangosense/server/internal/api/pages"
	"mangosense/server/internal/api/photos"
	"mangosense/server/internal/api/records"
	"mangosense/server/internal/api/reference"
	"mangosense/server/internal/api/statistics"
	"mangosense/server/internal/api/training"
	"mangosense/server/internal/api/vocabulary"
	"mangosense/server/internal/auth"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// What the packages of the resources need of the rooms behind them.
type (
	Health    = reference.Health
	ModelFile = mango.ModelFile
	Models    = training.Models
	// InferenceModel is a loaded model as standard inference clients see it.
	InferenceModel = inference.Model
	// Machine is what the administrators' pages show of the program itself.
	Machine = oversight.Machine
)

// Store is what the packages of the resources need of it, each for itself.
type Store interface {
	accounts.Store
	oversight.Store
	confirmations.Store
	notifications.Store
	photos.Store
	records.Store
	statistics.Store
	training.Store
	vocabulary.Store
}

// Inference lists the models that answer.
type Inference interface {
	Models() []InferenceModel
}

// Who may read /metrics; see package reference.
const (
	MetricsLocal = reference.MetricsLocal
	MetricsToken = reference.MetricsToken
	MetricsOpen  = reference.MetricsOpen
)

// Limits are how many requests a minute one address, and one account, may
// make; as many may come at once. 0: no limit.
type Limits struct {
	Register int
	Login    int
	Refresh  int
	Predict  int
	Preview  int // anonymous previews
}

// Config is all that the interface needs.
type Config struct {
	Store        Store
	Models       Models
	Intake       *intake.Intake
	Inference    Inference
	Accounts     *auth.Accounts
	Photos       photos.Photos
	Health       func() Health // may hang: it is asked by an inquiry
	Ready        func() error  // nil: a photo sent now would be diagnosed; asked by an inquiry
	Version      string
	WriteMetrics func(io.Writer)
	Observe      Observer
	Machine      Machine
	LiveEvery    time.Duration // between two live numbers; 0: 2 s
	Pages        fs.FS         // the program's own pages; nil: none
	Tiles        string        // address of the map's tiles; empty: none
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
	Patience       time.Duration // how long a photo may wait; 0: 5 s
	Running        int           // photos at work at one time; 0: 4
	PhotosWaiting  int           // of one client; 0: any number
	RequestTimeout time.Duration
	UploadTimeout  time.Duration
	StallTimeout   time.Duration
}

// Observer counts what happened, for the metrics.
type Observer struct {
	Request  func(method, route string, status int, took time.Duration)
	Refused  func(code string)
	BadField func(name string)
}

const (
	// MostConnections bounds goroutines; each idle one holds about 30 KB.
	MostConnections = 1024
	// closing is how many connections more may be on their way out: what a place was
	// made of ends in its own time.
	closing = 256
	// headerTimeout is what a client gets to send its request's head.
	headerTimeout = 20 * time.Second
	// idleTimeout is how long a silent keep-alive connection stays open.
	idleTimeout = 75 * time.Second
	// headerBytes is the longest request head. A browser's is 2 KB with a token;
	// on localhost it sends the cookies of every other program too.
	headerBytes = 8 << 10
	// smallBody is what fasthttp reads ahead before a handler runs.
	smallBody = 8 << 10
)

// Server answers HTTP. Serve blocks; Shutdown may be called once from another
// goroutine.
type Server struct {
	cfg   Config
	log   *slog.Logger
	kit   *kit.Kit
	cors  *cors
	hosts kit.Hosts
	http  *fasthttp.Server

	accounts      *accounts.Handlers
	oversight     *oversight.Handlers
	confirmations *confirmations.Handlers
	inference     *inference.Handlers
	notifications *notifications.Handlers
	pages         *pages.Handlers
	photos        *photos.Handlers
	records       *records.Handlers
	reference     *reference.Handlers
	statistics    *statistics.Handlers
	training      *training.Handlers
	vocabulary    *vocabulary.Handlers
}

// New builds the routes; nothing listens yet.
func New(cfg Config) *Server {
	s := &Server{
		cfg: cfg, log: cfg.Log, cors: newCORS(cfg.CORSOrigins, cfg.CORSAllowAllOrigins), hosts: kit.Hosts(cfg.AllowedHosts),
		kit: kit.New(kit.Config{
			Log: cfg.Log, Refused: cfg.Observe.Refused, TrustedProxies: cfg.TrustedProxies, AllowedHosts: cfg.AllowedHosts,
			PredictRate: cfg.Limits.Predict, PreviewRate: cfg.Limits.Preview,
			SignPhoto: cfg.Accounts.SignPhoto, PhotoLinkLife: cfg.PhotoLinkLife,
			MaxPhotoBytes: cfg.MaxPhotoBytes, UploadMemory: cfg.UploadMemory,
			Patience: cmp.Or(cfg.Patience, 5*time.Second), Running: cmp.Or(cfg.Running, 4), Own: cfg.PhotosWaiting,
			RequestTimeout: cfg.RequestTimeout, UploadTimeout: cfg.UploadTimeout, StallTimeout: cfg.StallTimeout,
		}),
		accounts: accounts.New(accounts.Config{
			Store: cfg.Store, Photos: cfg.Photos, Accounts: cfg.Accounts,
			RegisterRate: cfg.Limits.Register, LoginRate: cfg.Limits.Login, RefreshRate: cfg.Limits.Refresh,
		}),
		oversight:     oversight.New(oversight.Config{Store: cfg.Store, Intake: cfg.Intake, Photos: cfg.Photos, Models: cfg.modelFiles, Machine: cfg.Machine, Every: cfg.LiveEvery}),
		confirmations: &confirmations.Handlers{Store: cfg.Store},
		notifications: &notifications.Handlers{Store: cfg.Store},
		photos:        &photos.Handlers{Thumb: cfg.Machine.Thumb, Store: cfg.Store, Photos: cfg.Photos, Accounts: cfg.Accounts, Intake: cfg.Intake, BadField: cfg.Observe.BadField},
		records:       &records.Handlers{Store: cfg.Store, Intake: cfg.Intake, Input: cfg.input},
		reference: reference.New(reference.Config{
			Health: cfg.Health, Ready: cfg.Ready, Version: cfg.Version, WriteMetrics: cfg.WriteMetrics, Log: cfg.Log,
			MetricsAccess: cfg.MetricsAccess, MetricsToken: cfg.MetricsToken,
		}),
		statistics: &statistics.Handlers{Store: cfg.Store},
		training:   &training.Handlers{Store: cfg.Store, Models: cfg.Models, Intake: cfg.Intake, ImportBytes: int(cfg.UploadMemory / 2), Loaded: cfg.loaded},
		vocabulary: &vocabulary.Handlers{Store: cfg.Store, Classes: cfg.classes},
	}
	s.pages = pages.New(cfg.Pages, cfg.Tiles, s.reference.Root, cfg.Log)
	s.inference = &inference.Handlers{
		Intake: cfg.Intake, Models: cfg.Inference.Models, Refuses: s.reference.Refuses,
		Version: cfg.Version, MaxPhotoBytes: cfg.MaxPhotoBytes,
	}
	s.http = &fasthttp.Server{
		Handler:                      s.wrap(s.plain(s.router())),
		ErrorHandler:                 s.badRequest,
		Name:                         "mangosense",
		Concurrency:                  cmp.Or(cfg.Connections, MostConnections) + closing,
		ConnState:                    connState,
		ReadBufferSize:               headerBytes,
		ReadTimeout:                  min(headerTimeout, cfg.StallTimeout),
		WriteTimeout:                 kit.WriteTimeout,
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

// input is the size of a model's input, where that model is here.
func (c *Config) input(m mango.Model) (width, height int, ok bool) {
	for _, f := range c.Models.ModelFiles() {
		if f.ID == m.ID && f.Version == m.Version {
			return f.Width, f.Height, true
		}
	}
	return 0, 0, false
}

// modelFiles are the models that there are.
func (c *Config) modelFiles() []mango.ModelFile { return c.Models.ModelFiles() }

// loaded are the models that answer.
func (c *Config) loaded() []training.LoadedModel {
	var all []training.LoadedModel
	for _, m := range c.Inference.Models() {
		all = append(all, training.LoadedModel{ID: m.ID, Version: m.Version, Kind: m.Kind, Classes: m.Classes})
	}
	return all
}

// classes are those of the model that answers for a plant part.
func (c *Config) classes(part mango.Kind) []string {
	for _, m := range c.Inference.Models() {
		if m.Kind == part {
			return m.Classes
		}
	}
	return nil
}

// Serve answers on ln until Shutdown.
func (s *Server) Serve(ln net.Listener) error { return s.http.Serve(ln) }

// Shutdown stops listening and lets requests under way finish until ctx ends.
// It may be called again.
func (s *Server) Shutdown(ctx context.Context) error {
	s.reference.Drain()
	s.oversight.Drain()
	err := s.http.ShutdownWithContext(ctx)
	s.oversight.Wait(ctx)
	_ = s.kit.Close() // always nil
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("requests under way did not finish in time")
	}
	return err
}

// Memory is how many bytes requests hold, and how many requests were ended
// because others waited for what they held.
func (s *Server) Memory() (held, evicted int64) { return s.kit.Memory() }

// quiet sends fasthttp's own lines to the debug log: most tell of clients that
// went away.
type quiet struct{ log *slog.Logger }

func (q quiet) Printf(format string, args ...any) { q.log.Debug("http: " + sprintf(format, args...)) }
