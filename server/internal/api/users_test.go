package api_test

import (
	"fmt"
	"testing"
)

func TestUsers(t *testing.T) {
	s := newSite(t, nil)
	boss, lito := s.admin(), s.join("lito@farm.example")
	s.record(lito)
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
		"": 2, "?search=LITO": 1, "?search=farm.example": 2, "?search=" + lito.name: 1, "?search=nobody": 0,
		"?is_active=true": 2, "?is_active=false": 0, "?page=0": 2, "?page=9999999999999999999": 2, "?_t=1": 2,
	} {
		s.send("GET", "/api/users/"+query, boss.Access, nil).want(200).read(&list)
		if list.Data.Pagination.Total != want {
			t.Errorf("%s: %d users, want %d", query, list.Data.Pagination.Total, want)
		}
	}
	s.send("GET", "/api/users/?page=abc", boss.Access, nil).want(400).refusal()
	s.send("GET", "/api/users/", boss.Access, nil).want(200).read(&list)
	if u := list.Data.Users[0]; u.ID != lito.id || u.Images != 1 || u.Unverified != 1 || u.IsStaff || u.Profile == nil || u.Profile.Address != "Hoskyn, Jordan" {
		t.Errorf("%+v", u)
	}
	path := fmt.Sprintf("/api/users/%d/", lito.id)
	s.send("GET", path, boss.Access, nil).want(200)
	s.send("GET", "/api/users/4711/", boss.Access, nil).want(404).refusal()
	s.send("GET", "/api/users/x/", boss.Access, nil).want(404).refusal()
	s.send("DELETE", path, boss.Access, nil).want(405).refusal()
	if r := s.send("PUT", path, boss.Access, object("{}")).want(400).refusal(); r.Error != "Missing required field: is_active" {
		t.Errorf("says %q", r.Error)
	}
	s.send("PUT", path, boss.Access, object(`{"is_active":[]}`)).want(400).refusal()

	s.send("PUT", path, boss.Access, object(`{"is_active":false}`)).want(200)
	s.send("GET", "/api/me/", lito.Access, nil).want(401) // at once
	s.send("POST", "/api/auth/refresh/", "", object(map[string]string{"refresh": lito.Refresh})).want(401)
	s.send("PUT", path, boss.Access, object(`{"is_active":true}`)).want(200)
	s.send("GET", "/api/me/", lito.Access, nil).want(401) // nor ever again
	s.send("POST", "/api/auth/refresh/", "", object(map[string]string{"refresh": lito.Refresh})).want(401)
	s.send("POST", "/api/login/", "", object(map[string]string{"email": "lito@farm.example", "password": password})).want(200)

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
	s.send("GET", path+"images/", boss.Access, nil).want(200).read(&images)
	if len(images.Data.Images) != 1 || images.Data.User.FirstName != "Lito" {
		t.Errorf("%+v", images)
	}
	s.send("GET", "/api/users/statistics/", boss.Access, nil).want(200)
}
