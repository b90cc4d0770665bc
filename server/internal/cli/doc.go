// Package cli is the command line: its options, its commands, what they print and
// the exit codes.
//
// Serving is room app's; every other command opens the rooms that it needs itself
// and works beside a running server through room control. It reads options and
// environment, finds photos in folders, prints for people and, with --json, for
// programs, and holds no rule of another room. Only main calls it.
//
// Main blocks until the command is done; a first SIGINT or SIGTERM asks it to
// finish, a second one ends the program.
package cli
