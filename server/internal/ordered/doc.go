// Package ordered has the mutexes of the server, each with its place in one
// written order (order.go). A goroutine takes locks in that order only, never
// twice the same place, and never waits for a disk, a channel or another
// goroutine while it holds one of the memory-only locks at the end of the order.
//
// Tests check this: after Check, every Lock compares itself with what its
// goroutine holds already, and Blocking, which whatever touches the disk calls,
// compares too. Without Check a lock costs one atomic load more than package
// sync's. There is no way to upgrade a read lock, on purpose.
//
// It is not a deadlock detector: it sees a broken order even where the schedule
// let it pass, and sees nothing of channels. Callers: every room that has a lock;
// one that calls nothing while it is locked may use package sync and is listed,
// with its reason, in the rules of room app.
package ordered
