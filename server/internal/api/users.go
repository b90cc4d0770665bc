package api

import (
	"strings"

	"github.com/valyala/fasthttp"

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
		Users      []userRow  `json:"users"`
		Pagination pagination `json:"pagination"`
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
	imageOwner struct {
		ID         uint64 `json:"id"`
		Username   string `json:"username"`
		FullName   string `json:"full_name"`
		Email      string `json:"email"`
		FirstName  string `json:"first_name"`
		LastName   string `json:"last_name"`
		DateJoined string `json:"date_joined"`
	}
	userImagesData struct {
		User       imageOwner  `json:"user"`
		Images     []imageBody `json:"images"`
		Pagination pagination  `json:"pagination"`
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
		DateJoined: serial(u.JoinedAt), LastLogin: serialOrNil(u.LastLogin),
		IsActive: !u.Disabled, IsStaff: u.Admin, IsSuperuser: u.Admin, Profile: profileOf(u.Profile),
		TotalImages: u.Images, VerifiedImages: u.Verified, UnverifiedImages: u.Images - u.Verified,
	}
}

// users is `GET /api/users/`.
func (s *Server) users(ctx *fasthttp.RequestCtx) {
	q := queryOf(ctx)
	page, _ := q.page()
	filter := mango.UserFilter{Search: q.text("search"), Active: q.flag("is_active")}
	if err := q.err(); err != nil {
		s.fail(ctx, err)
		return
	}
	found, err := s.cfg.Store.PageUsers(s.life, actor(ctx), filter, page)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	rows := make([]userRow, 0, len(found.Users))
	for i := range found.Users {
		rows = append(rows, userRowOf(&found.Users[i]))
	}
	replyShort(ctx, "", usersData{rows, paginate(page, found.Total)})
}

// user is `GET /api/users/<id>/`.
func (s *Server) user(ctx *fasthttp.RequestCtx) {
	u, err := s.userOf(ctx)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	row, err := s.counted(actor(ctx), u)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	replyShort(ctx, "", userRowOf(row))
}

// userOf is the account that the path names.
func (s *Server) userOf(ctx *fasthttp.RequestCtx) (*mango.User, error) {
	id, err := pathID(ctx, "User")
	if err != nil {
		return nil, err
	}
	return s.cfg.Store.User(s.life, actor(ctx), id)
}

// counted adds how many records an account has.
func (s *Server) counted(by mango.Actor, u *mango.User) (*mango.UserRow, error) {
	one := mango.Page{Number: 1, Size: 1}
	all, err := s.cfg.Store.PageRecords(s.life, by, mango.RecordFilter{User: &u.ID}, one)
	if err != nil {
		return nil, err
	}
	verified, err := s.cfg.Store.PageRecords(s.life, by, mango.RecordFilter{User: &u.ID, Verified: new(true)}, one)
	if err != nil {
		return nil, err
	}
	return &mango.UserRow{User: *u, Images: all.Total, Verified: verified.Total}, nil
}

// changeUser is `PUT /api/users/<id>/`: an account is disabled or enabled. The
// tokens of a disabled one stop at once.
func (s *Server) changeUser(ctx *fasthttp.RequestCtx) {
	id, err := pathID(ctx, "User")
	if err != nil {
		s.fail(ctx, err)
		return
	}
	o, err := s.readObject(ctx)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	active := o.flag("is_active")
	if err := o.err(); err != nil {
		s.fail(ctx, err)
		return
	}
	if active == nil {
		refuse(ctx, missing("is_active"))
		return
	}
	u, err := s.cfg.Store.ChangeUser(s.life, actor(ctx), id, mango.UserChange{Disabled: new(!*active)})
	if err != nil {
		s.fail(ctx, err)
		return
	}
	replyShort(ctx, "User status updated successfully", activeData{u.ID, !u.Disabled, u.Username})
}

// userImages is `GET /api/users/<id>/images/`. Without any paging parameter
// all images are meant, as many as one page can hold.
func (s *Server) userImages(ctx *fasthttp.RequestCtx) {
	u, err := s.userOf(ctx)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	q := queryOf(ctx)
	page, given := q.page()
	if !given {
		page.Size = mango.MaxPage
	}
	filter := mango.RecordFilter{User: &u.ID, Kind: q.kind("disease_type"), Verified: q.flag("verified")}
	if err := q.err(); err != nil {
		s.fail(ctx, err)
		return
	}
	by := actor(ctx)
	found, err := s.cfg.Store.PageRecords(s.life, by, filter, page)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	bodies, err := s.imageBodies(ctx, by, found.Records)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	owner := imageOwner{u.ID, u.Username, u.FullName(), u.Email, u.FirstName, u.LastName, serial(u.JoinedAt)}
	replyShort(ctx, "", userImagesData{owner, bodies, paginate(page, found.Total)})
}

// userStatistics is `GET /api/users/statistics/`.
func (s *Server) userStatistics(ctx *fasthttp.RequestCtx) {
	n, err := s.cfg.Store.UserStatistics(s.life, actor(ctx))
	if err != nil {
		s.fail(ctx, err)
		return
	}
	data := userStatisticsData{
		TotalUsers: n.Total, ActiveUsers: n.Active, InactiveUsers: n.Disabled, UsersWithProfiles: n.WithProfile,
		TotalImages: n.Images, TopUsers: make([]topUser, 0, len(n.Top)), RecentRegistrations: n.Recent,
	}
	if n.Total > 0 {
		data.AverageImagesPerUser = average(n.Images, n.Total)
	}
	for _, u := range n.Top {
		data.TopUsers = append(data.TopUsers, topUser{u.ID, u.Username, u.FullName(), u.Images})
	}
	replyShort(ctx, "", data)
}
