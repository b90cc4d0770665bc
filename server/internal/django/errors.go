package django

import "errors"

// What can be wrong with a source or a row.
var (
	ErrNotADump     = errors.New("not a JSON file as dumpdata writes it")
	ErrNotADatabase = errors.New("not a database of the predecessor")
	ErrField        = errors.New("field cannot be read")
)
