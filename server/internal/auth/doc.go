// Package auth knows who calls: passwords, tokens, signatures of photo
// addresses, and the rules of an account.
//
// It is no store (it is given mango.Users and mango.Sessions) and speaks no
// HTTP. Only api and app may call it.
//
// Caveats. Accounts are safe for concurrent use. A password check takes 19 MiB
// and tens of milliseconds of CPU; at most two run at one time, the rest wait
// until their context ends. A token's check touches no disk. Errors that a
// caller may see are mango.Errors; none reveals
// whether an address has an account.
//
// Tokens are JWTs, HS256 and nothing else, signed by a key that is derived
// from the secret. One login makes one session: its access tokens and its
// refresh token carry the same session id, so that logout ends all of them. A
// refresh token stays good after use, since phones keep the first one they got.
// A token also names the generation of its account: a new password, and disabling
// it, start the next one, and tokens of other generations are never valid again.
//
// A token issued in the future is valid: a Raspberry Pi that lost power starts with
// its clock in the past, and RFC 7519 requires no such check.
package auth
