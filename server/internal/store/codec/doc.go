// Package codec is the stored form of every value in the database: typed,
// versioned and checksummed bytes, and the functions that write and read them.
//
// It is not the database: it knows no bucket, no transaction and no file, and
// keeps nothing between calls. It decides nothing about a value either; what may
// be stored is the store's to say. Callers: room store and its rooms counted and
// repair.
//
// # Caveats
//
// What is on disk must be readable for ever. The places in words.go, the
// dictionary in answers.go and the bytes of type.go never change; a new field
// means a new version of its type or a flag that old values have off. Every
// decoder must be called with the key that the value was stored under: the
// checksum covers it. A decoder never panics and never asks for more memory than
// the value has bytes, whatever it is given; what it returns is a copy.
//
// # Layout of a value
//
//	type (1) version (1) payload CRC-32C (4, over key, type, version, payload)
//
// bbolt has no checksum on its data pages: with this one a flipped bit is
// noticed, and a value in an unused page can be told from noise. Numbers are
// varints, strings are a length and bytes, times are microseconds since 1970 (0:
// none), words that most values share are one byte (words.go).
package codec
