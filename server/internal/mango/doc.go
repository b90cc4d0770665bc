// Package mango holds the words of the program: what a diagnosis, a record and
// a user are, which errors a caller can tell apart, and which stores the rooms
// expect to be given.
//
// It is the leaf of the house: it imports the standard library alone, does no
// I/O, starts no goroutine and keeps no state. Every other room may import it.
//
// Values are plain: a slice or pointer in them belongs to whoever received the
// value, never to a transaction, a tensor or a pool.
package mango
