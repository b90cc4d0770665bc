package api

import (
	"bytes"
	"encoding/json"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/clock"
	"mangosense/server/internal/mango"
)

// stamp is the time form of hand-made answers: microseconds and +00:00.
const stamp = "2006-01-02T15:04:05.000000+00:00"

func now() string { return clock.Now().UTC().Format(stamp) }

// success is the full envelope of a good answer.
type success struct {
	Success   bool   `json:"success"`
	Message   string `json:"message"`
	Data      any    `json:"data"`
	Timestamp string `json:"timestamp"`
}

// failure is the body of every error: the superset of what all clients look
// for.
type failure struct {
	Success   bool     `json:"success"`
	Message   string   `json:"message"`
	Error     string   `json:"error"`
	Errors    []string `json:"errors"`
	Detail    string   `json:"detail"`
	ErrorCode string   `json:"error_code"`
	Data      any      `json:"data"`
	Timestamp string   `json:"timestamp"`
}

// short is the short envelope of a good answer: what is empty is left out.
type short struct {
	Success bool   `json:"success"`
	Message string `json:"message,omitempty"`
	Data    any    `json:"data,omitempty"`
}

// reply answers 200 in the full envelope.
func reply(ctx *fasthttp.RequestCtx, message string, data any) {
	if data == nil {
		data = struct{}{}
	}
	writeJSON(ctx, fasthttp.StatusOK, success{true, message, data, now()})
}

// replyShort answers 200 in the short envelope.
func replyShort(ctx *fasthttp.RequestCtx, message string, data any) {
	writeJSON(ctx, fasthttp.StatusOK, short{true, message, data})
}

// refuse answers an error in the superset envelope.
func refuse(ctx *fasthttp.RequestCtx, e *mango.Error) { refuseWith(ctx, e, struct{}{}) }

// refuseWith is refuse with data, for pages that cannot draw without.
func refuseWith(ctx *fasthttp.RequestCtx, e *mango.Error, data any) {
	body := failureOf(e)
	body.Data = data
	code, ok := status[e.Code]
	if !ok {
		code = fasthttp.StatusInternalServerError
	}
	switch code {
	case fasthttp.StatusUnauthorized:
		ctx.Response.Header.Set("WWW-Authenticate", challenge)
	case fasthttp.StatusServiceUnavailable, fasthttp.StatusTooManyRequests:
		if len(ctx.Response.Header.Peek("Retry-After")) == 0 {
			ctx.Response.Header.Set("Retry-After", retryAfter(e))
		}
	}
	writeJSON(ctx, code, body)
}

// failureOf is an error's body.
func failureOf(e *mango.Error) failure {
	body := failure{
		Message: e.Public, Error: e.Public, Errors: e.Fields, Detail: e.Public, ErrorCode: string(e.Code),
		Data: struct{}{}, Timestamp: now(),
	}
	if len(body.Errors) == 0 {
		body.Errors = []string{e.Public}
	}
	return body
}

// challenge is what a 401 asks for.
const challenge = `Bearer realm="api"`

// writeJSON answers any value. A value that cannot be encoded is a fault of
// this program and becomes a plain 500.
func writeJSON(ctx *fasthttp.RequestCtx, code int, v any) {
	body, err := marshal(v)
	if err != nil {
		code, body = fasthttp.StatusInternalServerError, []byte(`{"success":false,"message":"Something went wrong on the server.","error":"Something went wrong on the server."}`)
	}
	ctx.SetStatusCode(code)
	ctx.SetContentType("application/json")
	ctx.SetBody(body)
}

// marshal leaves < and its like as they are: what is answered is JSON and is
// never shown as a page, and a text of them would take six times its length.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
