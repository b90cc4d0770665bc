package store_test

import (
	"strings"
	"testing"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// odd holds a character of each kind that must not be stored.
const odd = "a\x00\x1b[1m\u202Eb\u200B\uFEFF"

func isOdd(s string) bool {
	return strings.ContainsAny(s, "\x00\x1b\u202E\u200B\uFEFF") || strings.Contains(strings.ToLower(s), `\u202e`)
}

// TestNoOddTextIsStored walks every call that stores a text which others see.
func TestNoOddTextIsStored(t *testing.T) {
	s := openStore(t, store.Config{})
	u := &mango.User{Username: "lito", Email: "lito@farm.example"}
	if _, err := s.AddUser(ctx, mango.System, u); err != nil {
		t.Fatal(err)
	}
	text := new(odd)
	for name, bad := range map[string]mango.User{
		"username": {Username: odd}, "empty-looking username": {Username: "\u3164"}, "blank username": {Username: "\u2800"},
		"email": {Username: "x", Email: odd}, "first name": {Username: "x", FirstName: odd}, "last name": {Username: "x", LastName: "\u2063"},
		"address": {Username: "x", Profile: mango.Profile{Address: odd}}, "phone": {Username: "x", Profile: mango.Profile{Phone: odd}},
	} {
		if _, err := s.AddUser(ctx, mango.System, &bad); mango.CodeOf(err) != mango.Invalid {
			t.Errorf("%s is stored: %v", name, err)
		}
	}
	for name, c := range map[string]mango.UserChange{
		"username": {Username: text}, "email": {Email: text}, "first name": {FirstName: text}, "last name": {LastName: text},
		"profile": {Profile: &mango.Profile{City: odd}},
	} {
		if _, err := s.ChangeUser(ctx, mango.System, u.ID, c); mango.CodeOf(err) != mango.Invalid {
			t.Errorf("%s is changed: %v", name, err)
		}
	}

	json := []byte(`["` + "\u202E" + `\u202e\u0000x"]`)
	r := realistic(1)
	r.User, r.OriginalName, r.Notes = u.ID, odd, odd
	r.Location = &mango.Location{Address: odd, Source: odd, ConsentGiven: true}
	r.Answers = mango.Answers{Feedback: odd, DetectedDisease: odd, SelectedSymptoms: json, SymptomsData: json}
	id, err := s.AddRecord(ctx, mango.System, r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ChangeRecords(ctx, mango.System, []uint64{id}, mango.RecordChange{Notes: text, TrainingNotes: text, Classification: text}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Record(ctx, mango.System, id)
	if err != nil {
		t.Fatal(err)
	}
	a := got.Answers
	for _, stored := range []string{got.OriginalName, got.Notes, got.TrainingNotes, got.Classification, got.Location.Address, got.Location.Source,
		a.Feedback, a.DetectedDisease, string(a.SelectedSymptoms), string(a.SymptomsData)} {
		if isOdd(stored) || !strings.ContainsAny(stored, "abx") {
			t.Errorf("stored as %+q", stored)
		}
	}
	if r.OriginalName != odd || r.Location.Address != odd {
		t.Error("the caller's own record was changed")
	}

	c := &mango.Confirmation{Record: id, User: u.ID, Predicted: odd, Feedback: odd, ConsentGiven: true, Location: &mango.Location{Address: odd}}
	if _, err := s.AddConfirmation(ctx, mango.System, c); err != nil {
		t.Fatal(err)
	}
	page, err := s.PageConfirmations(ctx, mango.System, mango.ConfirmationFilter{}, mango.Page{})
	if err != nil || len(page.Confirmations) != 1 {
		t.Fatal(page, err)
	}
	if k := page.Confirmations[0]; isOdd(k.Predicted) || isOdd(k.Feedback) || isOdd(k.Location.Address) {
		t.Errorf("confirmation stored as %+q, %+q", k.Predicted, k.Feedback)
	}
	if _, err := s.AddNotification(ctx, mango.System, &mango.Notification{Title: odd, Message: odd}); err != nil {
		t.Fatal(err)
	}
	bells, _, err := s.PageNotifications(ctx, mango.System, mango.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range bells.Notifications {
		if isOdd(n.Title) || isOdd(n.Message) {
			t.Errorf("notification stored as %+q, %+q", n.Title, n.Message)
		}
	}
	disease := s.Vocabulary().Diseases[0]
	disease.Name = odd
	if err := s.PutDisease(ctx, mango.System, &disease); mango.CodeOf(err) != mango.Invalid {
		t.Errorf("a disease's name is stored: %v", err)
	}
	link := s.Vocabulary().Links[0]
	link.Label = odd
	if err := s.PutLink(ctx, mango.System, &link); mango.CodeOf(err) != mango.Invalid {
		t.Errorf("a label is stored: %v", err)
	}
}

// TestMapIsShared: newer records of one user do not hide another from the map.
func TestMapIsShared(t *testing.T) {
	s := openStore(t, store.Config{})
	ids := administrators(t, s, "ana", "ben")
	place := func(user uint64, n int) {
		for i := range n {
			r := realistic(i)
			r.User, r.Disease, r.Classification = user, "Anthracnose", ""
			r.Location = &mango.Location{Latitude: 10, Longitude: 122, ConsentGiven: true}
			if _, err := s.AddRecord(ctx, mango.System, r); err != nil {
				t.Fatal(err)
			}
		}
	}
	place(ids[0], 15)
	place(ids[1], 60)
	found, err := s.Places(ctx, ruler(ids[0]), mango.PlaceFilter{Limit: 20})
	if err != nil || len(found) != 20 {
		t.Fatalf("%d places, %v", len(found), err)
	}
	mine := 0
	for _, p := range found {
		if r, err := s.Record(ctx, mango.System, p.Record); err == nil && r.User == ids[0] {
			mine++
		}
	}
	if mine != 10 {
		t.Errorf("one of two users has %d of 20 places", mine)
	}
}
