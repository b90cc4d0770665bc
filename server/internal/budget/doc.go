// Package budget bounds the memory that clients can make the process hold:
// bodies on their way in, what parsing makes of them, answers not yet read.
//
// Memory is the whole process's; a Lease is what one request holds of it, under
// the names of the clients it is charged to (address, account). Whoever wants
// more than is free waits, and while it waits the lease that holds most without
// progress is ended: progress is counted over the last seconds, not since the
// start, so that a burst buys no silence.
//
// It knows nothing of HTTP, photos or the heap: it counts what it is told.
//
// Caveats. A lease's evict function runs while the budget is locked: it may set
// a deadline or cancel a context, and must not call back.
package budget
