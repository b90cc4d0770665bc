// Package upload reads a multipart/form-data body as it arrives.
//
// It bounds whatever a stranger can grow: bytes of a file, number and size of
// the fields, length of part headers, and, through a Budget that all uploads of
// the process share, the memory that half-received photos hold. A sender holds
// no more than the bytes it has sent so far (rounded up to the next 64 KB, and
// 32 KB of headers and fields on their way) and no interpreter.
//
// It knows nothing of HTTP servers, photos or diagnoses: a reader goes in, a
// Form comes out. Only api calls it.
//
// Caveats. A Form's file bytes are mapped memory, not Go's, and valid until
// Release: afterwards they are gone, or another file's. Field values are the caller's.
// Read blocks on the sender; the deadlines are the reader's.
package upload
