// Package mango defines the domain: diagnosis, record, user, the errors that a caller
// can distinguish, and the stores that other packages use.
//
// It is the leaf of the import graph: beside the standard library it imports the
// diseases' data file, does no I/O, starts no goroutine and keeps no state. Every
// other package may import it.
//
// Values are plain: a slice or pointer in them belongs to whoever received the
// value, never to a transaction, a tensor or a pool.
package mango
