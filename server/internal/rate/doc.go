// Package rate counts what each client does and says how long it must wait.
//
// It knows keys and times: who stands behind a key, what is counted and what a
// refusal looks like is its caller's. Package api's rooms call it.
//
// Caveats. A table has a fixed size, whatever number of keys strangers invent; a
// key that has used little may be forgotten, which favours its client. A nil
// Limiter lets everything pass. Time is that which passed, not the wall clock's. A
// Limiter may be used by any number of goroutines and needs no closing.
package rate
