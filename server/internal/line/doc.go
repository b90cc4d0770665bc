// Package line foretells how long a photo will wait, so that one that would wait too
// long is refused when its request's head has come, before its body is read.
//
// It counts the requests that need the processor now and learns from their ends how
// long one takes. A client's own requests weigh against it alone: whoever has one
// waits for one of each other client at most, however many another has.
//
// It holds nobody up: memory and admission do that, in their own order. It knows
// nothing of HTTP or photos. Any goroutine may call anything.
package line
