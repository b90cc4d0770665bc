// Package growth measures how the store behaves as it grows: insert, point
// read, pages of the history, filtered and deep pages, statistics, file size
// and memory at several numbers of records, in one run on one disk.
//
// It is no test and asserts nothing; its numbers are for docs/benchmarks.md.
// Caller: app, for `mangosense bench store`.
//
// Caveats. It writes about 900 bytes a record into a folder of its own under
// Config.Dir and removes it at the end.
package growth
