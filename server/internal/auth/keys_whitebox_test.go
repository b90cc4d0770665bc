package auth

// TokenKey and PhotoKey are for tests that forge.
func TokenKey(a *Accounts) []byte { return a.keys[0].tokens }
func PhotoKey(a *Accounts) []byte { return a.keys[0].photos }
