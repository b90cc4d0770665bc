package auth

import (
	"errors"

	"mangosense/server/internal/mango"
)

// What can be wrong with a key, a hash or a token.
var (
	ErrShortKey   = errors.New("key is shorter than 32 bytes")
	ErrHash       = errors.New("password hash is not one that is known")
	ErrToken      = errors.New("token is not valid")
	ErrExpired    = errors.New("token is expired")
	ErrEnded      = errors.New("token was ended")
	ErrNoAccount  = errors.New("token's account is gone or disabled")
	ErrSecretFile = errors.New("secret file is not usable")
)

func wrongLogin(public string) *mango.Error {
	return mango.Errorf(mango.Unauthenticated, "%s", public)
}

func wrongPassword(cause error) *mango.Error {
	return mango.Wrap(mango.Forbidden, cause, "The password is not right.")
}

// badToken says what is wrong with a token in the words that clients know.
func badToken(cause error, kind string) *mango.Error {
	public := "Given token not valid for any token type"
	if kind == refreshToken {
		public = "Invalid refresh token"
	}
	return mango.Wrap(mango.Unauthenticated, cause, public)
}
