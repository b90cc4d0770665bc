package api

import (
	"strings"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/auth"
	"mangosense/server/internal/mango"
)

type (
	registerBody struct {
		FirstName       string  `json:"first_name"`
		FirstNameCamel  string  `json:"firstName"`
		LastName        string  `json:"last_name"`
		LastNameCamel   string  `json:"lastName"`
		Email           string  `json:"email"`
		Password        string  `json:"password"`
		Confirm         *string `json:"confirm_password"`
		ConfirmCamel    *string `json:"confirmPassword"`
		Address         string  `json:"address"`
		Province        string  `json:"province"`
		City            string  `json:"city"`
		Barangay        string  `json:"barangay"`
		PostalCode      string  `json:"postal_code"`
		PostalCodeCamel string  `json:"postalCode"`
	}
	loginBody struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}
	// person is the user that the mobile app keeps in its storage.
	person struct {
		ID        uint64 `json:"id"`
		Email     string `json:"email"`
		FirstName string `json:"firstName"`
		LastName  string `json:"lastName"`
		FullName  string `json:"full_name"`
	}
	loginReply struct {
		Success bool    `json:"success"`
		Message string  `json:"message"`
		UserID  *uint64 `json:"user_id,omitempty"`
		Access  string  `json:"access"`
		Refresh string  `json:"refresh"`
		User    person  `json:"user"`
	}
)

func personOf(u *mango.User) person {
	return person{ID: u.ID, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, FullName: u.FullName()}
}

const badForm = "Invalid data format."

// register is `POST /api/register/`.
func (s *Server) register(ctx *fasthttp.RequestCtx) {
	if err := s.limit(ctx, s.limits.register, s.addressKey(ctx)); err != nil {
		s.refuseCaller(ctx, err)
		return
	}
	var b registerBody
	if err := s.decodeJSON(ctx, &b, badForm); err != nil {
		s.fail(ctx, err)
		return
	}
	if b.Confirm == nil {
		b.Confirm = b.ConfirmCamel
	}
	tokens, u, err := s.cfg.Accounts.Register(s.life, auth.Registration{
		FirstName: either(b.FirstName, b.FirstNameCamel), LastName: either(b.LastName, b.LastNameCamel),
		Email: b.Email, Password: b.Password, Confirm: b.Confirm,
		Address: b.Address, Province: b.Province, City: b.City, Barangay: b.Barangay,
		PostalCode: either(b.PostalCode, b.PostalCodeCamel),
	})
	if err != nil {
		s.fail(ctx, err)
		return
	}
	writeJSON(ctx, fasthttp.StatusOK, loginReply{
		Success: true, Message: "Account created successfully! You may now log in",
		UserID: &u.ID, Access: tokens.Access, Refresh: tokens.Refresh, User: personOf(u),
	})
}

// either is the first text that says something.
func either(a, b string) string {
	if strings.TrimSpace(a) != "" {
		return a
	}
	return b
}

// login is `POST /api/login/`, by address.
func (s *Server) login(ctx *fasthttp.RequestCtx) {
	address := s.addressKey(ctx)
	if err := tooSoon(ctx, s.limits.login.early(address)); err != nil {
		s.refuseCaller(ctx, err)
		return
	}
	var b loginBody
	if err := s.decodeJSON(ctx, &b, badForm); err != nil {
		s.fail(ctx, err)
		return
	}
	if strings.TrimSpace(b.Email) == "" || b.Password == "" {
		refuse(ctx, mango.Errorf(mango.Invalid, "Email and password are required."))
		return
	}
	try, wait := s.limits.login.ask(address, accountKey(b.Email))
	if err := tooSoon(ctx, wait); err != nil {
		s.fail(ctx, err)
		return
	}
	tokens, u, err := s.cfg.Accounts.Login(try.context(s.life), b.Email, b.Password)
	try.done(err)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	writeJSON(ctx, fasthttp.StatusOK, loginReply{
		Success: true, Message: "Login successful.", Access: tokens.Access, Refresh: tokens.Refresh, User: personOf(u),
	})
}

// logout is `POST /api/logout/`: the session's tokens end.
func (s *Server) logout(ctx *fasthttp.RequestCtx) {
	if err := s.cfg.Accounts.Logout(s.life, bearer(ctx)); err != nil {
		s.fail(ctx, err)
		return
	}
	writeJSON(ctx, fasthttp.StatusOK, said{true, "Logout successful."})
}

// said is the short envelope of a good answer without data.
type said struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
}

type (
	adminLoginBody struct {
		Username string `json:"username"`
		Password string `json:"password"`
	}
	adminPerson struct {
		ID          uint64 `json:"id"`
		Username    string `json:"username"`
		IsSuperuser bool   `json:"is_superuser"`
		Email       string `json:"email"`
	}
	adminLoginReply struct {
		Success bool        `json:"success"`
		Access  string      `json:"access"`
		Refresh string      `json:"refresh"`
		User    adminPerson `json:"user"`
	}
)

// adminLogin is `POST /api/auth/login/`, by username, for administrators.
func (s *Server) adminLogin(ctx *fasthttp.RequestCtx) {
	address := s.addressKey(ctx)
	if err := tooSoon(ctx, s.limits.login.early(address)); err != nil {
		s.refuseCaller(ctx, err)
		return
	}
	var b adminLoginBody
	if err := s.decodeJSON(ctx, &b, brokenJSON); err != nil {
		s.fail(ctx, err)
		return
	}
	if strings.TrimSpace(b.Username) == "" || b.Password == "" {
		refuse(ctx, mango.Errorf(mango.Invalid, "Username and password are required"))
		return
	}
	try, wait := s.limits.login.ask(address, accountKey(b.Username))
	if err := tooSoon(ctx, wait); err != nil {
		s.fail(ctx, err)
		return
	}
	tokens, u, err := s.cfg.Accounts.AdminLogin(try.context(s.life), b.Username, b.Password)
	try.done(err)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	writeJSON(ctx, fasthttp.StatusOK, adminLoginReply{
		Success: true, Access: tokens.Access, Refresh: tokens.Refresh,
		User: adminPerson{ID: u.ID, Username: u.Username, IsSuperuser: u.Admin, Email: u.Email},
	})
}

type (
	refreshBody struct {
		Refresh string `json:"refresh"`
	}
	refreshReply struct {
		Success bool   `json:"success"`
		Access  string `json:"access"`
	}
)

// refresh is `POST /api/auth/refresh/`. The refresh token stays good: phones
// keep the first one they got.
func (s *Server) refresh(ctx *fasthttp.RequestCtx) {
	if err := s.limit(ctx, s.limits.refresh, s.addressKey(ctx)); err != nil {
		s.refuseCaller(ctx, err)
		return
	}
	var b refreshBody
	if err := s.decodeJSON(ctx, &b, brokenJSON); err != nil {
		s.fail(ctx, err)
		return
	}
	if strings.TrimSpace(b.Refresh) == "" {
		refuse(ctx, mango.Errorf(mango.Invalid, "Refresh token is required"))
		return
	}
	access, whose, err := s.cfg.Accounts.Refresh(strings.TrimSpace(b.Refresh))
	if err == nil {
		err = s.limit(ctx, s.limits.refresh, userKey(whose))
	}
	if err != nil {
		if e := asError(err); e.Code == mango.Unauthenticated {
			refuseToken(ctx, e, "refresh")
			return
		}
		s.fail(ctx, err)
		return
	}
	writeJSON(ctx, fasthttp.StatusOK, refreshReply{true, access})
}
