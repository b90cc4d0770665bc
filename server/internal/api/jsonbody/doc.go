// Package jsonbody reads the JSON that clients send: within bounds that are checked on
// its bytes before anything is built of it, and field by field, so that one answer
// names all faults.
//
// It knows no request and no resource: package kit takes bodies in and calls it.
package jsonbody
