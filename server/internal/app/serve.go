package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"mangosense/preprocess"
	"mangosense/server/internal/api"
	"mangosense/server/internal/auth"
	"mangosense/server/internal/config"
	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/metrics"
	"mangosense/server/internal/modelset"
	"mangosense/server/internal/thumbnail"
	"mangosense/server/internal/versions"
	"mangosense/web"
)

// Version is the program's, as in CHANGELOG.md.
const Version = "0.1.0"

// Serve answers HTTP until ctx ends, then lets requests under way finish; SIGHUP
// has it read the models again. from says where the options come from. in is the
// standard input, for its terminal; out
// takes the log.
func Serve(ctx context.Context, o config.Options, from config.Sources, in any, out io.Writer) error {
	// Before opening: unhandled, SIGHUP would end a server that is starting.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	a, err := New(o, from, out)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var listening sync.WaitGroup
	listening.Go(func() { a.onHangup(ctx, hangups, in, stop) })
	err = a.Run(ctx)
	stop()
	return errors.Join(err, a.closeWithin(closePatience, listening.Wait)) // an exchange of models ends before they are closed
}

// closePatience bounds Close after the drain: a supervisor would kill what takes
// longer, so the process ends itself and logs why. What was answered as stored is
// on the disk; the next start verifies the database.
const closePatience = 15 * time.Second

func (a *App) closeWithin(patience time.Duration, first func()) error {
	done := make(chan error, 1)
	go func() {
		first()
		done <- a.Close()
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return fmt.Errorf("cannot close everything within %s: a disk or a lock does not answer", patience)
	}
}

// App is a whole server.
type App struct {
	memory      share
	options     config.Options
	from        config.Sources
	started     time.Time
	recent      *metrics.Recent // the newest lines of the log
	thumbnails  *thumbnail.Cache
	modelsDir   string
	places      int // for photos at work
	log         *slog.Logger
	listener    net.Listener
	connections int // at one time at most
	photos      *preprocess.Preprocessor
	diagnoser   *diagnose.Diagnoser
	models      *modelset.Set
	records     *records
	gate        gateCounts
	intake      *intake.Intake
	accounts    *auth.Accounts
	api         *api.Server

	closing sync.Once
	closed  error
}

// New opens everything; it listens last, so that every client that can connect is
// answered. out takes the log.
func New(o config.Options, from config.Sources, out io.Writer) (*App, error) {
	start := time.Now()
	a := &App{options: o, from: from, started: start, recent: metrics.NewRecent(recentLog)}
	a.log = metrics.NewLogger(io.MultiWriter(out, a.recent), metrics.LogConfig{Level: level(o), JSON: o.LogFormat == "json"})
	if err := a.open(out); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	a.report(time.Since(start))
	return a, nil
}

func (a *App) open(out io.Writer) (err error) {
	o := a.options
	memory := shareOut(int64(o.MemoryLimit), int64(o.DecodeMemory), int64(o.UploadMemory), int64(o.MaxPhotoBytes))
	a.memory = memory
	a.log.Info("memory", "total", config.Size(memory.total), "from", memory.source,
		"decode", config.Size(memory.decode), "upload", config.Size(memory.upload), "go", config.Size(memory.goHeap))
	if a.photos, err = preprocess.New(preprocess.Config{
		MaxBytes: int64(o.MaxPhotoBytes), MaxPixels: int64(o.MaxPhotoPixels), MaxDecodeBytes: memory.decode, Alone: a.alone,
	}); err != nil {
		return err
	}
	manifest, err := modelset.Read(o.ModelsDir)
	if err != nil {
		return err
	}
	a.modelsDir = manifest.Dir()
	if a.records, err = openRecords(o, a.log); err != nil {
		return err
	}
	a.records.alongside(func(life context.Context) { a.gate.keep(life, a.records.Store, a.log) })
	a.places = diagnose.Places(o.Running)
	if a.diagnoser, err = diagnose.New(diagnose.Config{
		Photos:    a.photos,
		Admission: diagnose.NewAdmission(a.places, o.Queue, memory.decode),
		Answers:   diagnose.NewAnswerCache(o.AnswerCache, o.AnswerCacheTime),
	}); err != nil {
		return err
	}
	if a.models, err = modelset.Open(modelset.Config{
		Manifest: manifest, Added: versions.Folder(o.DataDir), Interpreters: o.Interpreters, Answering: a.diagnoser, Choices: a.records.Store, Log: a.log,
	}); err != nil {
		return err
	}
	a.records.ops.SetModels(a.models)
	a.diagnoser.Calibrate()
	if a.accounts, err = openAccounts(o, a.records.Store, a.log); err != nil {
		return err
	}
	a.intake = intake.New(intake.Config{
		Diagnoser: a.diagnoser, Records: a.records.Store, Files: a.records.Media, Drop: a.records.Drop, Observe: a.count,
	})
	a.thumbnails = thumbnail.New(thumbnail.Config{Open: a.records.Media.OpenPhoto, Shrink: a.diagnoser.Shrink, Bytes: memory.total / thumbnailShare})
	a.connections = a.countConnections()
	a.api = api.New(a.apiConfig(out))
	a.gauges()
	return a.listen()
}

