// Command load sends real photo uploads to a MangoSense server, or to something
// that answers like one, and reports photos a second, latency percentiles, errors
// by kind, and the server's memory.
//
// It is not part of the program and nothing imports it. It sends to this
// machine only: whatever is not a loopback address is refused.
//
// Caveats: it shares the processor with the server it measures, which costs the
// server about as much as copying each photo once. In the open loop (--rate) a
// request's latency counts from the moment it was due, not from when it was sent,
// so that a stall shows in every request that was due during it. In the closed
// loop (--clients) each client waits for its answer, and a stall shows once for
// each client: use it for throughput.
//
//	go run ./tools/load --clients 16 --duration 10s
//	go run ./tools/load --rate 20 --duration 30s --mp 12 --json
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

type options struct {
	url      string
	rate     float64
	clients  int
	duration time.Duration
	count    int
	warmup   int
	timeout  time.Duration
	patience time.Duration
	get      bool
	upload   form
	mp       float64
	distinct int
	folder   string
	save     string
	pid      int
	json     bool
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("load", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.url, "url", "http://127.0.0.1:8000/api/predict/", "where to send; loopback only")
	f.Float64Var(&o.rate, "rate", 0, "open loop: requests a second")
	f.IntVar(&o.clients, "clients", 1, "closed loop: clients that wait for their answers (without --rate)")
	f.DurationVar(&o.duration, "duration", 10*time.Second, "how long to send")
	f.IntVar(&o.count, "count", 0, "stop after this many requests (0: only by time)")
	f.IntVar(&o.warmup, "warmup", 2, "requests before the measured ones")
	f.DurationVar(&o.timeout, "timeout", 30*time.Second, "give up on an answer after this long")
	f.DurationVar(&o.patience, "patience", 2*time.Second, "closed loop: longest wait that a client grants a Retry-After")
	f.BoolVar(&o.get, "get", false, "send GET requests without a photo (for /health/)")
	f.StringVar(&o.upload.kind, "kind", "leaf", "detection_type of the uploads")
	f.BoolVar(&o.upload.preview, "preview", true, "preview_only of the uploads")
	f.StringVar(&o.upload.token, "token", "", "access token, sent as Authorization: Bearer")
	f.Float64Var(&o.mp, "mp", 12, "megapixels of the photos that are made")
	f.IntVar(&o.distinct, "distinct", 4, "different photos to make; every upload differs in its bytes anyway")
	f.StringVar(&o.folder, "photos", "", "send the JPEG files of this folder instead of made ones")
	f.StringVar(&o.save, "save", "", "write the photos to this folder and end")
	f.IntVar(&o.pid, "pid", 0, "the server's process (0: whoever listens on the port)")
	f.BoolVar(&o.json, "json", false, "print one JSON object")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("unknown argument %q", f.Arg(0))
	case o.rate < 0 || o.clients < 1 || o.count < 0 || o.warmup < 0 || o.distinct < 1:
		return o, errors.New("rates and numbers must be positive")
	case o.duration <= 0 || o.duration > time.Hour || o.timeout <= 0:
		return o, errors.New("the duration must be between nothing and an hour")
	case o.mp < 0.01 || o.mp > 200:
		return o, errors.New("photos have between 0.01 and 200 megapixels")
	}
	return o, nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case err == nil:
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	to, err := newTarget(ctx, o)
	if err != nil {
		return err
	}
	var photos []photo
	if !o.get || o.save != "" {
		if photos, err = gather(o); err != nil {
			return err
		}
	}
	if o.save != "" {
		return save(o.save, photos)
	}
	s := &sender{target: to, photos: photos, form: o.upload, get: o.get}
	for range o.warmup {
		if one := s.send(ctx, time.Now()); one.fault == faultRefused {
			return fmt.Errorf("nobody answers at %s", o.url)
		}
	}
	watch := watchServer(o.pid, to.port)
	result := &collector{}
	begin := time.Now()
	if o.rate > 0 {
		openLoop(ctx, s, o, result)
	} else {
		closedLoop(ctx, s, o, result)
	}
	r := result.report(o, photos, time.Since(begin))
	r.Server = watch.stop()
	if o.json {
		return json.NewEncoder(stdout).Encode(r)
	}
	return r.text(stdout)
}
