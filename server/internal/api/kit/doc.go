// Package kit is what a handler of the interface gets: the request as a Call,
// with its body, query and caller read within bounds, and the ways to answer it.
//
// A handler has the form of Handler: it answers and returns nil, or returns an
// error, which Handle answers: its code becomes the status, its sentence the
// body, its cause a line in the log where it is the server's. Whatever the
// client still sends is then taken in, within bounds, so that it sees the
// answer and not a reset connection.
//
// The package knows no resource: no disease, no record, no route. Only package
// api makes a Kit and lets callers in; the packages beside this one are given
// Calls.
//
// Caveats. A Call must not be kept after its handler returns, nor any byte that
// it gave: Stream is for what is written later, and Context outlives it. A
// form belongs to whoever received it, who releases it. Memory that a request
// holds is charged to its client; see package budget.
package kit