// alone: one photo runs and none waits, so that a core may be free for its decoding.
func (a *App) alone() bool {
	running, waiting, _ := a.diagnoser.Load()
	return running <= 1 && waiting == 0
}

func (a *App) apiConfig(out io.Writer) api.Config {
	o := a.options
	c := api.Config{
		Intake: a.intake, Inference: inference{a.diagnoser}, Models: a.models,
		Store: a.records.Store, Photos: a.records.Media, Accounts: a.accounts,
		Health: a.health, Ready: a.ready, Version: Version, Machine: a.machine(),
		AnonymousPreviews: o.AnonymousPreviews, Limits: limits(o), PhotoLinkLife: o.PhotoLinkLifetime,
		MetricsAccess: o.MetricsAccess, MetricsToken: o.MetricsToken,
		WriteMetrics: a.writeMetrics, Observe: api.Observer{Request: metrics.Request, Refused: metrics.Refused, BadField: metrics.BadField}, Log: a.log,
		CORSOrigins: o.CORSOrigins, CORSAllowAllOrigins: o.CORSAllowAllOrigins, AllowedHosts: o.AllowedHosts,
		Connections: a.connections, MaxPhotoBytes: int64(o.MaxPhotoBytes), UploadMemory: a.memory.upload,
		Patience: o.Patience, Running: a.places, PhotosWaiting: max(1, a.connections/perClient/2),
		RequestTimeout: o.RequestTimeout, UploadTimeout: o.UploadTimeout, StallTimeout: o.StallTimeout,
	}
	c.Pages = web.Files()
	c.TrustedProxies, _ = o.Proxies() // Validate has read them
	c.Tiles, _ = o.Tiles()
	if o.AccessLog {
		c.AccessLog = out
	}
	return c
}

// report is the end of the start log: warnings and the address.
func (a *App) report(took time.Duration) {
	if a.options.CORSAllowAllOrigins {
		a.log.Warn("CORS_ALLOW_ALL_ORIGINS is on: any web page may call this server (without credentials)")
	}
	a.log.Info("serving", "address", a.Address(), "start", took.Round(time.Millisecond), "version", Version)
}

// Address is where the server listens.
func (a *App) Address() string { return a.listener.Addr().String() }

// Run serves until ctx ends, then drains.
func (a *App) Run(ctx context.Context) error {
	failed := make(chan error, 1)
	go func() { failed <- a.api.Serve(a.listener) }()
	var watching sync.WaitGroup
	defer watching.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	watching.Go(func() { a.supervised().watch(ctx) })
	select {
	case err := <-failed:
		return fmt.Errorf("cannot serve: %w", err)
	case <-ctx.Done():
	}
	a.log.Info("draining", "patience", a.options.DrainTimeout)
	patience, cancel := context.WithTimeout(context.Background(), a.options.DrainTimeout)
	defer cancel()
	if err := a.api.Shutdown(patience); err != nil {
		return fmt.Errorf("cannot drain: %w", err)
	}
	a.log.Info("stopped")
	return nil
}

// Close frees what New opened, last opened first; it may be called again.
func (a *App) Close() error {
	a.closing.Do(func() {
		var errs []error
		if a.listener != nil {
			if err := a.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
		if a.diagnoser != nil {
			a.diagnoser.Close()
		}
		if a.records != nil {
			errs = append(errs, a.records.Close())
		}
		if a.models != nil {
			errs = append(errs, a.models.Close())
		}
		if a.photos != nil {
			errs = append(errs, a.photos.Close())
		}
		a.closed = errors.Join(errs...)
	})
	return a.closed
}

func level(o config.Options) string {
	if o.Debug {
		return "debug"
	}
	return o.LogLevel
}
