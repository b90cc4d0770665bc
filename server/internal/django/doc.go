// Package django brings over what the Django predecessor kept: users, profiles,
// records with their photos, confirmations, notifications and the vocabulary,
// from its dumpdata JSON or its SQLite file.
//
// It is not a server and not a converter of models: it reads rows and calls
// the stores. Only app may call it; it runs while no server holds the store.
//
// Caveats. It may be run again: what has come before is recognised by its
// Origin ("django:" and the old id) and left as it is now, with all changes
// made since. Nothing of ours is overwritten: an account whose name or address
// is taken by another is left out with its records, and the Report names it.
// What is left out on purpose: addresses of clients, browser names and raw
// answers of the predecessor's log, Django's own sessions, groups and
// permissions. Photos pass through Config.Inspect and Config.Clean like any
// upload; a record whose photo is missing or broken comes without it.
//
// A dump is read once for each table, so that it need not fit in memory.
package django
