package mango

import "context"

// Client is who a piece of work is charged to.
type Client struct {
	Key   string // an account or an address; never shown or logged
	Guest bool   // without an account: has a smaller share of scarce resources
}

type clientKey struct{}

// WithClient has the work under a context charged to c.
func WithClient(ctx context.Context, c Client) context.Context {
	return context.WithValue(ctx, clientKey{}, c)
}

// ClientOf is who the work under a context is charged to; the zero Client for
// the program's own.
func ClientOf(ctx context.Context) Client {
	c, _ := ctx.Value(clientKey{}).(Client)
	return c
}
