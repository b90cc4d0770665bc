package kit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/kit"
)

// server answers every request with one handler, over real HTTP.
type server struct {
	url     string
	mu      sync.Mutex
	log     bytes.Buffer
	refused []string
}

func (s *server) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(b)
}

// said is what was logged, and which refusals were counted.
func (s *server) said() (log string, refused []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String(), s.refused
}

func serve(t *testing.T, h kit.Handler) *server {
	t.Helper()
	s := &server{}
	k := kit.New(kit.Config{
		Log: slog.New(slog.NewTextHandler(s, nil)), MaxPhotoBytes: 1 << 20, UploadMemory: 16 << 20,
		RequestTimeout: 5 * time.Second, UploadTimeout: 5 * time.Second, StallTimeout: 5 * time.Second,
		Refused: func(code string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.refused = append(s.refused, code)
		},
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	handle := k.Handle(h)
	srv := &fasthttp.Server{StreamRequestBody: true, MaxRequestBodySize: 4 << 10, ReadTimeout: 5 * time.Second, Handler: func(ctx *fasthttp.RequestCtx) {
		defer k.Call(ctx).GiveBack()
		handle(ctx)
	}}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	t.Cleanup(func() {
		_ = ln.Close()
		if err := <-done; err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		if err := errors.Join(k.Close(), k.Close()); err != nil {
			t.Error(err)
		}
	})
	s.url = "http://" + ln.Addr().String()
	return s
}

// answered is an answer, decoded.
type answered struct {
	status int
	closed bool // the connection ends with it
	header http.Header
	body   map[string]any
}

func (s *server) send(t *testing.T, body io.Reader, header map[string]string) answered {
	t.Helper()
	req, err := http.NewRequest("POST", s.url+"/7?page=x&n=3", body)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	a := answered{status: resp.StatusCode, closed: resp.Close, header: resp.Header}
	if err := json.NewDecoder(resp.Body).Decode(&a.body); err != nil && err != io.EOF {
		t.Fatal(err)
	}
	return a
}

// at is a value of the body as text, "-" where there is none.
func (a answered) at(name string) string {
	v, ok := a.body[name]
	if !ok {
		return "-"
	}
	return fmt.Sprint(v)
}

func text(n int) io.Reader { return strings.NewReader(strings.Repeat("x", n)) }

func decode(t *testing.T, r io.Reader) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.NewDecoder(r).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}
