package auth_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"mangosense/server/internal/mango"
)

func djangoToken(t *testing.T, key []byte, claims jwt.MapClaims) string {
	t.Helper()
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// TestDjangoTokens: the predecessor's tokens count for imported users, by their
// old ids, until they expire, and only with its key.
func TestDjangoTokens(t *testing.T) {
	key := bytes.Repeat([]byte("d"), 50)
	w := newWorld(t, nil)
	ctx := context.Background()
	if _, err := w.store.AddUser(ctx, mango.System, &mango.User{Username: "first"}); err != nil {
		t.Fatal(err) // takes id 1, which is not the predecessor's 1
	}
	id, err := w.store.AddUser(ctx, mango.System, &mango.User{Username: "ana", Origin: "django:1"})
	if err != nil {
		t.Fatal(err)
	}
	claims := func() jwt.MapClaims {
		return jwt.MapClaims{"token_type": "access", "user_id": 1, "jti": strings.Repeat("a", 32),
			"iat": w.clock.Now().Unix(), "exp": w.clock.Now().Add(time.Hour).Unix()}
	}
	good := djangoToken(t, key, claims())
	_, err = w.Authenticate(good)
	wantCode(t, err, mango.Unauthenticated) // the key is not known

	w.cfg.DjangoKey = key
	a := w.open(t)
	if by, err := a.Authenticate(good); err != nil || by.User != id {
		t.Errorf("%+v, %v; want user %d", by, err, id)
	}
	text := claims()
	text["user_id"] = "1" // as newer versions write it
	if by, err := a.Authenticate(djangoToken(t, key, text)); err != nil || by.User != id {
		t.Errorf("user_id as text: %+v, %v", by, err)
	}
	refresh := claims()
	refresh["token_type"] = "refresh"
	access, _, err := a.Refresh(djangoToken(t, key, refresh))
	if err != nil {
		t.Fatal(err)
	}
	if by, err := a.Authenticate(access); err != nil || by.User != id {
		t.Errorf("refreshed: %+v, %v", by, err)
	}
	head := func(change func(h map[string]any)) string {
		return resign(t, good, key, func(h, c map[string]any) { change(h) })
	}
	for name, token := range map[string]string{
		"other typ": head(func(h map[string]any) { h["typ"] = "at+jwt" }),
		"no typ":    head(func(h map[string]any) { delete(h, "typ") }),
		"critical":  head(func(h map[string]any) { h["crit"] = []string{"b64"} }),
		"names key": head(func(h map[string]any) { h["kid"] = "x" }),
	} {
		_, err := a.Authenticate(token)
		t.Run(name, func(t *testing.T) { wantCode(t, err, mango.Unauthenticated) })
	}
	for name, change := range map[string]func(jwt.MapClaims){
		"short jti":    func(c jwt.MapClaims) { c["jti"] = "abc" },
		"unknown user": func(c jwt.MapClaims) { c["user_id"] = 2 },
		"no exp":       func(c jwt.MapClaims) { delete(c, "exp") },
		"expired":      func(c jwt.MapClaims) { c["exp"] = w.clock.Now().Add(-time.Hour).Unix() },
		"refresh":      func(c jwt.MapClaims) { c["token_type"] = "refresh" },
		"no user":      func(c jwt.MapClaims) { delete(c, "user_id") },
		"no iat":       func(c jwt.MapClaims) { delete(c, "iat") },
	} {
		t.Run(name, func(t *testing.T) {
			c := claims()
			change(c)
			_, err := a.Authenticate(djangoToken(t, key, c))
			wantCode(t, err, mango.Unauthenticated)
		})
	}
	_, err = a.Authenticate(djangoToken(t, secret, claims()))
	wantCode(t, err, mango.Unauthenticated)

	// Its logout ends that token alone, until it would have expired.
	ended := claims()
	ended["jti"] = strings.Repeat("b", 32)
	if err := a.Logout(ctx, djangoToken(t, key, ended)); err != nil {
		t.Fatal(err)
	}
	_, err = a.Authenticate(djangoToken(t, key, ended))
	wantCode(t, err, mango.Unauthenticated)
	if _, err := a.Authenticate(good); err != nil {
		t.Errorf("another's logout ended it: %v", err)
	}

	w.clock.Pass(time.Second)
	if _, err := w.store.ChangeUser(ctx, mango.System, id, mango.UserChange{Password: new("x")}); err != nil {
		t.Fatal(err)
	}
	_, err = a.Authenticate(good)
	wantCode(t, err, mango.Unauthenticated) // a new password ends these too
}
