package api

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

func sprintf(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// wrap is what every request passes, in this order: clock, answer's memory, panic net, CORS,
// security headers, host check, preflight, the router, access log.
func (s *Server) wrap(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		start, c := time.Now(), s.kit.Call(ctx)
		place := busy(ctx)
		defer kit.SeatOf(ctx.Conn()).Waiting(true) // until the answer is read
		defer c.HoldAnswer()
		defer s.account(ctx, start)
		defer c.GiveBack()
		defer s.rescue(ctx)
		s.cors.headers(ctx)
		s.guardHeaders(ctx)
		if !s.hosts.Allowed(string(ctx.Host())) && !probe(string(ctx.Path())) {
			kit.Refuse(ctx, mango.Errorf(mango.Invalid, "This server does not answer to that host name."))
			return
		}
		if path := string(ctx.Path()); !place && !probe(path) && strings.TrimSuffix(path, "/") != "/api/health" {
			noPlace(ctx)
			return
		}
		if err := boundHead(ctx); err != nil {
			kit.Refuse(ctx, err)
			return
		}
		if ctx.IsOptions() {
			s.cors.preflight(ctx)
			return
		}
		next(ctx)
	}
}

// guardHeaders are what every answer says to a browser. A page that needs more
// sets its own Content-Security-Policy.
func (s *Server) guardHeaders(ctx *fasthttp.RequestCtx) {
	h := &ctx.Response.Header
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	if s.kit.Call(ctx).Scheme() == "https" {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// probe paths answer to any host name: platforms ask them by their own.
func probe(path string) bool {
	switch path {
	case "/", "/health", "/health/", "/livez", "/readyz":
		return true
	}
	return false
}

// rescue turns a handler's panic into a 500. It is a net under this program's
// own faults, not a way to handle errors; each one is logged with its stack.
func (s *Server) rescue(ctx *fasthttp.RequestCtx) {
	if p := recover(); p != nil {
		s.log.Error("api: a handler panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		kit.Refuse(ctx, kit.AsError(errors.New("panic")))
	}
}

// account counts and logs one answer. The log line has no address, name or
// query: nothing personal.
func (s *Server) account(ctx *fasthttp.RequestCtx, start time.Time) {
	defer func() { // the answer stays what it is
		if p := recover(); p != nil {
			s.log.Error("api: an answer could not be counted", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	took := time.Since(start)
	c := s.kit.Call(ctx)
	route := cmp.Or(c.Route(), "other")
	code := ctx.Response.StatusCode()
	method := knownMethod(string(ctx.Method()))
	if s.cfg.Observe.Request != nil {
		s.cfg.Observe.Request(method, route, code, took)
	}
	if s.cfg.AccessLog == nil {
		return
	}
	line := make([]byte, 0, 128)
	line = start.UTC().AppendFormat(line, "2006-01-02T15:04:05.000Z")
	line = append(line, ' ')
	line = append(line, method...)
	line = append(line, ' ')
	line = append(line, route...)
	line = append(line, ' ')
	line = strconv.AppendInt(line, int64(code), 10)
	line = append(line, ' ')
	line = strconv.AppendFloat(line, float64(took.Microseconds())/1000, 'f', 1, 64)
	line = append(line, "ms "...)
	line = strconv.AppendInt(line, int64(c.AnswerBytes()), 10)
	line = append(line, "B\n"...)
	s.cfg.AccessLog.Write(line) // a log that cannot be written stops nobody
}

// knownMethod keeps a stranger from making up series and log words.
func knownMethod(m string) string {
	switch m {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return m
	}
	return "other"
}

// plain holds back requests whose body is compressed.
func (s *Server) plain(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		c := s.kit.Call(ctx)
		if err := c.Plain(); err != nil {
			c.Refuse(err)
			return
		}
		next(ctx)
	}
}

func (s *Server) notFound(ctx *fasthttp.RequestCtx) {
	kit.Refuse(ctx, mango.Errorf(mango.NotFound, "There is nothing at this address."))
}

// wrongMethod keeps the Allow header that the router has set.
func (s *Server) wrongMethod(ctx *fasthttp.RequestCtx) {
	kit.Refuse(ctx, mango.Errorf(mango.WrongMethod, "This address does not take that method."))
}

// badRequest answers what fasthttp itself could not read. Where the request
// came from is then unknown too; so that a browser can show the refusal,
// which tells nobody anything, every origin may read it.
func (s *Server) badRequest(ctx *fasthttp.RequestCtx, err error) {
	s.guardHeaders(ctx)
	ctx.Response.Header.Set("Access-Control-Allow-Origin", "*")
	var small *fasthttp.ErrSmallBuffer
	var slow net.Error
	switch {
	case errors.As(err, &slow) && slow.Timeout():
		kit.Refuse(ctx, mango.Wrap(mango.Slow, err, "The request did not arrive in time."))
	case errors.As(err, &small):
		kit.Refuse(ctx, mango.Wrap(mango.HeaderTooLong, err, "The request's header is too long."))
	default:
		kit.Refuse(ctx, mango.Wrap(mango.Invalid, err, "The request could not be read."))
	}
	ctx.SetConnectionClose()
}
