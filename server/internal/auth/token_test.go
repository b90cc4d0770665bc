package auth_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"mangosense/server/internal/auth"
	"mangosense/server/internal/mango"
)

// part reads one segment of a token.
func part(t *testing.T, token string, i int) map[string]any {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestClaims(t *testing.T) {
	w := newWorld(t, nil)
	tokens, u := w.join(t)
	for kind, c := range map[string]struct {
		token string
		life  time.Duration
	}{"access": {tokens.Access, time.Hour}, "refresh": {tokens.Refresh, 7 * 24 * time.Hour}} {
		claims := part(t, c.token, 1)
		issued := float64(w.clock.Now().Unix())
		if claims["token_type"] != kind || claims["user_id"] != float64(u.ID) || claims["iat"] != issued || claims["exp"] != issued+c.life.Seconds() {
			t.Errorf("%s: %v", kind, claims)
		}
		if jti, _ := claims["jti"].(string); len(jti) != 32 || strings.Trim(jti, "0123456789abcdef") != "" {
			t.Errorf("%s: jti %v is not 32 hex digits", kind, claims["jti"])
		}
		if head := part(t, c.token, 0); head["alg"] != "HS256" {
			t.Errorf("%s: alg %v", kind, head["alg"])
		}
	}
}

// resign makes a token from another by changing head and claims; key nil means
// without a signature.
func resign(t *testing.T, token string, key []byte, change func(head, claims map[string]any)) string {
	t.Helper()
	head, claims := part(t, token, 0), part(t, token, 1)
	change(head, claims)
	segment := func(v any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	text := segment(head) + "." + segment(claims)
	if key == nil {
		return text + "."
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// padded is a good token with a claim that makes it n bytes long.
func padded(t *testing.T, token string, key []byte, n int) string {
	t.Helper()
	for pad := n / 2; pad < n; pad++ {
		for more := range 4 {
			out := resign(t, token, key, func(h, c map[string]any) {
				h["pad"], c["pad"] = strings.Repeat("a", more), strings.Repeat("a", pad)
			})
			if len(out) == n {
				return out
			}
		}
	}
	t.Fatalf("no token of %d bytes", n)
	return ""
}

// TestLikeForgedButGood: what stands closest to the refused ones.
func TestLikeForgedButGood(t *testing.T) {
	w := newWorld(t, nil)
	tokens, u := w.join(t)
	signing := auth.TokenKey(w.Accounts)
	for name, token := range map[string]string{
		"the longest":     padded(t, tokens.Access, signing, 4096),
		"user as text":    resign(t, tokens.Access, signing, func(h, c map[string]any) { c["user_id"] = strconv.FormatUint(u.ID, 10) }),
		"jti at the ends": resign(t, tokens.Access, signing, func(h, c map[string]any) { c["jti"] = strings.Repeat("09af", 8) }),
		"unknown claim":   resign(t, tokens.Access, signing, func(h, c map[string]any) { c["more"] = true }),
	} {
		if by, err := w.Authenticate(token); err != nil || by.User != u.ID {
			t.Errorf("%s: user %d, %v", name, by.User, err)
		}
	}
}

func TestForgedTokens(t *testing.T) {
	w := newWorld(t, nil)
	tokens, _ := w.join(t)
	signing := auth.TokenKey(w.Accounts) // what only a test may know
	same := func(head, claims map[string]any) {}
	if _, err := w.Authenticate(resign(t, tokens.Access, signing, same)); err != nil {
		t.Fatalf("the test cannot sign as the room does: %v", err)
	}
	for name, token := range map[string]string{
		"empty":              "",
		"not a token":        "null",
		"two dots":           "..",
		"a megabyte":         strings.Repeat("a", 1<<20),
		"no signature":       resign(t, tokens.Access, nil, func(h, c map[string]any) { h["alg"] = "none" }),
		"alg none, signed":   resign(t, tokens.Access, signing, func(h, c map[string]any) { h["alg"] = "none" }),
		"alg HS512":          resign(t, tokens.Access, signing, func(h, c map[string]any) { h["alg"] = "HS512" }),
		"other key":          resign(t, tokens.Access, bytes.Repeat([]byte("x"), 32), same),
		"the secret itself":  resign(t, tokens.Access, secret, same),
		"the photos' key":    resign(t, tokens.Access, auth.PhotoKey(w.Accounts), same),
		"refresh as access":  tokens.Refresh,
		"refresh renamed":    resign(t, tokens.Refresh, signing, func(h, c map[string]any) { c["token_type"] = "access" }),
		"other typ":          resign(t, tokens.Access, signing, func(h, c map[string]any) { h["typ"] = "JWT" }),
		"no typ":             resign(t, tokens.Access, signing, func(h, c map[string]any) { delete(h, "typ") }),
		"no kid":             resign(t, tokens.Access, signing, func(h, c map[string]any) { delete(h, "kid") }),
		"unknown kid":        resign(t, tokens.Access, signing, func(h, c map[string]any) { h["kid"] = "0000000000000000" }),
		"kid is a list":      resign(t, tokens.Access, signing, func(h, c map[string]any) { h["kid"] = []int{1} }),
		"critical extension": resign(t, tokens.Access, signing, func(h, c map[string]any) { h["crit"] = []string{"b64"} }),
		"other iss":          resign(t, tokens.Access, signing, func(h, c map[string]any) { c["iss"] = "elsewhere" }),
		"no iss":             resign(t, tokens.Access, signing, func(h, c map[string]any) { delete(c, "iss") }),
		"other aud":          resign(t, tokens.Access, signing, func(h, c map[string]any) { c["aud"] = "elsewhere" }),
		"no aud":             resign(t, tokens.Access, signing, func(h, c map[string]any) { delete(c, "aud") }),
		"no exp":             resign(t, tokens.Access, signing, func(h, c map[string]any) { delete(c, "exp") }),
		"exp is text":        resign(t, tokens.Access, signing, func(h, c map[string]any) { c["exp"] = "never" }),
		"user 0":             resign(t, tokens.Access, signing, func(h, c map[string]any) { c["user_id"] = 0 }),
		"negative user":      resign(t, tokens.Access, signing, func(h, c map[string]any) { c["user_id"] = -1 }),
		"huge user":          resign(t, tokens.Access, signing, func(h, c map[string]any) { c["user_id"] = 1e300 }),
		"unknown user":       resign(t, tokens.Access, signing, func(h, c map[string]any) { c["user_id"] = 4711 }),
		"jti in capitals":    resign(t, tokens.Access, signing, func(h, c map[string]any) { c["jti"] = strings.Repeat("A", 32) }),
		"jti below 0":        resign(t, tokens.Access, signing, func(h, c map[string]any) { c["jti"] = strings.Repeat("/", 32) }),
		"jti above 9":        resign(t, tokens.Access, signing, func(h, c map[string]any) { c["jti"] = strings.Repeat(":", 32) }),
		"jti below a":        resign(t, tokens.Access, signing, func(h, c map[string]any) { c["jti"] = strings.Repeat("`", 32) }),
		"jti above f":        resign(t, tokens.Access, signing, func(h, c map[string]any) { c["jti"] = strings.Repeat("g", 32) }),
		"long jti":           resign(t, tokens.Access, signing, func(h, c map[string]any) { c["jti"] = strings.Repeat("a", 33) }),
		"user quoted twice":  resign(t, tokens.Access, signing, func(h, c map[string]any) { c["user_id"] = `"1"` }),
		"user is empty text": resign(t, tokens.Access, signing, func(h, c map[string]any) { c["user_id"] = "" }),
		"other generation":   resign(t, tokens.Access, signing, func(h, c map[string]any) { c["gen"] = 1 }),
		"a byte too long":    padded(t, tokens.Access, signing, 4097),
		"short jti":          resign(t, tokens.Access, signing, func(h, c map[string]any) { c["jti"] = "abc" }),
		"no session":         resign(t, tokens.Access, signing, func(h, c map[string]any) { delete(c, "sid") }),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.Authenticate(token)
			wantCode(t, err, mango.Unauthenticated)
		})
	}
}

// TestWordsOfRefusals: clients know these by their words.
func TestWordsOfRefusals(t *testing.T) {
	w := newWorld(t, nil)
	_, access := w.Authenticate("x")
	_, _, refresh := w.Refresh("x")
	for got, want := range map[error]string{access: "Given token not valid for any token type", refresh: "Invalid refresh token"} {
		if e, ok := got.(*mango.Error); !ok || e.Public != want || !errors.Is(got, auth.ErrToken) {
			t.Errorf("says %+v, want %q", got, want)
		}
	}
}

// TestClockSteps: a token counts from the moment it is issued until it expires,
// wherever the clock stands in between: back to where a Raspberry Pi without
// power woke up, and after a jump ahead and back.
func TestClockSteps(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []time.Duration
		good  bool
	}{
		{"an hour back", []time.Duration{-time.Hour}, true},
		{"a year back", []time.Duration{-365 * 24 * time.Hour}, true},
		{"ten years ahead", []time.Duration{tenYears}, false},
		{"ten years ahead and back", []time.Duration{tenYears, -tenYears}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			tokens, _ := w.join(t)
			for _, d := range c.steps {
				w.clock.Step(d)
			}
			if _, err := w.Authenticate(tokens.Access); (err == nil) != c.good {
				t.Errorf("access: %v", err)
			}
			if _, _, err := w.Refresh(tokens.Refresh); (err == nil) != c.good {
				t.Errorf("refresh: %v", err)
			}
		})
	}
}

