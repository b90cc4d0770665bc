package api_test

import (
	"fmt"
	"testing"

	"mangosense/server/internal/mango"
)

func TestNotifications(t *testing.T) {
	s := newSite(t, nil)
	boss, lito := s.admin(), s.join("lito@farm.example")
	s.send("GET", "/api/notifications/", boss.Access, nil).want(200).has(map[string]string{
		"notifications": "[]", "pagination": `{"current_page":1,"has_next":false,"has_previous":false,"total_count":0,"total_pages":1}`,
	})
	s.stored(60, func(i int, r *mango.Record) {
		r.User = lito.id
		if i == 59 {
			r.Kind, r.Disease, r.Photo.Format = mango.Fruit, "Stem end Rot", "png"
		}
	})
	got := s.send("GET", "/api/notifications/?create_new=true", boss.Access, nil).want(200)
	got.has(map[string]string{
		"notifications.#": "50", "pagination.total_count": "60", "pagination.total_pages": "2", "pagination.has_next": "true",
		"notifications.0.id": `"60"`, "notifications.0.user_id": `"` + id(lito.id) + `"`, "notifications.0.image_id": `"60"`, "notifications.0.image_name": `"image_60.png"`,
		"notifications.0.user_name": `"Lito Reyes"`, "notifications.0.user_email": `"lito@farm.example"`, "notifications.0.disease_type": `"fruit"`,
		"notifications.0.disease_classification": `"Stem end Rot"`, "notifications.0.confidence": "0.9", "notifications.0.is_read": "false", "notifications.0.image_url": "null",
		"notifications.0.title": `"New Fruit Image Upload"`, "notifications.1.title": `"New Leaf Image Upload"`,
		"notifications.1.message": `"image_59.jpg: Anthracnose, 90.0% confidence"`,
	})
	for query, page := range map[string]string{"?page=2": "2", "?page=99": "2", "?page=abc": "1", "?page=0": "1", "?page=-5": "1", "?page=99999999999999999999999": "2", "?page=%ff": "1", "?per_page=x&page=2": "2"} {
		s.send("GET", "/api/notifications/"+query, boss.Access, nil).want(200).has(map[string]string{"pagination.current_page": page})
	}
	s.send("GET", "/api/notifications/?per_page=7&page=9", boss.Access, nil).want(200).has(map[string]string{"notifications.#": "4", "pagination.total_pages": "9", "pagination.has_next": "false"})

	s.send("GET", "/api/notifications/60/", boss.Access, nil).want(200).has(map[string]string{
		"id": `"60"`, "image_size": `"40x30"`, "is_verified": "false", "verified_by": "null", "client_ip": "null", "processing_time": "null",
	})
	s.send("PATCH", "/api/notifications/60/mark-read/", boss.Access, nil).want(200).has(map[string]string{"status": `"success"`, "message": `"Notification marked as read"`})
	s.send("GET", "/api/notifications/60/", boss.Access, nil).want(200).has(map[string]string{"is_read": "true"})
	s.send("PATCH", "/api/notifications/mark-all-read/", boss.Access, object(`{}`)).want(200).has(map[string]string{"status": `"success"`, "updated_count": "59"})
	s.send("PATCH", "/api/notifications/mark-all-read/", boss.Access, nil).want(200).has(map[string]string{"updated_count": "0"})

	s.send("DELETE", "/api/notifications/60/", boss.Access, nil).want(200).has(map[string]string{"status": `"success"`, "message": `"Notification \"New Fruit Image Upload\" deleted successfully"`})
	s.send("POST", "/api/notifications/delete-selected/", boss.Access, object(`{"ids":["59",58,"999"]}`)).want(200).has(map[string]string{
		"deleted_count": "2", "deleted_notifications.#": "2", "deleted_notifications.0": `"New Leaf Image Upload"`,
	})
	s.send("GET", "/api/classified-images/60/", boss.Access, nil).want(200) // the image stays
	s.reject(t, boss.Access, map[string]rejected{
		"gone":           {"GET", "/api/notifications/60/", nil, 404, "Notification not found"},
		"delete gone":    {"DELETE", "/api/notifications/60/", nil, 404, "Notification not found"},
		"read gone":      {"PATCH", "/api/notifications/60/mark-read/", nil, 404, "Notification not found"},
		"no id":          {"GET", "/api/notifications/abc/", nil, 404, "Notification not found"},
		"a huge id":      {"PATCH", "/api/notifications/18446744073709551616/mark-read/", nil, 404, "Notification not found"},
		"no ids":         {"POST", "/api/notifications/delete-selected/", object(`{}`), 400, "No notification IDs provided"},
		"an empty list":  {"POST", "/api/notifications/delete-selected/", object(`{"ids":[]}`), 400, "No notification IDs provided"},
		"null":           {"POST", "/api/notifications/delete-selected/", object(`{"ids":null}`), 400, "No notification IDs provided"},
		"none of these":  {"POST", "/api/notifications/delete-selected/", object(`{"ids":["901","902"]}`), 404, "No notifications found"},
		"ids of words":   {"POST", "/api/notifications/delete-selected/", object(`{"ids":["x"]}`), 400, "ids"},
		"ids no list":    {"POST", "/api/notifications/delete-selected/", object(`{"ids":"7"}`), 400, "ids"},
		"too many ids":   {"POST", "/api/notifications/delete-selected/", manyIDs(1001), 400, "ids"},
		"no JSON object": {"POST", "/api/notifications/delete-selected/", object(`"7"`), 400, "JSON"},
	})
}

func manyIDs(n int) *body {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprint(i + 1)
	}
	return object(map[string]any{"ids": ids})
}
