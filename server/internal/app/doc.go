// Package app puts the rooms together: it is the only one that knows everyone.
//
// It reads the options, opens models and store, hands each room its own plain
// Config, runs the server or a sub-command, and closes everything in the
// reverse order. It holds no rule of any other room. Only main calls it.
//
// New blocks while the models are loaded and warmed; Run blocks until its
// context ends; Close is idempotent.
package app
