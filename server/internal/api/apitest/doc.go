// Package apitest is the server that the tests of the interface ask: a real one
// on a loopback address, with a real store, photos and accounts behind it, and
// somebody to call it. Only what looks at pixels is a stand-in.
//
// It is for tests alone; the program does not import it. Every answer that comes
// through a Site is held against the description of the interface, and every lock
// against the written order.
package apitest

import "mangosense/server/internal/ordered"

func init() { ordered.Check(nil) }
