package auth

import (
	"context"
	"net/mail"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"mangosense/server/internal/mango"
)

// Registration is what a new user types.
type Registration struct {
	FirstName, LastName, Email string
	Password                   string
	Confirm                    *string // nil: not asked for
	// Either Address, or Province, City and Barangay.
	Address, Province, City, Barangay, PostalCode string
}

// The longest texts of an account, in characters.
const (
	maxName     = 150
	maxEmail    = 254
	maxPassword = 256
	maxPlace    = 100
	maxPostal   = 20
)

// Register makes an account and logs it in.
func (a *Accounts) Register(ctx context.Context, r Registration) (Tokens, *mango.User, error) {
	r.trim()
	if lacks := r.lacks(); len(lacks) > 0 {
		const all = "All required fields must be provided."
		return Tokens{}, nil, &mango.Error{Code: mango.Invalid, Public: all, Fields: append([]string{all}, lacks...)}
	}
	faults := r.faults()
	if len(faults) == 0 {
		// The cheap look first; the store decides in its own transaction.
		switch _, err := a.cfg.Users.UserByEmail(ctx, mango.System, r.Email); {
		case err == nil:
			faults = []string{emailTaken}
		case mango.CodeOf(err) != mango.NotFound:
			return Tokens{}, nil, err
		}
	}
	if len(faults) > 0 {
		return Tokens{}, nil, &mango.Error{Code: mango.Invalid, Public: faults[0], Fields: faults}
	}
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	hash, err := a.hasher.hash(wait, r.Password)
	if err != nil {
		return Tokens{}, nil, err
	}
	u := &mango.User{
		Username: username(r.FirstName, r.LastName), Email: r.Email, FirstName: r.FirstName, LastName: r.LastName,
		Password: hash, Profile: r.profile(),
	}
	if _, err := a.cfg.Users.AddUser(ctx, mango.System, u); err != nil {
		if mango.CodeOf(err) == mango.Conflict {
			err = &mango.Error{Code: mango.Invalid, Public: emailTaken, Fields: []string{emailTaken}, Cause: err}
		}
		return Tokens{}, nil, err
	}
	t, err := a.tokens(*u)
	return t, u, err
}

const emailTaken = "An account with this email already exists."

func (r *Registration) trim() {
	for _, text := range []*string{&r.FirstName, &r.LastName, &r.Email, &r.Address, &r.Province, &r.City, &r.Barangay, &r.PostalCode} {
		*text = strings.TrimSpace(*text)
	}
	r.Email = strings.ToLower(r.Email)
}

// lacks names what was not filled in.
func (r *Registration) lacks() []string {
	var out []string
	for _, f := range []struct{ name, text string }{
		{"First name", r.FirstName}, {"Last name", r.LastName}, {"Email", r.Email}, {"Password", r.Password},
	} {
		if f.text == "" {
			out = append(out, f.name+" is required.")
		}
	}
	if r.Address == "" && (r.Province == "" || r.City == "" || r.Barangay == "") {
		out = append(out, "Address is required, or province, city and barangay.")
	}
	return out
}

// faults are the broken rules, in the order of the form.
func (r *Registration) faults() []string {
	var out []string
	length := func(name, text string, least, most int) {
		switch n := utf8.RuneCountInString(text); {
		case n < least:
			out = append(out, name+" must be at least "+strconv.Itoa(least)+" characters long.")
		case n > most:
			out = append(out, name+" must be at most "+strconv.Itoa(most)+" characters long.")
		case !mango.CleanLine(text):
			out = append(out, name+" contains characters that are not allowed.")
		}
	}
	length("First name", r.FirstName, 2, maxName)
	length("Last name", r.LastName, 2, maxName)
	if !ValidEmail(r.Email) {
		out = append(out, "Invalid email format.")
	}
	if r.Address != "" {
		length("Address", r.Address, 5, 200)
	}
	length("Province", r.Province, 0, maxPlace)
	length("City", r.City, 0, maxPlace)
	length("Barangay", r.Barangay, 0, maxPlace)
	length("Postal code", r.PostalCode, 0, maxPostal)
	if r.Confirm != nil && *r.Confirm != r.Password {
		out = append(out, "Passwords do not match.")
	}
	return append(out, CheckPassword(r.Password)...)
}

func (r *Registration) profile() mango.Profile {
	p := mango.Profile{Province: r.Province, City: r.City, Barangay: r.Barangay, PostalCode: r.PostalCode, Address: r.Address}
	if p.Address == "" {
		parts := []string{r.Barangay, r.City, r.Province}
		if r.PostalCode != "" {
			parts = append(parts, r.PostalCode)
		}
		p.Address = strings.Join(parts, ", ")
	}
	return p
}

// CheckPassword lists what a new password lacks; empty: nothing.
func CheckPassword(password string) []string {
	var out []string
	if utf8.RuneCountInString(password) < 8 {
		out = append(out, "Password must be at least 8 characters long.")
	}
	if utf8.RuneCountInString(password) > maxPassword {
		out = append(out, "Password must be at most 256 characters long.")
	}
	if !strings.ContainsFunc(password, unicode.IsDigit) {
		out = append(out, "Password must contain at least one digit.")
	}
	if !strings.ContainsFunc(password, unicode.IsUpper) {
		out = append(out, "Password must contain at least one uppercase letter.")
	}
	return out
}

// ValidEmail reports whether a text is a bare address such as a@b.example.
func ValidEmail(email string) bool {
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || parsed.Name != "" || len(email) > maxEmail {
		return false
	}
	_, domain, _ := strings.Cut(email, "@")
	return mango.CleanLine(email) && strings.Contains(strings.Trim(domain, "."), ".") && !strings.ContainsAny(email, "\"()<>, \t[]")
}

// username is made from the name, as the predecessor made it, and is unique by
// its random end.
func username(first, last string) string {
	keep := func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}
	name := []rune(strings.Map(keep, first+last))
	return string(name[:min(len(name), 30)]) + "_" + randomHex(4)
}
