package auth_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mangosense/server/internal/auth"
	"mangosense/server/internal/mango"
)

// TestRegistrationLengths: of each text the shortest and the longest that is
// taken, and one character less and more.
func TestRegistrationLengths(t *testing.T) {
	w := newWorld(t, nil)
	for _, c := range []struct {
		name        string
		field       func(*auth.Registration) *string
		least, most int
		fill        string
	}{
		{"First name", func(f *auth.Registration) *string { return &f.FirstName }, 2, 150, "é"},
		{"Last name", func(f *auth.Registration) *string { return &f.LastName }, 2, 150, "é"},
		{"Address", func(f *auth.Registration) *string { return &f.Address }, 5, 200, "é"},
		{"Province", func(f *auth.Registration) *string { return &f.Province }, 1, 100, "é"},
		{"City", func(f *auth.Registration) *string { return &f.City }, 1, 100, "é"},
		{"Barangay", func(f *auth.Registration) *string { return &f.Barangay }, 1, 100, "é"},
		{"Postal code", func(f *auth.Registration) *string { return &f.PostalCode }, 0, 20, "1"},
		{"Password", func(f *auth.Registration) *string { return &f.Password }, 8, 256, "é"},
	} {
		for _, n := range []int{c.least - 1, c.least, c.most, c.most + 1} {
			if n < 0 || n == 0 && c.least == 1 { // empty is a lack, not a length
				continue
			}
			f := form()
			f.Email = "lito@farm.example"
			text := strings.Repeat(c.fill, n)
			if c.name == "Password" {
				text = strings.Repeat(c.fill, n-2) + "A1"
			}
			*c.field(&f) = text
			want := ""
			switch {
			case n < c.least:
				want = c.name + " must be at least "
			case n > c.most:
				want = c.name + " must be at most "
			}
			_, u, err := w.Register(context.Background(), f)
			if want == "" {
				if err != nil {
					t.Errorf("%s of %d characters: %v", c.name, n, err)
				} else if err := w.store.DeleteUser(context.Background(), mango.System, u.ID); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if e, ok := err.(*mango.Error); !ok || e.Code != mango.Invalid || !strings.HasPrefix(e.Public, want) || len(e.Fields) != 1 {
				t.Errorf("%s of %d characters: %+v, want %q", c.name, n, err, want)
			}
		}
	}
}

// TestRegistrationFields: every broken rule is named, in the order of the form.
func TestRegistrationFields(t *testing.T) {
	w := newWorld(t, nil)
	for _, c := range []struct {
		name string
		form auth.Registration
		want []string
	}{
		{"nothing filled in", auth.Registration{}, []string{"All required fields must be provided.",
			"First name is required.", "Last name is required.", "Email is required.", "Password is required.",
			"Address is required, or province, city and barangay."}},
		{"no province", auth.Registration{FirstName: "Lito", LastName: "Reyes", Email: "a@b.example", Password: goodPassword, City: "Jordan", Barangay: "Hoskyn"},
			[]string{"All required fields must be provided.", "Address is required, or province, city and barangay."}},
		{"no barangay", auth.Registration{FirstName: "Lito", LastName: "Reyes", Email: "a@b.example", Password: goodPassword, City: "Jordan", Province: "Guimaras"},
			[]string{"All required fields must be provided.", "Address is required, or province, city and barangay."}},
		{"everything wrong", auth.Registration{FirstName: "L", LastName: "R", Email: "x", Password: "abc", Confirm: new("abd"), Address: "Rd 1",
			PostalCode: "12345\x00"}, []string{
			"First name must be at least 2 characters long.", "Last name must be at least 2 characters long.", "Invalid email format.",
			"Address must be at least 5 characters long.", "Postal code contains characters that are not allowed.", "Passwords do not match.",
			"Password must be at least 8 characters long.", "Password must contain at least one digit.",
			"Password must contain at least one uppercase letter."}},
	} {
		_, _, err := w.Register(context.Background(), c.form)
		if e, ok := err.(*mango.Error); !ok || e.Code != mango.Invalid || !slices.Equal(e.Fields, c.want) || e.Public != c.want[0] {
			t.Errorf("%s: %+v\nwant %q", c.name, err, c.want)
		}
	}
}

// TestRegistered: what an account keeps of its form.
func TestRegistered(t *testing.T) {
	for _, c := range []struct {
		name              string
		change            func(*auth.Registration)
		username, address string
	}{
		{"as it is", func(*auth.Registration) {}, "litoreyes", "Hoskyn, Jordan, Guimaras"},
		{"with spaces", func(f *auth.Registration) { f.FirstName, f.Email = " Lito ", " LITO@farm.example " }, "litoreyes", "Hoskyn, Jordan, Guimaras"},
		{"postal code", func(f *auth.Registration) { f.PostalCode = "5045" }, "litoreyes", "Hoskyn, Jordan, Guimaras, 5045"},
		{"address beside the place", func(f *auth.Registration) { f.Address = "Road 12" }, "litoreyes", "Road 12"},
		{"address alone", func(f *auth.Registration) { f.Address, f.Province, f.City, f.Barangay = "Road 12", "", "", "" }, "litoreyes", "Road 12"},
		{"confirmed", func(f *auth.Registration) { f.Confirm = new(goodPassword) }, "litoreyes", "Hoskyn, Jordan, Guimaras"},
		{"signs and digits in the name", func(f *auth.Registration) { f.FirstName, f.LastName = "Ma. Ñora", "D'Cruz-2nd" }, "mañoradcruz2nd", "Hoskyn, Jordan, Guimaras"},
		{"a long name", func(f *auth.Registration) {
			f.FirstName, f.LastName = strings.Repeat("a", 29), strings.Repeat("b", 29)
		}, strings.Repeat("a", 29) + "b", "Hoskyn, Jordan, Guimaras"},
	} {
		w := newWorld(t, nil)
		f := form()
		c.change(&f)
		_, u, err := w.Register(context.Background(), f)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		end, found := strings.CutPrefix(u.Username, c.username+"_")
		if !found || !regexp.MustCompile("^[0-9a-f]{8}$").MatchString(end) {
			t.Errorf("%s: username %q", c.name, u.Username)
		}
		if u.Email != "lito@farm.example" || u.Profile.Address != c.address {
			t.Errorf("%s: %q at %q, want %q", c.name, u.Email, u.Profile.Address, c.address)
		}
	}
}

func TestValidEmail(t *testing.T) {
	long := strings.Repeat("a", 64) + "@" + strings.Repeat("b", 180) + ".example" // 253
	for email, want := range map[string]bool{
		"a@b.example": true, "A.b+c@sub.b.example": true, long: true, "a" + long: true, "aa" + long: false,
		"": false, "a": false, "a@": false, "@b.example": false, "a@b": false, "a@b.": false, "a@.b": false,
		"a@b..": false, "a@b.example ": false, " a@b.example": false, "<a@b.example>": false, "Lito <a@b.example>": false,
		`"a"@b.example`: false, `"a b"@b.example`: false, "a@[127.0.0.1]": false, "a@b.example, c@d.example": false,
		"a(c)@b.example": false, "a@b\x00.example": false, "a@b.example\n": false, "\u202ea@b.example": false,
	} {
		if got := auth.ValidEmail(email); got != want {
			t.Errorf("%q: %v", email, got)
		}
	}
}
