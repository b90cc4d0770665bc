// Package counted is ordered sets of (time, id) with counts: B+ trees in bbolt
// buckets whose inner nodes know how many entries lie below. So the length of a
// list, the number of entries before a moment, and any page of any merge of
// lists cost a few node reads, however long the lists are. bbolt's own buckets
// are ordered but not counted: there the millionth page is a walk over a million
// keys.
//
// It knows no record and no filter: what a list means is in its name, which is
// the store's business. It begins and ends no transaction. Caller: room store.
//
// # Caveats
//
// Lists is the view that one transaction has, and is used by one goroutine: it
// and every List of it die with the transaction. What Insert and Remove change
// is in memory until Flush; Choose and EachLength read the file, so a transaction
// that changed something flushes first. A batch of changes costs one write for
// each node that it touched. After Release nothing that was read through the
// Lists may be used but the entries of pages, which are copies.
//
// A node that cannot be read is codec.ErrDamaged; the list is unchanged then if
// it was being read, and must not be flushed if it was being changed.
//
// # Layout
//
// The root lies in bucket Roots under the list's name, the other nodes in bucket
// Nodes under name, 0, number (6 bytes). Both are values of room codec.
package counted
