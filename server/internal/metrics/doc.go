// Package metrics counts what the program does and sets up its log.
//
// The counters are the process's own (one registry), so that any room above
// the leaf may add to them without being handed anything; it is not a store
// and forgets everything at exit. No label carries anything a stranger chooses:
// routes, kinds, classes and codes only, so the number of series is bounded.
//
// All functions may be called from any goroutine and never block.
package metrics
