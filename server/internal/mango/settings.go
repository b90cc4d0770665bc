package mango

// Settings are what an administrator chose at run time.
type Settings struct {
	// Models holds the file name of the active model of a kind; a kind that
	// is absent uses the manifest's default.
	Models map[Kind]string
	// Before holds the one before it, empty for the manifest's default; a kind
	// is absent where nothing was chosen yet.
	Before map[Kind]string `json:",omitempty"`
}

// ModelFile is one set of weights that could answer.
type ModelFile struct {
	Model
	Active        bool
	Width, Height int // of the input
	Classes       int
}
