// Package repair reads database files whose pages cannot be trusted. It has the
// first of three acts, and half of the second:
//
//	verify   looks at a file and says whether it is sound; it changes nothing
//	repair   makes a sound file of what can be read of a damaged one: this room
//	         reads its rows, room store makes a new file of them
//	restore  puts a backup in the database's place: room store alone
//
// It knows bbolt's pages and no record: which buckets there are and which rows
// are sound is in the Source that it is given. It writes nothing. Caller: room
// store.
//
// # Caveats
//
// Whatever it is given, it ends, and does not panic: pages are read with plain
// reads, numbers in them are checked before they are used, and no page is visited
// twice on one way. That is why it is not bbolt's own check, which walks the
// memory map on a goroutine of its own and ends the program at a page that leads
// behind the file's end or back to itself. A page that other transactions may
// overwrite is read as it comes: only the state that an open transaction sees can
// be verified while others write.
//
// # What a repair finds
//
// Rows in the tree of their bucket; the buckets by the root before, where the
// newest cannot be read; rows in pages that nothing leads to, where a branch is
// damaged. Deleted rows lie in free pages, which are left out where the list of
// them can be read. What each of these steps is worth is in docs/store.md.
package repair
