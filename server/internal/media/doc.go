// Package media keeps photos as files, named by the SHA-256 of the photo as it
// arrived, so that the same photo is kept once. A file is written and synced
// before the record that refers to it.
//
// It is not the store: it knows no user and checks no right, and it does not
// know which photos are needed: it asks (Remove, Sweep). It decodes
// nothing. Callers: api puts and opens, app sweeps, store's deletions reach
// Remove through app.
//
// Caveats. Close every Hold and every PhotoFile. While a Hold is open nothing
// removes its file: keep it until the record is stored. All calls are safe for
// concurrent use and block on the disk. Two programs must not sweep one folder
// at the same time: whoever holds the database may.
//
// Layout under Config.Dir, all private to the account that runs the program
// (folders 0700, files 0600):
//
//	mango_images/<first 2 hex digits>/<64 hex digits>.jpg|png|webp
//	mango_images/<2>/.<name>.<random>.tmp     being written
//
// To the outside a photo is called mango_images/<64 hex digits>.<ext>.
package media
