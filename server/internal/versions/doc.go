// Package versions keeps the models that were added to the delivered ones: each
// in a folder of its own below one folder, written whole or not at all.
//
// It opens no model and chooses none: room modelset does. Callers: cli.
//
// Caveats. A version's id is made of its head's digest, so that the same head
// is the same version, and adding it again changes nothing. A power cut leaves a
// version or none: what lies in a folder whose name begins with a dot never
// answers, and goes when the next version is added.
package versions
