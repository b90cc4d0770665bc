// Package torture proves what store and media promise when things go wrong:
// kill -9 at a random moment, power loss between any two writes, every single
// write, sync and rename failing, a full disk, a read-only disk.
//
// It holds tests only. `go test` runs a bounded part; MANGOSENSE_TORTURE=full
// (make torture) runs all of it, MANGOSENSE_KILLS=N sets the number of kills.
// The victim is this test's own binary, started again with MANGOSENSE_VICTIM
// set: it writes into a folder and prints what was promised to it.
//
// Caveats: Linux. The fault test traces its victim (ptrace, amd64) and skips
// where that is forbidden; the full-disk test mounts a tmpfs and skips without
// the right to.
package torture
