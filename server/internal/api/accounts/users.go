package accounts

import (
	"strings"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/render"
	"mangosense/server/internal/mango"
)

type (
	profileRow struct {
		Province    string `json:"province"`
		City        string `json:"city"`
		Barangay    string `json:"barangay"`
		PostalCode  string `json:"postal_code"`
		Address     string `json:"address"`
		Phone       string `json:"phone"`
		FullAddress string `json:"full_address"`
	}
	userRow struct {
		ID               uint64      `json:"id"`
		Username         string      `json:"username"`
		Email            string      `json:"email"`
		FirstName        string      `json:"first_name"`
		LastName         string      `json:"last_name"`
		FullName         string      `json:"full_name"`
		DateJoined       string      `json:"date_joined"`
		LastLogin        *string     `json:"last_login"`
		IsActive         bool        `json:"is_active"`
		IsStaff          bool        `json:"is_staff"`
		IsSuperuser      bool        `json:"is_superuser"`
		Profile          *profileRow `json:"profile"`
		TotalImages      int         `json:"total_images"`
		VerifiedImages   int         `json:"verified_images"`
		UnverifiedImages int         `json:"unverified_images"`
	}
	usersData struct {
		Users      []userRow      `json:"users"`
		Pagination kit.Pagination `json:"pagination"`
	}
	activeData struct {
		ID       uint64 `json:"id"`
		IsActive bool   `json:"is_active"`
		Username string `json:"username"`
	}
	topUser struct {
		ID         uint64 `json:"id"`
		Username   string `json:"username"`
		FullName   string `json:"full_name"`
		ImageCount int    `json:"image_count"`
	}
	userStatisticsData struct {
		TotalUsers           int       `json:"total_users"`
		ActiveUsers          int       `json:"active_users"`
		InactiveUsers        int       `json:"inactive_users"`
		UsersWithProfiles    int       `json:"users_with_profiles"`
		TotalImages          int       `json:"total_images"`
		AverageImagesPerUser float64   `json:"average_images_per_user"`
		TopUsers             []topUser `json:"top_users"`
		RecentRegistrations  int       `json:"recent_registrations"`
	}
)

// profileOf is null for a user of whom nothing is known.
func profileOf(p mango.Profile) *profileRow {
	if p.Empty() {
		return nil
	}
	row := &profileRow{p.Province, p.City, p.Barangay, p.PostalCode, p.Address, p.Phone, p.Address}
	if row.FullAddress == "" {
		var parts []string
		for _, part := range []string{p.Barangay, p.City, p.Province, p.PostalCode} {
			if part != "" {
				parts = append(parts, part)
			}
		}
		row.FullAddress = strings.Join(parts, ", ")
	}
	return row
}

func userRowOf(u *mango.UserRow) userRow {
	return userRow{
		ID: u.ID, Username: u.Username, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, FullName: u.FullName(),
		DateJoined: render.Serial(u.JoinedAt), LastLogin: render.SerialOrNil(u.LastLogin),
		IsActive: !u.Disabled, IsStaff: u.Admin, IsSuperuser: u.Admin, Profile: profileOf(u.Profile),
		TotalImages: u.Images, VerifiedImages: u.Verified, UnverifiedImages: u.Images - u.Verified,
	}
}

// Users is `GET /api/users/`.
func (h *Handlers) Users(c *kit.Call) error {
	q := c.Query()
	page, _ := q.Page()
	filter := mango.UserFilter{Search: q.Text("search"), Active: q.Flag("is_active")}
	if err := q.Err(); err != nil {
		return err
	}
	found, err := h.Store.PageUsers(c.Context(), c.Actor(), filter, page)
	if err != nil {
		return err
	}
	rows := make([]userRow, 0, len(found.Users))
	for i := range found.Users {
		rows = append(rows, userRowOf(&found.Users[i]))
	}
	return c.ReplyShort("", usersData{rows, kit.Paginate(page, found.Total)})
}

// User is `GET /api/users/<id>/`.
func (h *Handlers) User(c *kit.Call) error {
	u, err := h.userOf(c)
	if err != nil {
		return err
	}
	row, err := h.counted(c, u)
	if err != nil {
		return err
	}
	return c.ReplyShort("", userRowOf(row))
}

// userOf is the account that the path names.
func (h *Handlers) userOf(c *kit.Call) (*mango.User, error) {
	id, err := c.ID("User")
	if err != nil {
		return nil, err
	}
	return h.Store.User(c.Context(), c.Actor(), id)
}

// counted adds how many records an account has.
func (h *Handlers) counted(c *kit.Call, u *mango.User) (*mango.UserRow, error) {
	one := mango.Page{Number: 1, Size: 1}
	all, err := h.Store.PageRecords(c.Context(), c.Actor(), mango.RecordFilter{User: &u.ID}, one)
	if err != nil {
		return nil, err
	}
	verified, err := h.Store.PageRecords(c.Context(), c.Actor(), mango.RecordFilter{User: &u.ID, Verified: new(true)}, one)
	if err != nil {
		return nil, err
	}
	return &mango.UserRow{User: *u, Images: all.Total, Verified: verified.Total}, nil
}

// ChangeUser is `PUT /api/users/<id>/`: an account is disabled or enabled. The
// tokens of a disabled one stop at once.
func (h *Handlers) ChangeUser(c *kit.Call) error {
	id, err := c.ID("User")
	if err != nil {
		return err
	}
	o, err := c.Object()
	if err != nil {
		return err
	}
	active := o.Flag("is_active")
	if err := o.Err(); err != nil {
		return err
	}
	if active == nil {
		return kit.Missing("is_active")
	}
	u, err := h.Store.ChangeUser(c.Context(), c.Actor(), id, mango.UserChange{Disabled: new(!*active)})
	if err != nil {
		return err
	}
	return c.ReplyShort("User status updated successfully", activeData{u.ID, !u.Disabled, u.Username})
}

// UserStatistics is `GET /api/users/statistics/`.
func (h *Handlers) UserStatistics(c *kit.Call) error {
	n, err := h.Store.UserStatistics(c.Context(), c.Actor())
	if err != nil {
		return err
	}
	data := userStatisticsData{
		TotalUsers: n.Total, ActiveUsers: n.Active, InactiveUsers: n.Disabled, UsersWithProfiles: n.WithProfile,
		TotalImages: n.Images, TopUsers: make([]topUser, 0, len(n.Top)), RecentRegistrations: n.Recent,
	}
	if n.Total > 0 {
		data.AverageImagesPerUser = render.Average(n.Images, n.Total)
	}
	for _, u := range n.Top {
		data.TopUsers = append(data.TopUsers, topUser{u.ID, u.Username, u.FullName(), u.Images})
	}
	return c.ReplyShort("", data)
}
