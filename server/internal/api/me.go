package api

import (
	"github.com/valyala/fasthttp"

	"mangosense/server/internal/mango"
)

type (
	meData struct {
		person
		Username   string      `json:"username"`
		FirstSnake string      `json:"first_name"`
		LastSnake  string      `json:"last_name"`
		IsAdmin    bool        `json:"is_superuser"`
		DateJoined string      `json:"date_joined"`
		LastLogin  *string     `json:"last_login"`
		Profile    *profileRow `json:"profile"`
		Images     int         `json:"total_images"`
	}
	meReply struct {
		Success bool   `json:"success"`
		Data    meData `json:"data"`
		User    person `json:"user"` // as login gives it
	}
	passwordBody struct {
		Password string `json:"password"`
	}
	changePasswordBody struct {
		Old string `json:"old_password"`
		New string `json:"new_password"`
	}
	changePasswordReply struct {
		Success bool   `json:"success"`
		Message string `json:"message"`
		Access  string `json:"access"`
		Refresh string `json:"refresh"`
	}
)

// me is `GET /api/me/`: the caller's own account.
func (s *Server) me(ctx *fasthttp.RequestCtx) {
	by := actor(ctx)
	u, err := s.cfg.Store.User(s.life, by, by.User)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	own, err := s.cfg.Store.PageRecords(s.life, by, mango.RecordFilter{User: &by.User}, mango.Page{Number: 1, Size: 1})
	if err != nil {
		s.fail(ctx, err)
		return
	}
	writeJSON(ctx, fasthttp.StatusOK, meReply{true, meDataOf(u, own.Total), personOf(u)})
}

func meDataOf(u *mango.User, images int) meData {
	return meData{
		person: personOf(u), Username: u.Username, FirstSnake: u.FirstName, LastSnake: u.LastName, IsAdmin: u.Admin,
		DateJoined: serial(u.JoinedAt), LastLogin: serialOrNil(u.LastLogin), Profile: profileOf(u.Profile), Images: images,
	}
}

// deleteMe is `DELETE /api/me/` with the password: the account goes, and all
// records and photos of its own with it.
func (s *Server) deleteMe(ctx *fasthttp.RequestCtx) {
	by := actor(ctx)
	var b passwordBody
	if err := s.decodeJSON(ctx, &b, brokenJSON); err != nil {
		if len(ctx.Request.Header.Peek("Content-Type")) == 0 && ctx.Request.Header.ContentLength() <= 0 {
			err = missing("password") // a DELETE that sends no body at all
		}
		s.fail(ctx, err)
		return
	}
	if b.Password == "" {
		refuse(ctx, missing("password"))
		return
	}
	if err := s.limit(ctx, s.limits.secret, userKey(by.User)); err != nil {
		s.fail(ctx, err)
		return
	}
	if err := s.cfg.Accounts.DeleteAccount(s.life, by, b.Password); err != nil {
		s.fail(ctx, err)
		return
	}
	writeJSON(ctx, fasthttp.StatusOK, said{true, "Your account, your records and your photos were deleted."})
}

// changePassword is `POST /api/me/password/`. All sessions end; the
// tokens of the answer begin a new one.
func (s *Server) changePassword(ctx *fasthttp.RequestCtx) {
	by := actor(ctx)
	var b changePasswordBody
	if err := s.decodeJSON(ctx, &b, brokenJSON); err != nil {
		s.fail(ctx, err)
		return
	}
	switch {
	case b.Old == "":
		refuse(ctx, missing("old_password"))
		return
	case b.New == "":
		refuse(ctx, missing("new_password"))
		return
	}
	if err := s.limit(ctx, s.limits.secret, userKey(by.User)); err != nil {
		s.fail(ctx, err)
		return
	}
	tokens, err := s.cfg.Accounts.ChangePassword(s.life, bearer(ctx), b.Old, b.New)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	writeJSON(ctx, fasthttp.StatusOK, changePasswordReply{true, "Password changed. All other sessions have ended.", tokens.Access, tokens.Refresh})
}

// missing is the error for a field that must be given.
func missing(field string) *mango.Error {
	return &mango.Error{Code: mango.Invalid, Public: "Missing required field: " + field, Fields: []string{field + ": is required"}}
}