const tenYears = 10 * 365 * 24 * time.Hour

// TestEndedWhateverTheClock: what was ended stays ended, also a session that
// began while the clock was ten years ahead.
func TestEndedWhateverTheClock(t *testing.T) {
	ctx := context.Background()
	for name, end := range map[string]func(w *world, tokens auth.Tokens) error{
		"logout": func(w *world, tokens auth.Tokens) error { return w.Logout(ctx, tokens.Access) },
		"password": func(w *world, tokens auth.Tokens) error {
			_, err := w.ChangePassword(ctx, tokens.Access, goodPassword, "Tamaraw2026")
			return err
		},
	} {
		for _, begun := range []time.Duration{0, tenYears, -time.Hour} {
			w := newWorld(t, nil)
			w.clock.Step(begun)
			w.join(t)
			old, _, err := w.Login(ctx, "lito@farm.example", goodPassword)
			if err != nil {
				t.Fatal(err)
			}
			if err := end(w, old); err != nil {
				t.Fatal(err)
			}
			w.clock.Step(tenYears)
			other, _, err := w.Register(ctx, auth.Registration{FirstName: "Ana", LastName: "Cruz", Email: "ana@farm.example", Password: goodPassword, Address: "Jordan, Guimaras"})
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Logout(ctx, other.Access); err != nil { // drops what has expired
				t.Fatal(err)
			}
			for _, d := range []time.Duration{0, -tenYears, -tenYears, time.Hour, time.Hour} {
				w.clock.Step(d)
				if _, _, err := w.Refresh(old.Refresh); mango.CodeOf(err) != mango.Unauthenticated {
					t.Errorf("%s, begun at %s: at %s the refresh token counts: %v", name, begun, w.clock.Now(), err)
				}
			}
		}
	}
}

