package models

import "errors"

// The faults a models folder can have. Each is wrapped with the file's name
// and what to do about it.
var (
	ErrManifest         = errors.New("the manifest is not valid")
	ErrManifestTooLarge = errors.New("the manifest is larger than 4 MiB")
	ErrMissing          = errors.New("the file is missing")
	ErrNotRegular       = errors.New("it is a folder, a pipe or a device, not a file")
	ErrEmpty            = errors.New("the file has 0 bytes")
	ErrPointer          = errors.New("the file is a Git LFS pointer, not the model")
	ErrSize             = errors.New("the size differs from the manifest")
	ErrSum              = errors.New("the sha256 differs from the manifest")
)
