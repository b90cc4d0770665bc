package auth

import "context"

// TokenKey and PhotoKey are for tests that forge.
func TokenKey(a *Accounts) []byte { return a.keys[0].tokens }
func PhotoKey(a *Accounts) []byte { return a.keys[0].photos }

// Occupy takes every place of the hasher, for tests of a busy server.
func Occupy(a *Accounts) {
	for range atOnce {
		if _, err := a.hasher.enter(Known(context.Background())); err != nil {
			panic(err)
		}
	}
}
