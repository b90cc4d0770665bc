package mango

// Once makes a save repeatable: asked again under the same key it stores
// nothing and gives the first answer. Keys belong to the actor. They are kept
// for a day by a clock that jumps cannot hurry, but no more of them than
// docs/api.md says: beyond that the oldest go first.
type Once struct {
	Key     string
	Request [32]byte // digest of what was asked, to find a key that is used twice
	// Answer makes the answer that is kept, within the transaction that stores
	// the records. It may be called more than once, and must not block.
	Answer func(saved []Saved) []byte
}

// Saved is a record that was stored.
type Saved struct {
	ID uint64
	// DuplicateOf is the newest record of the same photo that the same user
	// stored within ten minutes of this one; 0: there is none.
	DuplicateOf uint64
}
