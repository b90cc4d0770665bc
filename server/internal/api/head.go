package api

import (
	"bytes"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/mango"
)

const (
	// maxHeaders is how many lines a request's header may have: browsers send
	// twenty, proxies add ten. Each is kept with the connection, in ten times
	// the memory of a short one.
	maxHeaders = 100
	// maxParameters bounds a query the same way.
	maxParameters = 64
)

// boundHead refuses a request whose head is made of very many small things,
// before they are parsed.
func boundHead(ctx *fasthttp.RequestCtx) *mango.Error {
	if ctx.Request.Header.Len() > maxHeaders {
		ctx.SetConnectionClose()
		return mango.Errorf(mango.HeaderTooLong, "The request's header has too many lines.")
	}
	if bytes.Count(ctx.URI().QueryString(), []byte("&")) >= maxParameters {
		return mango.Errorf(mango.Invalid, "The address has too many parameters.")
	}
	return nil
}
