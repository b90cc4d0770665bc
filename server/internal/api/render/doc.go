// Package render writes stored values the way clients read them: times, numbers,
// and what is said of a record.
//
// It is a leaf: it knows package mango and nothing of HTTP. Every package of
// the interface may use it, so that a file name, a confidence or a note reads
// the same in each answer.
package render
