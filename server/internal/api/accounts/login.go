package accounts

import (
	"context"
	"strings"

	"mangosense/server/internal/api/jsonbody"
	"mangosense/server/internal/api/kit"
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

// Register is `POST /api/register/`.
func (h *Handlers) Register(c *kit.Call) error {
	if err := c.Limit(h.registrations, c.AddressKey()); err != nil {
		return err
	}
	var b registerBody
	if err := c.Decode(&b, badForm); err != nil {
		return err
	}
	if b.Confirm == nil {
		b.Confirm = b.ConfirmCamel
	}
	tokens, u, err := h.Accounts.Register(c.Context(), auth.Registration{
		FirstName: either(b.FirstName, b.FirstNameCamel), LastName: either(b.LastName, b.LastNameCamel),
		Email: b.Email, Password: b.Password, Confirm: b.Confirm,
		Address: b.Address, Province: b.Province, City: b.City, Barangay: b.Barangay,
		PostalCode: either(b.PostalCode, b.PostalCodeCamel),
	})
	if err != nil {
		return err
	}
	h.logins.know(c.AddressKey(), accountKey(u.Email))
	return c.JSON(200, loginReply{
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

// login has a password of an account tried from an address, or refuses an address
// that has tried too often.
func (h *Handlers) login(c *kit.Call, address, account string, with func(context.Context) (auth.Tokens, *mango.User, error)) (auth.Tokens, *mango.User, error) {
	try, wait := h.logins.ask(address, accountKey(account))
	if err := c.TooSoon(wait); err != nil {
		return auth.Tokens{}, nil, err
	}
	tokens, u, err := with(try.context(c.Context()))
	try.done(err)
	return tokens, u, err
}

// Login is `POST /api/login/`, by address.
func (h *Handlers) Login(c *kit.Call) error {
	address := c.AddressKey()
	if err := c.TooSoon(h.logins.early(address)); err != nil {
		return err
	}
	var b loginBody
	if err := c.Decode(&b, badForm); err != nil {
		return err
	}
	if strings.TrimSpace(b.Email) == "" || b.Password == "" {
		return mango.Errorf(mango.Invalid, "Email and password are required.")
	}
	tokens, u, err := h.login(c, address, b.Email, func(ctx context.Context) (auth.Tokens, *mango.User, error) {
		return h.Accounts.Login(ctx, b.Email, b.Password)
	})
	if err != nil {
		return err
	}
	return c.JSON(200, loginReply{
		Success: true, Message: "Login successful.", Access: tokens.Access, Refresh: tokens.Refresh, User: personOf(u),
	})
}

// Logout is `POST /api/logout/`: the session's tokens end.
func (h *Handlers) Logout(c *kit.Call) error {
	if err := h.Accounts.Logout(c.Context(), c.Credential()); err != nil {
		return err
	}
	if c.Token() == "" {
		c.SetSession("", 0)
	}
	return c.JSON(200, said{true, "Logout successful."})
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

// AdminLogin is `POST /api/auth/login/`, by username, for administrators.
func (h *Handlers) AdminLogin(c *kit.Call) error {
	address := c.AddressKey()
	if err := c.TooSoon(h.logins.early(address)); err != nil {
		return err
	}
	var b adminLoginBody
	if err := c.Decode(&b, jsonbody.Broken); err != nil {
		return err
	}
	if strings.TrimSpace(b.Username) == "" || b.Password == "" {
		return mango.Errorf(mango.Invalid, "Username and password are required")
	}
	tokens, u, err := h.login(c, address, b.Username, func(ctx context.Context) (auth.Tokens, *mango.User, error) {
		return h.Accounts.AdminLogin(ctx, b.Username, b.Password)
	})
	if err != nil {
		return err
	}
	return c.JSON(200, adminLoginReply{
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

// Refresh is `POST /api/auth/refresh/`. The refresh token stays good: phones
// keep the first one they got.
func (h *Handlers) Refresh(c *kit.Call) error {
	if err := c.Limit(h.refreshes, c.AddressKey()); err != nil {
		return err
	}
	var b refreshBody
	if err := c.Decode(&b, jsonbody.Broken); err != nil {
		return err
	}
	if strings.TrimSpace(b.Refresh) == "" {
		return mango.Errorf(mango.Invalid, "Refresh token is required")
	}
	access, whose, err := h.Accounts.Refresh(strings.TrimSpace(b.Refresh))
	if err == nil {
		err = c.Limit(h.refreshes, kit.UserKey(whose))
	}
	if mango.CodeOf(err) == mango.Unauthenticated {
		return kit.BadToken(err, "refresh")
	}
	if err != nil {
		return err
	}
	return c.JSON(200, refreshReply{true, access})
}
