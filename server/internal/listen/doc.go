// Package listen accepts connections for as long as the program lives.
//
// The types to know: Patient is a listener whose Accept survives temporary errors
// (no descriptors, no buffers, a peer that went away). Guard is a Patient that
// bounds connections, in all and by client, and closes the longest idle one for a
// new one: a client that keeps opening connections closes its own. It knows
// of a connection whether its other side has gone. TLS serves a certificate that is
// read again when its files change.
//
// It is no server and knows no HTTP. app opens the addresses, api says of each
// connection when a request is under way, control accepts commands through it.
//
// Caveats before use:
//
//   - A connection that is not Busy may be closed at any moment. Whoever serves it
//     says Busy once a request has arrived and Idle once it is answered.
//   - One that is Waiting may be closed too, when all are busy and its client has
//     many more than another that asks for one.
//   - A connection that is Reserved came when all others were busy: it may be asked
//     for nothing that takes time.
//   - A connection behind a trusted proxy stands for many clients: it counts in
//     all, not by client.
//   - Under Guard.mu nothing is called: connections and files are opened and closed
//     outside it.
package listen
