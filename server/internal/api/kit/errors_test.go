package kit_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

// TestOnePlaceAnswersErrors: the code makes the status, the sentence the body;
// the cause is never sent, and logged only where it is the server's.
func TestOnePlaceAnswersErrors(t *testing.T) {
	cause := errors.New("secret cause")
	invalid := &mango.Error{Code: mango.Invalid, Public: "Wrong.", Cause: cause, Fields: []string{"name: must be text", "data: is the envelope's", "name: is too long", "Odd: x"}}
	for _, c := range []struct {
		name    string
		err     error
		status  int
		has     map[string]string // of the body
		header  map[string]string
		logged  bool
		counted bool
	}{
		{name: "a fault of the client's", err: mango.Wrap(mango.NotFound, cause, "Gone."), status: 404,
			has: map[string]string{"success": "false", "message": "Gone.", "error": "Gone.", "detail": "Gone.", "errors": "[Gone.]", "error_code": "NOT_FOUND", "data": "map[]"}},
		{name: "wrapped on its way", err: fmt.Errorf("cannot do it: %w", mango.Wrap(mango.Forbidden, cause, "No.")), status: 403, has: map[string]string{"message": "No."}},
		{name: "no code", err: cause, status: 500, logged: true, has: map[string]string{"error_code": "INTERNAL_ERROR"}},
		{name: "a deadline", err: fmt.Errorf("cannot wait: %w", context.DeadlineExceeded), status: 504, has: map[string]string{"error_code": "TIMEOUT"}},
		{name: "a code that is not known", err: mango.Errorf("new", "New."), status: 500, has: map[string]string{"error_code": "new"}},
		{name: "the store", err: mango.Wrap(mango.StoreFailed, cause, "Not stored."), status: 500, logged: true},
		{name: "the disk is full", err: mango.Wrap(mango.StoreFull, cause, "Full."), status: 507, logged: true},
		{name: "an account is full", err: mango.Wrap(mango.StoreFull, mango.ErrQuota, "Full."), status: 507},
		{name: "busy", err: mango.Wrap(mango.Busy, cause, "Busy."), status: 503, header: map[string]string{"Retry-After": "2"}},
		{name: "busy for longer", err: &mango.Error{Code: mango.Busy, Public: "Busy.", Retry: 7 * time.Second}, status: 503, header: map[string]string{"Retry-After": "7"}},
		{name: "busy for an hour", err: &mango.Error{Code: mango.Busy, Public: "Busy.", Retry: time.Hour}, status: 503, header: map[string]string{"Retry-After": "60"}},
		{name: "nobody", err: mango.Errorf(mango.Unauthenticated, "Who?"), status: 401, header: map[string]string{"WWW-Authenticate": `Bearer realm="api"`}, has: map[string]string{"code": "-"}},
		{name: "a bad token", err: kit.BadToken(mango.Errorf(mango.Unauthenticated, "Who?"), "access"), status: 401,
			header: map[string]string{"WWW-Authenticate": `Bearer realm="api"`}, has: map[string]string{"code": "token_not_valid", "messages": "[map[message:Token is invalid or expired token_class:AccessToken token_type:access]]", "error_code": "NOT_AUTHENTICATED"}},
		{name: "a photo", err: kit.Counted(mango.Errorf(mango.InvalidPhoto, "No photo.")), status: 400, counted: true},
		{name: "by field", err: kit.ByField(invalid), status: 400, has: map[string]string{"name": "[must be text is too long]", "data": "map[]", "Odd": "-", "message": "Wrong."}},
		{name: "by field, taken", err: kit.ByField(&mango.Error{Code: mango.Conflict, Public: "Taken.", Fields: []string{"key: is taken"}}), status: 400, has: map[string]string{"key": "[is taken]", "error_code": "INVALID_REQUEST"}},
		{name: "by field, not there", err: kit.ByField(&mango.Error{Code: mango.NotFound, Public: "Gone.", Fields: []string{"key: is gone"}}), status: 404, has: map[string]string{"key": "-"}},
		{name: "with data", err: kit.WithData(mango.Errorf(mango.NotProvided, "Elsewhere."), map[string]int{"n": 1}), status: 501, has: map[string]string{"data": "map[n:1]"}},
		{name: "counted and with data", err: kit.Counted(kit.WithData(mango.Errorf(mango.Busy, "Busy."), []int{1})), status: 503, counted: true, has: map[string]string{"data": "[1]"}},
		{name: "marked, then wrapped", err: fmt.Errorf("cannot: %w", kit.Counted(mango.Errorf(mango.Invalid, "No."))), status: 400, counted: true},
		{name: "renamed", err: kit.Renamed(mango.Errorf(mango.NotFound, "x"), "Image not found"), status: 404, has: map[string]string{"message": "Image not found"}},
		{name: "not renamed", err: kit.Renamed(mango.Errorf(mango.Conflict, "x"), "Image not found"), status: 409, has: map[string]string{"message": "x"}},
		{name: "a field that is missing", err: kit.Missing("name"), status: 400, has: map[string]string{"message": "Missing required field: name", "errors": "[name: is required]"}},
		{name: "ids that name nothing", err: kit.UnknownImages(&mango.Error{Code: mango.NotFound, Public: "x", Fields: []string{"7", "9"}}), status: 400, has: map[string]string{"message": "Images with IDs [7, 9] do not exist"}},
		{name: "ids, and the store is down", err: kit.UnknownImages(mango.Errorf(mango.StoreDown, "Down.")), status: 503, has: map[string]string{"message": "Down."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, func(*kit.Call) error { return c.err })
			a := s.send(t, nil, nil)
			if a.status != c.status {
				t.Errorf("status %d, want %d", a.status, c.status)
			}
			for name, want := range c.has {
				if got := a.at(name); got != want {
					t.Errorf("%s is %s, want %s", name, got, want)
				}
			}
			for name, want := range c.header {
				if got := a.header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			log, refused := s.said()
			if (log != "") != c.logged || c.logged && !strings.Contains(log, "secret cause") {
				t.Errorf("logged %q, want a line: %v", log, c.logged)
			}
			if (len(refused) == 1) != c.counted {
				t.Errorf("counted %v, want one: %v", refused, c.counted)
			}
			if strings.Contains(fmt.Sprint(a.body), "secret") {
				t.Errorf("the cause is sent: %v", a.body)
			}
		})
	}
	if kit.Renamed(nil, "x") != nil {
		t.Error("nothing was renamed to an error")
	}
}

