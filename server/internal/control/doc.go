// Package control lets the command line work beside a running server. The
// database file belongs to one program at a time; a command that needs it asks
// the server over a socket in DATA_DIR, and opens the file itself when no
// server runs. Both ways run the same operations (ops.go).
//
// It is not an API for clients: it speaks to whoever may read DATA_DIR (the
// socket has mode 0600) and therefore asks for no password. It knows no HTTP
// and no flags. Callers: app.
//
// Caveats. Close a Server before the store it serves. A Session that opened
// the database itself holds it until Close: keep it short. Values given to
// callbacks are valid until the callback returns.
package control
