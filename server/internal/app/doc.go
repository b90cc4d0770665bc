// Package app wires the packages together into a server; only it knows all of them.
//
// It opens models and store, gives each package its own Config from the options,
// runs the server and closes everything in reverse order. It has no rules of its
// own. Only cli calls it.
//
// New blocks while the models are loaded and warmed; Run blocks until its
// context ends; Close is idempotent.
package app
