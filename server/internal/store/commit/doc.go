// Package commit is the group commit: a queue of writes, and one goroutine that
// runs them in batches, so that writes which wait together share one sync.
//
// It knows functions to run, not records: what a transaction is, and when it is
// durable, is for the function Try of its Config. It reads no disk and holds no
// lock. Caller: room store.
//
// # Caveats
//
// Do returns when the write is durable or refused, and not before: a context that
// ends after the write was queued does not cut the wait short, because the caller
// must know whether its write happened. A write may run more than once, each time
// in a clean transaction, so it may leave nothing behind but through that. Close
// finishes what is queued; Do fails with ErrClosed afterwards.
//
// # How a batch forms
//
// The goroutine takes the first write and at once every other that waits. While a
// batch is being synced the next one gathers by itself, so a lone write waits for
// nobody. Only when the batch before held several does it wait a moment
// (Config.Gather) for as many again: clients that were answered together ask
// together.
package commit