func TestTokenLife(t *testing.T) {
	w := newWorld(t, nil)
	tokens, _ := w.join(t)
	w.clock.Pass(59 * time.Minute)
	if _, err := w.Authenticate(tokens.Access); err != nil {
		t.Errorf("after 59 minutes: %v", err)
	}
	w.clock.Pass(2 * time.Minute)
	_, err := w.Authenticate(tokens.Access)
	wantCode(t, err, mango.Unauthenticated)
	for i := range 3 { // a refresh token stays good
		access, _, err := w.Refresh(tokens.Refresh)
		if err != nil {
			t.Fatalf("refresh %d: %v", i, err)
		}
		if _, err := w.Authenticate(access); err != nil {
			t.Errorf("refresh %d: %v", i, err)
		}
	}
	_, _, err = w.Refresh(tokens.Access)
	wantCode(t, err, mango.Unauthenticated)
	w.clock.Pass(7 * 24 * time.Hour)
	_, _, err = w.Refresh(tokens.Refresh)
	wantCode(t, err, mango.Unauthenticated)
}

// TestEndedAtOnce: what happens to an account happens to its tokens.
func TestEndedAtOnce(t *testing.T) {
	ctx := context.Background()
	for name, end := range map[string]func(w *world, tokens auth.Tokens, id uint64) error{
		"disabled": func(w *world, _ auth.Tokens, id uint64) error {
			_, err := w.store.ChangeUser(ctx, mango.System, id, mango.UserChange{Disabled: new(true)})
			return err
		},
		"deleted": func(w *world, _ auth.Tokens, id uint64) error { return w.store.DeleteUser(ctx, mango.System, id) },
		"new password from the command line": func(w *world, _ auth.Tokens, id uint64) error {
			_, err := w.store.ChangeUser(ctx, mango.System, id, mango.UserChange{Password: new("x")})
			return err
		},
		"logout": func(w *world, tokens auth.Tokens, _ uint64) error { return w.Logout(ctx, tokens.Access) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			tokens, u := w.join(t)
			if err := end(w, tokens, u.ID); err != nil {
				t.Fatal(err)
			}
			_, err := w.Authenticate(tokens.Access)
			wantCode(t, err, mango.Unauthenticated)
			_, _, err = w.Refresh(tokens.Refresh)
			wantCode(t, err, mango.Unauthenticated)
		})
	}
}

