package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// form is what an upload carries beside the photo.
type form struct {
	kind    string
	preview bool
	token   string
}

// sender sends one request after another; any number of goroutines may use it.
type sender struct {
	target *target
	photos []photo
	form   form
	get    bool
	sent   atomic.Uint64
}

// Kinds of failure, when there is no status to report.
const (
	faultRefused = "connection refused"
	faultReset   = "connection reset"
	faultTimeout = "timed out"
	faultCut     = "answer cut short"
	faultStopped = "stopped by the driver"
	faultOther   = "other"
)

// answer is what came back for one request.
type answer struct {
	took       time.Duration // from when it was due
	status     int
	fault      string
	retryAfter string
}

const boundary = "mangosense-load-5f1c0a77"

// fields come before the photo, as the phone app sends them after it; servers
// must take both.
func (f form) fields() []byte {
	var b bytes.Buffer
	field := func(name, value string) {
		b.WriteString("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n")
	}
	field("detection_type", f.kind)
	field("preview_only", strconv.FormatBool(f.preview))
	b.WriteString("--" + boundary + "\r\nContent-Disposition: form-data; name=\"image\"; filename=\"photo.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n")
	return b.Bytes()
}

const closing = "\r\n--" + boundary + "--\r\n"

func (s *sender) request(ctx context.Context) (*http.Request, error) {
	n := s.sent.Add(1)
	if s.get {
		return http.NewRequestWithContext(ctx, http.MethodGet, s.target.url, nil)
	}
	p := s.photos[n%uint64(len(s.photos))]
	head, rest := p.mark(n<<32 ^ uint64(time.Now().UnixNano()))
	before := append(s.form.fields(), head[:]...)
	body := io.MultiReader(bytes.NewReader(before), bytes.NewReader(rest), bytes.NewReader([]byte(closing)))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.target.url, body)
	if err != nil {
		return nil, err
	}
	req.ContentLength = int64(len(before) + len(rest) + len(closing))
	req.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
	if s.form.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.form.token)
	}
	return req, nil
}

// send makes one request that was due at the given moment.
func (s *sender) send(ctx context.Context, due time.Time) (a answer) {
	defer func() { a.took = time.Since(due) }()
	req, err := s.request(ctx)
	if err != nil {
		return answer{fault: faultOther}
	}
	resp, err := s.target.client.Do(req)
	if err != nil {
		return answer{fault: fault(ctx, err)}
	}
	defer resp.Body.Close()
	a = answer{status: resp.StatusCode, retryAfter: resp.Header.Get("Retry-After")}
	if n, err := io.Copy(io.Discard, resp.Body); err != nil || n == 0 && resp.StatusCode == http.StatusOK {
		a.fault = faultCut
	}
	return a
}

func fault(ctx context.Context, err error) string {
	var timeout net.Error
	switch {
	case ctx.Err() != nil:
		return faultStopped
	case errors.Is(err, syscall.ECONNREFUSED):
		return faultRefused
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, os.ErrDeadlineExceeded):
		return faultTimeout
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return faultReset
	}
	return faultOther
}
