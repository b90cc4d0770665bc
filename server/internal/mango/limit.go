package mango

import "errors"

// Limit is one row of docs/limits.md: a bound on what a client may hold, cost or
// fill. It is declared beside the code that keeps it.
type Limit struct {
	Of    string // what is bounded, and for whom
	Bound string // how much
	Then  string // what happens at the bound
}

// ErrQuota is the cause of a StoreFull that is the account's, not the disk's.
var ErrQuota = errors.New("the account has filled its quota")
