// Package store keeps what must not be lost: records of diagnoses, accounts,
// confirmations, notifications, the vocabulary and the settings, in one bbolt
// file. It checks in every call whether the actor may do what is asked.
//
// It is not the media room (photos are files there; the store only counts who
// needs them), knows no HTTP and no token, and words no answer but the public
// sentence of an error. bbolt is used here and nowhere else. Callers: app opens
// it, api and auth use it through the interfaces of package mango, control runs
// its maintenance.
//
// # Caveats
//
// One program at a time: Open takes the lock file beside the database, also for
// reading. A call that writes blocks until the disk has it, and does so even
// when its context ends after the write was queued. Values returned belong to
// the caller. Close waits for writes under way; calls after it fail with
// StoreDown. When the disk does not take a write, the file is closed, forgotten by
// the kernel and read again from the disk before anything else is answered: calls
// fail with StoreDown meanwhile. While the disk can only be read, so can the store:
// writes fail with StoreFailed until the disk takes them again. A file that is
// removed or replaced while it is open takes no writes either (displaced.go). Pages
// are read through a memory map, one at a time.
//
// # Damage
//
// A value that does not match its checksum, a page that the disk cannot give and
// a page that bbolt does not understand fail the call that met them, with
// StoreFailed, and nobody else's: the rest is served. The damage is logged with
// its bucket and key or its page, Health says StoreIsDamaged, and with
// Config.SelfRepair it is repaired in the background. A panic of this program is
// none of that: it is an Internal error, logged with its stack (panic.go).
//
// Three acts deal with it, each with one verb. Verify looks and changes nothing
// (Check, and the checks of a file before it is opened). Repair makes a sound file
// of what can be read of the damaged one, which it puts aside: whole rows, read by
// room repair, then those of the newest sound backup, and indexes made anew.
// Restore puts a backup in the database's place. To open a file again after the
// disk failed is none of them (reopen.go).
//
// # Locks
//
// In this order, outermost first: maintenance, committing, mu or memory.mu
// (package ordered; the tests of this room check it). maintenance and committing
// may be held over the disk. mu and memory.mu are held for a look: never over a
// read, a call of a function that was handed in, or each other. A read holds no
// lock of ours. bbolt's own locks come after all of them; database.go keeps a
// panic from leaving them locked.
//
// # Layout, schema 1
//
// Keys are big-endian numbers unless said; (n) is a length in bytes. Every value
// is sealed: type, version, payload, CRC-32C over key and body (room codec).
//
//	meta           "schema", "totals", "date" (calendar.go)
//	records        id(8)                → a record, ≤ 600 bytes as the app sends it
//	lists          name                 → root of an ordered, counted list (room counted)
//	nodes          name 0 number(6)     → its other nodes
//	days           day(4)               → records by kind and class of a day, UTC
//	photos         photo user(8) id(8)  → bytes on disk: who refers to a file of room media
//	names          file name 0 id(8)    → nothing: search by file name
//	origins        r|u|c|n origin       → id of what was imported under that name
//	users          id(8)                → an account
//	usernames      folded name          → id
//	emails         folded address       → id
//	sessions       session id           → when its last token expires, whose it was
//	confirmations  id(8)                → a confirmation
//	confirmed      record(8)            → its confirmation
//	notifications  id(8)                → a notification
//	notified       record(8) id(8)      → nothing: its notifications
//	symptoms, aliases, diseases, links  id(8) → the vocabulary
//	settings       name                 → a choice; "advice/…": an edited section of the advice
//	replies        id(8)                → the answer to a save that had a key
//	replied        user(8) key(32)      → its id
//
// Ids ascend from 1 in each bucket and are never used again.
//
// Indexes are lists ordered by time and id. Each family cuts its entries by
// everything that can be filtered on, so that any filter is a choice of lists,
// its total a sum, and any page of it a merge (recordindex.go):
//
//	a                                     all records
//	r scope kind verified ready class     the same, cut
//	u user(8) kind verified ready class   the records of a user
//	l class                               records with a place
//	t lat(2) lon(2) class                 the same by tiles of 0.1 degree, read by no query
//	p tier                                records with a photo, by how long it is kept
//	c correct disease                     confirmations
//	d user(8) correct disease             confirmations of a user
//	n                                     notifications
//
// A change of this layout is a new schema number and a step in schema.go; the
// file of the schema before goes into testdata first, and must open for ever.
//
// One transaction covers a whole call: a record with its indexes, day count,
// photo reference, notification. Calls that wait together share a transaction
// and its sync (room commit). Only the deletion of an account takes several; a
// crash in between is finished at the next Open.
package store
