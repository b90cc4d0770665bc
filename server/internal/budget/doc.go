// Package budget bounds the memory that clients can make the process hold:
// bodies on their way in, what parsing makes of them, answers not yet read.
//
// Memory is the whole process's; a Lease is what one request holds, charged to its
// clients (address, account). A request for more than is free waits, and meanwhile
// the lease that holds most without progress is evicted. Progress counts over the
// last seconds, not since the start: an early burst does not pay for a later stall.
//
// It knows nothing of HTTP, photos or the heap; it counts bytes that callers report.
//
// Caveats. A lease's evict function runs while the budget is locked: it may set
// a deadline or cancel a context, and must not call back.
package budget
