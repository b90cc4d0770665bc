// Package api speaks HTTP: it turns requests into calls of the rooms behind it
// and their answers into the JSON that the mobile app and the web admin read.
//
// It translates and nothing more: no rule about diseases, storage or passwords
// lives here. routes.go lists every route; there is one file a resource;
// envelope.go makes every body; errors.go maps an error's code to its status.
// Only app makes a Server.
//
// Caveats. Handlers run on fasthttp's goroutines and must not keep a
// RequestCtx, or any byte of it, after they return. A photo's bytes belong to
// the request's form and go back to their pool when the handler returns.
package api
