package accounts

import (
	"mangosense/server/internal/api/jsonbody"
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/render"
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

// Me is `GET /api/me/`: the caller's own account.
func (h *Handlers) Me(c *kit.Call) error {
	u, data, err := h.caller(c)
	if err != nil {
		return err
	}
	return c.JSON(200, meReply{true, data, personOf(u)})
}

// caller is the caller's own account, and what it is told of it.
func (h *Handlers) caller(c *kit.Call) (*mango.User, meData, error) {
	by := c.Actor()
	u, err := h.Store.User(c.Context(), by, by.User)
	if err != nil {
		return nil, meData{}, err
	}
	own, err := h.Store.PageRecords(c.Context(), by, mango.RecordFilter{User: &by.User}, mango.Page{Number: 1, Size: 1})
	if err != nil {
		return nil, meData{}, err
	}
	return u, meDataOf(u, own.Total), nil
}

func meDataOf(u *mango.User, images int) meData {
	return meData{
		person: personOf(u), Username: u.Username, FirstSnake: u.FirstName, LastSnake: u.LastName, IsAdmin: u.Admin,
		DateJoined: render.Serial(u.JoinedAt), LastLogin: render.SerialOrNil(u.LastLogin), Profile: profileOf(u.Profile), Images: images,
	}
}

// DeleteMe is `DELETE /api/me/` with the password: the account goes, and all
// records and photos of its own with it.
func (h *Handlers) DeleteMe(c *kit.Call) error {
	by := c.Actor()
	var b passwordBody
	if err := c.Decode(&b, jsonbody.Broken); err != nil {
		if c.Header("Content-Type") == "" && c.ContentLength() <= 0 {
			err = kit.Missing("password") // a DELETE that sends no body at all
		}
		return err
	}
	if b.Password == "" {
		return kit.Missing("password")
	}
	if err := c.Limit(h.secrets, kit.UserKey(by.User)); err != nil {
		return err
	}
	if err := h.Accounts.DeleteAccount(c.Context(), by, b.Password); err != nil {
		return err
	}
	return c.JSON(200, said{true, "Your account, your records and your photos were deleted."})
}

// ChangePassword is `POST /api/me/password/`. All sessions end; the
// tokens of the answer begin a new one.
func (h *Handlers) ChangePassword(c *kit.Call) error {
	by := c.Actor()
	var b changePasswordBody
	if err := c.Decode(&b, jsonbody.Broken); err != nil {
		return err
	}
	switch {
	case b.Old == "":
		return kit.Missing("old_password")
	case b.New == "":
		return kit.Missing("new_password")
	}
	if err := c.Limit(h.secrets, kit.UserKey(by.User)); err != nil {
		return err
	}
	tokens, err := h.Accounts.ChangePassword(c.Context(), c.Credential(), b.Old, b.New)
	if err != nil {
		return err
	}
	if u, err := h.Store.User(c.Context(), by, by.User); err == nil { // without it, the address is known after the next login
		h.logins.know(c.AddressKey(), accountKey(u.Email), accountKey(u.Username))
	}
	if c.Token() == "" {
		c.SetSession(tokens.Session, h.Accounts.SessionLife())
	}
	return c.JSON(200, changePasswordReply{true, "Password changed. All other sessions have ended.", tokens.Access, tokens.Refresh})
}
