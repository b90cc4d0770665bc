// Package disk writes files so that a power cut leaves the old file or the new
// one, never half of one: temporary file, fsync,
// rename, fsync of the folder. It also knows the free space of a disk, and maps
// disk errors to the caller's.
//
// It is no cache and no file system: it keeps no state but a Guard's numbers,
// starts no goroutine and takes no lock. Callers: store, media, control.
//
// Caveats. Every call blocks on the disk. A temporary file that a crash leaves
// behind is named ".<name>.<random>.tmp" beside its target; IsTemp knows it.
// Linux only.
package disk
