// Package upload reads a multipart/form-data body as it arrives.
//
// It bounds whatever a stranger can grow: bytes of a file, number and size of
// the fields, length of part headers. All that it holds is charged to a lease of
// the process's memory budget before it is held. A sender holds no more than the
// bytes it has sent so far (files rounded up to the next 64 KB, fields twice,
// and 52 KB while they arrive) and no interpreter.
//
// It knows nothing of HTTP servers, photos or diagnoses: a reader goes in, a
// Form comes out. Only api calls it.
//
// Caveats. A Form's file bytes are mapped memory, not Go's, and valid until
// Release: afterwards they are gone, or another file's. Field values are the caller's.
// Read blocks on the sender; the deadlines are the reader's.
package upload