// TestLostIsCountedAndLogged: what is answered all the same is known of.
func TestLostIsCountedAndLogged(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    error
		logged bool
	}{
		{"the disk", mango.Errorf(mango.StoreFailed, "Not written."), true},
		{"the store is down", mango.Errorf(mango.StoreDown, "Down."), true},
		{"the account is full", mango.Wrap(mango.StoreFull, mango.ErrQuota, "Full."), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, func(call *kit.Call) error {
				call.Lost(c.err)
				return call.Reply("Diagnosed.", nil)
			})
			if a := s.send(t, nil, nil); a.status != 200 || a.at("message") != "Diagnosed." {
				t.Errorf("%d %v", a.status, a.body)
			}
			if log, refused := s.said(); (log != "") != c.logged || len(refused) != 1 || refused[0] != string(mango.CodeOf(c.err)) {
				t.Errorf("logged %q, counted %v", log, refused)
			}
		})
	}
}

// TestRefusedSendersSeeTheAnswer: whoever is refused before its body was read
// gets the answer, and keeps its connection where little is left to read; a body that
// cannot be read ends it.
func TestRefusedSendersSeeTheAnswer(t *testing.T) {
	for _, c := range []struct {
		name    string
		handler kit.Handler
		body    func() io.Reader
		header  map[string]string
		status  int
		closed  bool
	}{
		{name: "unread", handler: func(*kit.Call) error { return mango.Errorf(mango.Forbidden, "No.") }, body: func() io.Reader { return text(2 << 20) }, status: 403, closed: true},
		{name: "unread, and short", handler: func(*kit.Call) error { return mango.Errorf(mango.Forbidden, "No.") }, body: func() io.Reader { return text(32 << 10) }, status: 403},
		{name: "too long to be read", handler: func(c *kit.Call) error { _, err := c.Object(); return err }, body: func() io.Reader { return text(1 << 20) }, status: 413, closed: true},
		{name: "too long, undeclared", handler: func(c *kit.Call) error { _, err := c.Object(); return err }, body: func() io.Reader { return io.MultiReader(text(1 << 20)) }, status: 413, closed: true},
		{name: "no JSON", handler: func(c *kit.Call) error { _, err := c.Object(); return err }, body: func() io.Reader { return text(10) }, status: 400},
		{name: "no form", handler: func(c *kit.Call) error { _, err := c.Receive(1, func(string) bool { return true }); return err }, body: func() io.Reader { return text(1 << 20) }, status: 415, closed: true},
		{name: "a body larger than may be", handler: func(c *kit.Call) error { _, err := c.Whole(1 << 10); return err }, body: func() io.Reader { return text(1 << 20) }, status: 413, closed: true},
		{name: "compressed", handler: func(c *kit.Call) error { return c.Plain() }, body: func() io.Reader { return text(1 << 20) }, header: map[string]string{"Content-Encoding": "gzip"}, status: 415, closed: true},
		{name: "too slow", handler: func(*kit.Call) error { return mango.Errorf(mango.Slow, "Too slow.") }, body: func() io.Reader { return text(1 << 10) }, status: 408, closed: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := serve(t, c.handler).send(t, c.body(), c.header)
			if a.status != c.status || a.at("success") != "false" {
				t.Errorf("%d %v, want %d", a.status, a.body, c.status)
			}
			if closed := a.closed; closed != c.closed {
				t.Errorf("the connection is closed: %v, want %v", closed, c.closed)
			}
		})
	}
}

