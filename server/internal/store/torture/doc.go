// Package torture proves what store and media promise when things go wrong:
// kill -9 at a random moment; power loss between any two pages of a commit, any
// two calls to the system, and on a real ext4 file system; every single write,
// sync and rename failing; rotten files; a full disk, a read-only disk.
//
// It holds tests only. `go test` runs a bounded part; MANGOSENSE_TORTURE=full
// (make torture) runs all of it, MANGOSENSE_KILLS=N sets the number of kills.
// The victim is this test's own binary, started again with MANGOSENSE_VICTIM
// set: it writes into a folder and prints what was promised to it.
//
// Caveats: Linux. Two tests trace their victim (ptrace, amd64) and skip where
// that is forbidden; those about a full, a read-only and a dying disk mount a
// tmpfs or an ext4 in a file and skip without the right to.
package torture
