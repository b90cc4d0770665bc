package api

import (
	"strings"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/mango"
)

// admit lets in whom a route is for.
func (s *Server) admit(level access, next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		by, err := s.caller(ctx)
		switch level {
		case open:
			// Whoever cannot be known is nobody here.
		case guest:
			if err == nil {
				break
			}
			// Nobody at all may be a guest; and while the accounts cannot be
			// read, photos are answered all the same.
			stranger := s.cfg.AnonymousPreviews && len(ctx.Request.Header.Peek("Authorization")) == 0
			if !stranger && mango.CodeOf(err) != mango.StoreDown {
				s.refuseCaller(ctx, err)
				return
			}
			ctx.SetUserValue(unknownKey, err)
		case user, admin, saver:
			if level == saver && mango.CodeOf(err) == mango.StoreDown {
				ctx.SetUserValue(unknownKey, err)
				break
			}
			if err != nil {
				s.refuseCaller(ctx, err)
				return
			}
			if level == admin {
				if err := by.NeedRules(); err != nil {
					s.refuseCaller(ctx, err)
					return
				}
			}
		default:
			s.refuseCaller(ctx, mango.Errorf(mango.Forbidden, "Access denied."))
			return
		}
		ctx.SetUserValue(actorKey, by)
		next(ctx)
	}
}

// caller is who the request's access token says.
func (s *Server) caller(ctx *fasthttp.RequestCtx) (mango.Actor, error) {
	token := bearer(ctx)
	if token == "" {
		return mango.Actor{}, mango.Actor{}.NeedKnown()
	}
	return s.cfg.Accounts.Authenticate(token)
}

// bearer is the request's token; empty without one. Another scheme counts as
// no credentials: an older app says "Token null" until it has some.
func bearer(ctx *fasthttp.RequestCtx) string {
	scheme, token, _ := strings.Cut(strings.TrimSpace(string(ctx.Request.Header.Peek("Authorization"))), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// actor is who admit let in.
func actor(ctx *fasthttp.RequestCtx) mango.Actor {
	a, _ := ctx.UserValue(actorKey).(mango.Actor)
	return a
}

// whyNobody says why nobody is known. While the accounts cannot be read it is no
// fault of the caller's, whom a 401 would log out.
func whyNobody(ctx *fasthttp.RequestCtx) error {
	if err, _ := ctx.UserValue(unknownKey).(error); mango.CodeOf(err) == mango.StoreDown {
		return mango.Wrap(mango.StoreDown, err, "The server cannot keep records at the moment, so this was not stored. Diagnoses without storing still work.")
	}
	return actor(ctx).NeedKnown()
}

// refuseCaller answers whoever is not let in, and takes in what it still
// sends, within bounds, so that it sees the answer.
func (s *Server) refuseCaller(ctx *fasthttp.RequestCtx, err error) {
	e := asError(err)
	if e.Code == mango.Unauthenticated && bearer(ctx) != "" {
		s.drained(ctx, func() { refuseToken(ctx, e, "access") })
		return
	}
	s.drained(ctx, func() { s.fail(ctx, e) })
}

type (
	tokenMessage struct {
		TokenClass string `json:"token_class"`
		TokenType  string `json:"token_type"`
		Message    string `json:"message"`
	}
	// tokenFailure is failure and what the predecessor says of a bad token.
	tokenFailure struct {
		failure
		Code     string         `json:"code"`
		Messages []tokenMessage `json:"messages"`
	}
)

// refuseToken answers 401 for a token that is bad or expired.
func refuseToken(ctx *fasthttp.RequestCtx, e *mango.Error, kind string) {
	class := map[string]string{"access": "AccessToken", "refresh": "RefreshToken"}[kind]
	ctx.Response.Header.Set("WWW-Authenticate", challenge)
	writeJSON(ctx, fasthttp.StatusUnauthorized, tokenFailure{
		failure: failureOf(e), Code: "token_not_valid",
		Messages: []tokenMessage{{class, kind, "Token is invalid or expired"}},
	})
}
