// Package app puts the rooms together into a server: it is the only one that knows
// everyone.
//
// It opens models and store, hands each room its own plain Config out of the
// options, runs the server and closes everything in the reverse order. It holds
// no rule of any other room. Only cli calls it.
//
// New blocks while the models are loaded and warmed; Run blocks until its
// context ends; Close is idempotent.
package app
