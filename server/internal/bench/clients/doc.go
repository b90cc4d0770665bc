// Package clients measures what a client waits for at a running server: the
// list pages of the web admin and of the mobile app over HTTP, and what a
// login costs.
//
// It is no test and asserts nothing; its numbers are for docs/benchmarks.md.
// Caller: app, for `mangosense bench http`, which fills a server first.
//
// Caveats. It asks one request at a time over one connection: the figures are
// for a server that has nothing else to do. Times include the client's own part,
// which the line "nothing" shows. CPU is that of the whole process, so the server
// must run in this one; unlike the times it hardly depends on what else the
// machine does.
package clients