// TestLogoutIsOneSession: another login of the same user goes on.
func TestLogoutIsOneSession(t *testing.T) {
	w := newWorld(t, nil)
	one, _ := w.join(t)
	two, _, err := w.Login(context.Background(), "lito@farm.example", goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Logout(context.Background(), one.Access); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Authenticate(two.Access); err != nil {
		t.Error(err)
	}
}

func TestKeyRotation(t *testing.T) {
	w := newWorld(t, nil)
	old, _ := w.join(t)
	link := w.SignPhoto("mango_images/a.jpg", w.clock.Now().Add(time.Hour))

	w.cfg.Secret, w.cfg.Previous = bytes.Repeat([]byte("n"), 32), [][]byte{secret}
	rotated := w.open(t)
	if _, err := rotated.Authenticate(old.Access); err != nil {
		t.Errorf("in the overlap: %v", err)
	}
	if !rotated.PhotoSigned("mango_images/a.jpg", stamp(w.clock.Now().Add(time.Hour)), link) {
		t.Error("in the overlap a photo's address does not count")
	}
	access, _, err := rotated.Refresh(old.Refresh)
	if err != nil {
		t.Fatal(err)
	}

	w.cfg.Previous = nil
	after := w.open(t)
	if _, err := after.Authenticate(access); err != nil {
		t.Errorf("signed in the overlap by the new key: %v", err)
	}
	_, err = after.Authenticate(old.Access)
	wantCode(t, err, mango.Unauthenticated)
}

func TestShortKeys(t *testing.T) {
	w := newWorld(t, nil)
	for name, change := range map[string]func(*auth.Config){
		"secret":   func(c *auth.Config) { c.Secret = secret[:31] },
		"none":     func(c *auth.Config) { c.Secret = nil },
		"previous": func(c *auth.Config) { c.Previous = [][]byte{secret[:8]} },
		"django":   func(c *auth.Config) { c.DjangoKey = secret[:31] },
	} {
		cfg := w.cfg
		change(&cfg)
		if _, err := auth.New(cfg); err == nil {
			t.Errorf("%s: a key of less than 256 bits was taken", name)
		}
	}
}

func FuzzAuthenticate(f *testing.F) {
	w := newWorld(f, nil)
	f.Add("a.b.c")
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Fuzz(func(t *testing.T, token string) {
		if by, err := w.Authenticate(token); err == nil {
			t.Errorf("%q lets user %d in", token, by.User)
		} else if mango.CodeOf(err) != mango.Unauthenticated {
			t.Errorf("%q: %v", token, err)
		}
	})
}
