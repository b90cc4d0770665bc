// Package metrics counts what the program does and sets up its log.
//
// The counters are global (one registry), so that any package may add to them, and
// end with the process. No label carries what a client chooses: routes, kinds,
// classes and codes only, so the number of series is bounded.
//
// All functions may be called from any goroutine and never block.
package metrics
