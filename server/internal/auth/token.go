package auth

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"mangosense/server/internal/mango"
)

// What our tokens say of themselves. typ keeps the two kinds apart even where
// somebody reads no claims (RFC 8725 3.11).
const (
	issuer       = "mangosense"
	audience     = "mangosense"
	accessToken  = "access"
	refreshToken = "refresh"
	sessionToken = "session" // in the cookie of the pages
	accessType   = "mango-access+jwt"
	refreshType  = "mango-refresh+jwt"
	sessionType  = "mango-session+jwt"
)

// maxToken bounds what is parsed at all; ours have about 400 bytes.
const maxToken = 4 << 10

// claims are a token's. user_id, token_type, jti, exp and iat are what the
// predecessor's clients and tools know.
type claims struct {
	jwt.RegisteredClaims
	TokenType string `json:"token_type"`
	UserID    userID `json:"user_id"`
	// Session is shared by all tokens of one login.
	Session string `json:"sid,omitempty"`
	// SessionEnd is when the login's refresh token expires.
	SessionEnd *jwt.NumericDate `json:"sxp,omitempty"`
	// Generation is the account's SessionsFrom in microseconds.
	Generation int64 `json:"gen,omitempty"`

	django bool
}

// userID is a number; the predecessor's newest versions write it as a string.
type userID uint64

func (u *userID) UnmarshalJSON(text []byte) error {
	n, err := strconv.ParseUint(strings.Trim(string(text), `"`), 10, 64)
	if err != nil {
		return fmt.Errorf("cannot read user_id: %w", ErrToken)
	}
	*u = userID(n)
	return nil
}

// parsers read tokens; the algorithm is pinned in both.
type parsers struct{ own, django *jwt.Parser }

func newParsers(now func() time.Time) parsers {
	common := []jwt.ParserOption{
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(now), jwt.WithStrictDecoding(),
	}
	return parsers{
		own:    jwt.NewParser(append([]jwt.ParserOption{jwt.WithIssuer(issuer), jwt.WithAudience(audience)}, common...)...),
		django: jwt.NewParser(append([]jwt.ParserOption{jwt.WithLeeway(time.Minute)}, common...)...),
	}
}

// parse checks a token's signature and claims, not its account.
func (a *Accounts) parse(text, kind string) (*claims, error) {
	if len(text) > maxToken {
		return nil, ErrToken
	}
	c := &claims{}
	head, _, err := a.parsers.own.ParseUnverified(text, &claims{})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrToken, err)
	}
	if _, named := head.Header["kid"]; named {
		_, err = a.parsers.own.ParseWithClaims(text, c, a.ownKey(kind))
	} else {
		_, err = a.parsers.django.ParseWithClaims(text, c, a.djangoKey)
		c.django = true
	}
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return nil, ErrExpired
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrToken, err)
	case c.TokenType != kind, c.django && kind == sessionToken, c.UserID == 0, !isHex32(c.ID), !c.django && !isHex32(c.Session):
		return nil, ErrToken
	}
	if c.django {
		id, known := a.django[uint64(c.UserID)]
		if !known {
			return nil, ErrNoAccount
		}
		c.UserID, c.Session = userID(id), c.ID
	}
	return c, nil
}

// typeOf is the header that a kind of token carries.
func typeOf(kind string) string {
	switch kind {
	case accessToken:
		return accessType
	case sessionToken:
		return sessionType
	}
	return refreshType
}

// ownKey finds the key that a token names, among ours.
func (a *Accounts) ownKey(kind string) jwt.Keyfunc {
	want := typeOf(kind)
	return func(t *jwt.Token) (any, error) {
		if _, critical := t.Header["crit"]; critical || t.Header["typ"] != want {
			return nil, ErrToken
		}
		for _, k := range a.keys {
			if t.Header["kid"] == k.id {
				return k.tokens, nil
			}
		}
		return nil, ErrToken
	}
}

// djangoKey is the predecessor's, whose tokens name none.
func (a *Accounts) djangoKey(t *jwt.Token) (any, error) {
	if _, critical := t.Header["crit"]; critical || len(a.cfg.DjangoKey) == 0 || t.Header["typ"] != "JWT" {
		return nil, ErrToken
	}
	return a.cfg.DjangoKey, nil
}

// issue signs a token with the current key.
func (a *Accounts) issue(u mango.User, kind, session string, end time.Time) (string, error) {
	now, life := a.now(), a.cfg.RefreshLife
	if kind == accessToken {
		life = a.cfg.AccessLife
		if u.Admin {
			life = a.cfg.AdminAccessLife
		}
	}
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, &claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Audience: jwt.ClaimStrings{audience}, ID: randomHex(16),
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(life)),
		},
		TokenType: kind, UserID: userID(u.ID), Session: session, SessionEnd: jwt.NewNumericDate(end), Generation: generation(u),
	})
	t.Header["typ"], t.Header["kid"] = typeOf(kind), a.keys[0].id
	signed, err := t.SignedString(a.keys[0].tokens)
	if err != nil {
		return "", fmt.Errorf("cannot sign a token: %w", err)
	}
	return signed, nil
}

func generation(u mango.User) int64 {
	if u.SessionsFrom.IsZero() {
		return 0
	}
	return u.SessionsFrom.UnixMicro()
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b) // never fails: the program ends first
	return hex.EncodeToString(b)
}

func isHex32(s string) bool {
	if len(s) != 32 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
