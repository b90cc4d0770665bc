package notifications_test

import (
	"fmt"
	"testing"

	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/mango"
)

func TestNotifications(t *testing.T) {
	s := apitest.New(t, nil)
	boss, lito := s.Admin(), s.Join("lito@farm.example")
	s.Send("GET", "/api/notifications/", boss.Access, nil).Want(200).Has(map[string]string{
		"notifications": "[]", "pagination": `{"current_page":1,"has_next":false,"has_previous":false,"total_count":0,"total_pages":1}`,
	})
	s.Stored(60, func(i int, r *mango.Record) {
		r.User = lito.ID
		if i == 59 {
			r.Kind, r.Disease, r.Photo.Format = mango.Fruit, "Stem end Rot", "png"
		}
	})
	got := s.Send("GET", "/api/notifications/?create_new=true", boss.Access, nil).Want(200)
	got.Has(map[string]string{
		"notifications.#": "50", "pagination.total_count": "60", "pagination.total_pages": "2", "pagination.has_next": "true",
		"notifications.0.id": `"60"`, "notifications.0.user_id": `"` + apitest.ID(lito.ID) + `"`, "notifications.0.image_id": `"60"`, "notifications.0.image_name": `"image_60.png"`,
		"notifications.0.user_name": `"Lito Reyes"`, "notifications.0.user_email": `"lito@farm.example"`, "notifications.0.disease_type": `"fruit"`,
		"notifications.0.disease_classification": `"Stem end Rot"`, "notifications.0.confidence": "0.9", "notifications.0.is_read": "false", "notifications.0.image_url": "null",
		"notifications.0.title": `"New Fruit Image Upload"`, "notifications.1.title": `"New Leaf Image Upload"`,
		"notifications.1.message": `"image_59.jpg: Anthracnose, 90.0% confidence"`,
	})
	for query, page := range map[string]string{"?page=2": "2", "?page=99": "2", "?page=abc": "1", "?page=0": "1", "?page=-5": "1", "?page=99999999999999999999999": "2", "?page=%ff": "1", "?per_page=x&page=2": "2"} {
		s.Send("GET", "/api/notifications/"+query, boss.Access, nil).Want(200).Has(map[string]string{"pagination.current_page": page})
	}
	s.Send("GET", "/api/notifications/?per_page=7&page=9", boss.Access, nil).Want(200).Has(map[string]string{"notifications.#": "4", "pagination.total_pages": "9", "pagination.has_next": "false"})

	s.Send("GET", "/api/notifications/60/", boss.Access, nil).Want(200).Has(map[string]string{
		"id": `"60"`, "image_size": `"40x30"`, "is_verified": "false", "verified_by": "null", "client_ip": "null", "processing_time": "null",
	})
	s.Send("PATCH", "/api/notifications/60/mark-read/", boss.Access, nil).Want(200).Has(map[string]string{"status": `"success"`, "message": `"Notification marked as read"`})
	s.Send("GET", "/api/notifications/60/", boss.Access, nil).Want(200).Has(map[string]string{"is_read": "true"})
	s.Send("PATCH", "/api/notifications/mark-all-read/", boss.Access, apitest.Object(`{}`)).Want(200).Has(map[string]string{"status": `"success"`, "updated_count": "59"})
	s.Send("PATCH", "/api/notifications/mark-all-read/", boss.Access, nil).Want(200).Has(map[string]string{"updated_count": "0"})

	s.Send("DELETE", "/api/notifications/60/", boss.Access, nil).Want(200).Has(map[string]string{"status": `"success"`, "message": `"Notification \"New Fruit Image Upload\" deleted successfully"`})
	s.Send("POST", "/api/notifications/delete-selected/", boss.Access, apitest.Object(`{"ids":["59",58,"999"]}`)).Want(200).Has(map[string]string{
		"deleted_count": "2", "deleted_notifications.#": "2", "deleted_notifications.0": `"New Leaf Image Upload"`,
	})
	s.Send("GET", "/api/classified-images/60/", boss.Access, nil).Want(200) // the image stays
	s.Reject(t, boss.Access, map[string]apitest.Rejected{
		"gone":           {Method: "GET", Path: "/api/notifications/60/", Status: 404, Names: "Notification not found"},
		"delete gone":    {Method: "DELETE", Path: "/api/notifications/60/", Status: 404, Names: "Notification not found"},
		"read gone":      {Method: "PATCH", Path: "/api/notifications/60/mark-read/", Status: 404, Names: "Notification not found"},
		"no id":          {Method: "GET", Path: "/api/notifications/abc/", Status: 404, Names: "Notification not found"},
		"a huge id":      {Method: "PATCH", Path: "/api/notifications/18446744073709551616/mark-read/", Status: 404, Names: "Notification not found"},
		"no ids":         {Method: "POST", Path: "/api/notifications/delete-selected/", Body: apitest.Object(`{}`), Status: 400, Names: "No notification IDs provided"},
		"an empty list":  {Method: "POST", Path: "/api/notifications/delete-selected/", Body: apitest.Object(`{"ids":[]}`), Status: 400, Names: "No notification IDs provided"},
		"null":           {Method: "POST", Path: "/api/notifications/delete-selected/", Body: apitest.Object(`{"ids":null}`), Status: 400, Names: "No notification IDs provided"},
		"none of these":  {Method: "POST", Path: "/api/notifications/delete-selected/", Body: apitest.Object(`{"ids":["901","902"]}`), Status: 404, Names: "No notifications found"},
		"ids of words":   {Method: "POST", Path: "/api/notifications/delete-selected/", Body: apitest.Object(`{"ids":["x"]}`), Status: 400, Names: "ids"},
		"ids no list":    {Method: "POST", Path: "/api/notifications/delete-selected/", Body: apitest.Object(`{"ids":"7"}`), Status: 400, Names: "ids"},
		"too many ids":   {Method: "POST", Path: "/api/notifications/delete-selected/", Body: manyIDs(1001), Status: 400, Names: "ids"},
		"no JSON object": {Method: "POST", Path: "/api/notifications/delete-selected/", Body: apitest.Object(`"7"`), Status: 400, Names: "JSON"},
	})
}

func manyIDs(n int) *apitest.Body {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprint(i + 1)
	}
	return apitest.Object(map[string]any{"ids": ids})
}
