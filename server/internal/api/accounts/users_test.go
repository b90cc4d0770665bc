package accounts_test

import (
	"fmt"
	"testing"

	"mangosense/server/internal/api/apitest"
)

func TestUsers(t *testing.T) {
	s := apitest.New(t, nil)
	boss, lito := s.Admin(), s.Join("lito@farm.example")
	s.Record(lito)
	var list struct {
		Data struct {
			Users []struct {
				ID         uint64 `json:"id"`
				Email      string `json:"email"`
				IsActive   bool   `json:"is_active"`
				IsStaff    bool   `json:"is_staff"`
				Images     int    `json:"total_images"`
				Unverified int    `json:"unverified_images"`
				Profile    *struct {
					Address string `json:"full_address"`
				} `json:"profile"`
			} `json:"users"`
			Pagination struct {
				Total int `json:"total_count"`
			} `json:"pagination"`
		} `json:"data"`
	}
	for query, want := range map[string]int{
		"": 2, "?search=LITO": 1, "?search=farm.example": 2, "?search=" + lito.Name: 1, "?search=nobody": 0,
		"?is_active=true": 2, "?is_active=false": 0, "?page=0": 2, "?page=9999999999999999999": 2, "?_t=1": 2,
	} {
		s.Send("GET", "/api/users/"+query, boss.Access, nil).Want(200).Read(&list)
		if list.Data.Pagination.Total != want {
			t.Errorf("%s: %d users, want %d", query, list.Data.Pagination.Total, want)
		}
	}
	s.Send("GET", "/api/users/?page=abc", boss.Access, nil).Want(400).Refusal()
	s.Send("GET", "/api/users/", boss.Access, nil).Want(200).Read(&list)
	if u := list.Data.Users[0]; u.ID != lito.ID || u.Images != 1 || u.Unverified != 1 || u.IsStaff || u.Profile == nil || u.Profile.Address != "Hoskyn, Jordan" {
		t.Errorf("%+v", u)
	}
	path := fmt.Sprintf("/api/users/%d/", lito.ID)
	s.Send("GET", path, boss.Access, nil).Want(200)
	s.Send("GET", "/api/users/4711/", boss.Access, nil).Want(404).Refusal()
	s.Send("GET", "/api/users/x/", boss.Access, nil).Want(404).Refusal()
	s.Send("DELETE", path, boss.Access, nil).Want(405).Refusal()
	if r := s.Send("PUT", path, boss.Access, apitest.Object("{}")).Want(400).Refusal(); r.Error != "Missing required field: is_active" {
		t.Errorf("says %q", r.Error)
	}
	s.Send("PUT", path, boss.Access, apitest.Object(`{"is_active":[]}`)).Want(400).Refusal()

	s.Send("PUT", path, boss.Access, apitest.Object(`{"is_active":false}`)).Want(200)
	s.Send("GET", "/api/me/", lito.Access, nil).Want(401) // at once
	s.Send("POST", "/api/auth/refresh/", "", apitest.Object(map[string]string{"refresh": lito.Refresh})).Want(401)
	s.Send("PUT", path, boss.Access, apitest.Object(`{"is_active":true}`)).Want(200)
	s.Send("GET", "/api/me/", lito.Access, nil).Want(401) // nor ever again
	s.Send("POST", "/api/auth/refresh/", "", apitest.Object(map[string]string{"refresh": lito.Refresh})).Want(401)
	s.Send("POST", "/api/login/", "", apitest.Object(map[string]string{"email": "lito@farm.example", "password": apitest.Password})).Want(200)

	var images struct {
		Data struct {
			Images []struct {
				ImageURL string `json:"image_url"`
			} `json:"images"`
			User struct {
				FirstName string `json:"first_name"`
			} `json:"user"`
		} `json:"data"`
	}
	s.Send("GET", path+"images/", boss.Access, nil).Want(200).Read(&images)
	if len(images.Data.Images) != 1 || images.Data.User.FirstName != "Lito" {
		t.Errorf("%+v", images)
	}
	s.Send("GET", "/api/users/statistics/", boss.Access, nil).Want(200)
}
