package turbojpeg

import "errors"

// What the decoder can return. Each is wrapped with libjpeg-turbo's own words.
var (
	// ErrDecode: the file cannot be decoded at all.
	ErrDecode = errors.New("the JPEG cannot be decoded")
	// ErrIncomplete: the file ends too early; what is missing would be grey.
	ErrIncomplete = errors.New("the JPEG ends too early")
	// ErrCorrupt: the data contradicts itself, so that pixels were guessed.
	ErrCorrupt = errors.New("the JPEG is corrupt")
	// ErrSize: the file's size is not the one the caller promised.
	ErrSize = errors.New("the JPEG has another size than its header said")
	// ErrNoMemory: C memory ran out.
	ErrNoMemory = errors.New("no memory for the picture")
	// ErrClosed: the decoder was closed.
	ErrClosed = errors.New("the decoder is closed")
	// ErrJob: the caller's numbers make no sense; a fault of the program.
	ErrJob = errors.New("the decode job is not valid")
)
