// Package config is the one table of the program's options: each is declared
// once, as a field of Options, and from there comes its flag, its environment
// variable of the same name, its help text and its row in docs/config.md.
//
// It reads no file and no environment by itself (kong does, when app parses the
// command line) and starts nothing. Only app reads Options; every other room is
// given plain values in its own Config.
//
// Validate names the option that is wrong, in the user's spelling.
package config
