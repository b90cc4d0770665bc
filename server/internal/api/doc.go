// Package api speaks HTTP: it lets callers in and hands each request to the
// handler of its route.
//
// routes.go lists every route, with who may call it; middleware.go is what every
// request passes. What a handler gets is package api/kit's; the handlers are in
// one package a resource, of which none knows another, and how stored values are
// written is api/render's. They translate and nothing more: no rule about
// diseases, storage or passwords lives here. Only app makes a Server.
//
// Caveats. Handlers run on fasthttp's goroutines and must not keep a kit.Call, or
// any byte of it, after they return. A photo's bytes belong to the request's form
// and go back to their pool when the handler returns.
package api
