package upload

import "errors"

// What a body can do wrong. All but ErrNoMemory are the sender's fault.
var (
	ErrMalformed     = errors.New("the multipart body is damaged")
	ErrBoundary      = errors.New("it does not begin with its boundary") // an ErrMalformed
	ErrFileTooLarge  = errors.New("the file is larger than allowed")
	ErrBodyTooLarge  = errors.New("the body is larger than allowed")
	ErrFieldTooLarge = errors.New("a field is larger than allowed")
	ErrTooManyParts  = errors.New("the body has more parts than allowed")
	ErrPartHeader    = errors.New("a part's header is larger than allowed")
	ErrEncoding      = errors.New("the body is in an encoding that is not read")
	ErrCompressed    = errors.New("the body is compressed")
	// ErrNoMemory: the system has no address space for a further upload.
	ErrNoMemory = errors.New("no memory is free for a further upload")
)
