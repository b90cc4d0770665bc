package kit

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/render"
	"mangosense/server/internal/clock"
)

// Now is the time as hand-made answers give it.
func Now() string { return render.HandStamp(clock.Now()) }

// Success is the full envelope of a good answer.
type Success struct {
	Success   bool   `json:"success"`
	Message   string `json:"message"`
	Data      any    `json:"data"`
	Timestamp string `json:"timestamp"`
}

// Full is the full envelope of an answer that is given now.
func Full(message string, data any) Success {
	if data == nil {
		data = struct{}{}
	}
	return Success{true, message, data, Now()}
}

// short is the short envelope of a good answer: what is empty is left out.
type short struct {
	Success bool   `json:"success"`
	Message string `json:"message,omitempty"`
	Data    any    `json:"data,omitempty"`
}

// Short is the short envelope.
func Short(message string, data any) any { return short{true, message, data} }

// Encode is a value as JSON, nil for what cannot be written.
func Encode(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return body
}

// Reply answers 200 in the full envelope.
func (c *Call) Reply(message string, data any) error { return c.JSON(200, Full(message, data)) }

// ReplyShort answers 200 in the short envelope.
func (c *Call) ReplyShort(message string, data any) error {
	return c.JSON(200, Short(message, data))
}

// JSON answers any value. A value that cannot be encoded is a fault of this
// program and becomes a plain 500.
func (c *Call) JSON(code int, v any) error {
	writeJSON(c.ctx, code, v)
	return nil
}

// Body answers a body as it is.
func (c *Call) Body(contentType string, body []byte) error {
	c.ctx.SetContentType(contentType)
	c.ctx.SetBody(body)
	return nil
}

// Replay gives an answer as it was given first.
func (c *Call) Replay(first []byte) error {
	c.SetHeader("Idempotency-Replayed", "true")
	return c.Body("application/json", first)
}

// Static answers bytes that live as long as the program: they are not copied, and
// hold nothing until they are read.
func (c *Call) Static(contentType string, body []byte) error {
	c.ctx.SetContentType(contentType)
	c.ctx.Response.SetBodyRaw(body)
	c.static = true
	return nil
}

// Write adds to the answer's body.
func (c *Call) Write(b []byte) (int, error) { return c.ctx.Write(b) }

// Send answers a body that is read, and closed, after the handler.
func (c *Call) Send(contentType string, body io.Reader, size int64) error {
	c.ctx.SetContentType(contentType)
	c.ctx.SetBodyStream(body, int(size))
	return nil
}

// Empty answers a status without a body.
func (c *Call) Empty(code int) error {
	c.ctx.SetStatusCode(code)
	return nil
}

// SetHeader sets a header of the answer; an empty value removes it.
func (c *Call) SetHeader(name, value string) {
	if value == "" {
		c.ctx.Response.Header.Del(name)
		return
	}
	c.ctx.Response.Header.Set(name, value)
}

func writeJSON(ctx *fasthttp.RequestCtx, code int, v any) {
	body, err := Marshal(v)
	if err != nil {
		code, body = 500, []byte(`{"success":false,"message":"Something went wrong on the server.","error":"Something went wrong on the server."}`)
	}
	ctx.SetStatusCode(code)
	ctx.SetContentType("application/json")
	ctx.SetBody(body)
}

// Marshal leaves < and its like as they are: what is answered is JSON and is
// never shown as a page, and a text of them would take six times its length.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