// TestStrangersToken: only who sent a token is told that it is bad.
func TestStrangersToken(t *testing.T) {
	for _, c := range []struct{ authorization, code string }{
		{"", "-"}, {"Bearer x", "token_not_valid"}, {"bearer x", "token_not_valid"}, {"Token null", "-"}, {"Bearer ", "-"},
	} {
		s := serve(t, func(c *kit.Call) error { return c.Stranger(c.Unknown()) })
		a := s.send(t, nil, map[string]string{"Authorization": c.authorization})
		if a.status != 401 || a.at("code") != c.code {
			t.Errorf("%q: %d, code %s, want %s", c.authorization, a.status, a.at("code"), c.code)
		}
	}
}

// TestMayStore: who is nobody is refused, unless nobody can be known now.
func TestMayStore(t *testing.T) {
	down := mango.Errorf(mango.StoreDown, "down")
	for _, c := range []struct {
		name    string
		by      mango.Actor
		unknown error
		lost    mango.Code
		code    mango.Code
	}{
		{"a user", mango.Actor{User: 7}, nil, "", ""},
		{"nobody", mango.Actor{}, nil, "", mango.Unauthenticated},
		{"a bad token", mango.Actor{}, mango.Errorf(mango.Unauthenticated, "bad"), "", mango.Unauthenticated},
		{"the accounts cannot be read", mango.Actor{}, down, mango.StoreDown, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, func(call *kit.Call) error {
				call.LetIn(c.by, c.unknown)
				lost, err := call.MayStore()
				if lost != nil && mango.CodeOf(lost) != c.lost || (lost == nil) != (c.lost == "") {
					t.Errorf("lost: %v", lost)
				}
				if err != nil && mango.CodeOf(err) != c.code || (err == nil) != (c.code == "") {
					t.Errorf("refused: %v", err)
				}
				return call.Empty(204)
			})
			s.send(t, nil, nil)
		})
	}
}
