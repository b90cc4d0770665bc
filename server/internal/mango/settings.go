package mango

// Settings are what an administrator chose at run time.
type Settings struct {
	// Models holds the file name of the active model of a kind; a kind that
	// is absent uses the manifest's default.
	Models map[Kind]string
}
