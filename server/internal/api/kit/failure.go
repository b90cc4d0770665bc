package kit

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/mango"
)

// status is the one table from codes to HTTP.
var status = map[mango.Code]int{
	mango.Invalid:         400,
	mango.InvalidPhoto:    400,
	mango.Unauthenticated: 401,
	mango.Forbidden:       403,
	mango.NotFound:        404,
	mango.WrongMethod:     405,
	mango.Conflict:        409,
	mango.Slow:            408,
	mango.TooLarge:        413,
	mango.WrongType:       415,
	mango.Unprocessable:   422,
	mango.TooMany:         429,
	mango.HeaderTooLong:   431,
	mango.Internal:        500,
	mango.StoreFailed:     500,
	mango.NotProvided:     501,
	mango.Busy:            503,
	mango.Timeout:         504,
	mango.StoreFull:       507,
	mango.StoreDown:       503,
}

// StatusOf is the status that an error's code is answered with; 500 for one
// that is not known.
func StatusOf(code mango.Code) int {
	if s, ok := status[code]; ok {
		return s
	}
	return 500
}

// challenge is what a 401 asks for.
const challenge = `Bearer realm="api"`

type (
	// failure is the body of every error: the superset of what all clients look
	// for.
	failure struct {
		Success   bool     `json:"success"`
		Message   string   `json:"message"`
		Error     string   `json:"error"`
		Errors    []string `json:"errors"`
		Detail    string   `json:"detail"`
		ErrorCode string   `json:"error_code"`
		Data      any      `json:"data"`
		Timestamp string   `json:"timestamp"`
	}
	tokenMessage struct {
		TokenClass string `json:"token_class"`
		TokenType  string `json:"token_type"`
		Message    string `json:"message"`
	}
	// tokenFailure is failure and what the predecessor says of a bad token.
	tokenFailure struct {
		failure
		Code     string         `json:"code"`
		Messages []tokenMessage `json:"messages"`
	}
)

func failureOf(e *mango.Error) failure {
	body := failure{
		Message: e.Public, Error: e.Public, Errors: e.Fields, Detail: e.Public, ErrorCode: string(e.Code),
		Data: struct{}{}, Timestamp: Now(),
	}
	if len(body.Errors) == 0 {
		body.Errors = []string{e.Public}
	}
	return body
}

// Refuse answers an error in the superset envelope, where there is no call yet.
func Refuse(ctx *fasthttp.RequestCtx, e *mango.Error) { refuseWith(ctx, e, nil) }

func refuseWith(ctx *fasthttp.RequestCtx, e *mango.Error, data any) {
	body := failureOf(e)
	if data != nil {
		body.Data = data
	}
	code := StatusOf(e.Code)
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

// refuseToken answers 401 for a token that is bad or expired.
func refuseToken(ctx *fasthttp.RequestCtx, e *mango.Error, kind string) {
	class := map[string]string{"access": "AccessToken", "refresh": "RefreshToken"}[kind]
	ctx.Response.Header.Set("WWW-Authenticate", challenge)
	writeJSON(ctx, fasthttp.StatusUnauthorized, tokenFailure{
		failure: failureOf(e), Code: "token_not_valid",
		Messages: []tokenMessage{{class, kind, "Token is invalid or expired"}},
	})
}

// refuseByField adds each faulty field to the envelope, as a list of sentences.
func refuseByField(ctx *fasthttp.RequestCtx, e *mango.Error) {
	if e.Code == mango.Conflict {
		refused := *e
		refused.Code = mango.Invalid
		e = &refused
	}
	refuseWith(ctx, e, nil)
	fields := map[string][]string{}
	for _, f := range e.Fields {
		if name, sentence, ok := strings.Cut(f, ": "); ok && fieldName(name) {
			fields[name] = append(fields[name], sentence)
		}
	}
	if e.Code != mango.Invalid || len(fields) == 0 {
		return
	}
	more, err := json.Marshal(fields)
	if err != nil {
		return // the envelope stands without them
	}
	body := ctx.Response.Body()
	ctx.SetBody(append(append(append([]byte{}, body[:len(body)-1]...), ','), more[1:]...))
}

// fieldName reports whether the text can be a field beside the envelope's own.
func fieldName(name string) bool {
	switch name {
	case "success", "message", "error", "errors", "detail", "error_code", "data", "timestamp", "":
		return false
	}
	return strings.IndexFunc(name, func(c rune) bool { return (c < 'a' || c > 'z') && c != '_' }) < 0
}

// retryAfter is how long a client should wait, in seconds, when the server is
// full: what the error knows of it, else about the time in which a photo's
// memory comes back.
func retryAfter(e *mango.Error) string {
	const least, most = 2 * time.Second, time.Minute
	return strconv.Itoa(int(min(max(e.Retry, least), most).Round(time.Second) / time.Second))
}

// Sized writes a bound for people: "10MB", "1.5MB", "64KB".
func Sized(bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return strconv.FormatFloat(math.Floor(float64(bytes)/(1<<20)*100)/100, 'f', -1, 64) + "MB"
	case bytes >= 1<<10:
		return strconv.FormatFloat(math.Floor(float64(bytes)/(1<<10)*100)/100, 'f', -1, 64) + "KB"
	}
	return strconv.FormatInt(bytes, 10) + " bytes"
}
