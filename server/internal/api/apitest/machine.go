package apitest

import (
	"bytes"
	"context"
	"time"

	"mangosense/server/internal/api"
	"mangosense/server/internal/api/oversight"
)

// Machine stands for the program; what it is asked to do waits for go.
type Machine struct {
	Begun chan string
	End   chan error
}

// Config gives the machine to a Site.
func (m *Machine) Config(cfg *api.Config) {
	do := func(what string) func(context.Context, func(done, total int64)) (string, error) {
		return func(ctx context.Context, progress func(done, total int64)) (string, error) {
			progress(1, 2)
			m.Begun <- what
			select {
			case err := <-m.End:
				return what + " done", err
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}
	}
	cfg.LiveEvery = 10 * time.Millisecond
	cfg.Machine = api.Machine{
		Live:     func() oversight.Live { return oversight.Live{Running: 1, Places: 2, StoreState: "ready"} },
		Settings: func() []oversight.Setting { return []oversight.Setting{{Name: "PORT", Value: "8000", From: "default"}} },
		Facts:    func() []oversight.Fact { return []oversight.Fact{{Name: "Version", Value: "test"}} },
		Storage:  func() (oversight.Storage, error) { return oversight.Storage{State: "ready", BackupsOn: true}, nil },
		Card:     func() string { return "# Card" },
		Log:      func() []byte { return []byte("level=INFO msg=serving file=/home/lito/data") },
		Metrics:  func() []byte { return []byte("mangosense_requests_total 1\n") },
		Scrub:    func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("/home/lito"), []byte("HOME")) },
		Backup:   do("backup"), Verify: do("verify"),
		Thumb: func(_ context.Context, photo string, hold func(int64) error) ([]byte, error) {
			if err := hold(100); err != nil {
				return nil, err
			}
			return []byte("\xff\xd8" + photo), nil
		},
	}
}

// NewMachine is one that has nothing to do.
func NewMachine() *Machine { return &Machine{Begun: make(chan string, 8), End: make(chan error, 8)} }
