package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

func codeOf(err error) mango.Code {
	if err == nil {
		return ""
	}
	return mango.CodeOf(err)
}

// What is at a bound is stored, what is beyond it is refused with its code.
func TestBoundsOfWhatIsStored(t *testing.T) {
	s := openStore(t, store.Config{})
	user := grower(t, s, "lito")
	n := 0
	x := func(n int) string { return strings.Repeat("x", n) }
	record := func(change func(r *mango.Record)) error {
		r := &mango.Record{Kind: mango.Leaf, Disease: "Healthy"}
		change(r)
		_, err := s.AddRecord(ctx, mango.System, r)
		return err
	}
	account := func(change func(u *mango.User)) error {
		n++
		u := &mango.User{Username: fmt.Sprint("user", n)}
		change(u)
		_, err := s.AddUser(ctx, mango.System, u)
		return err
	}
	symptom := func(key string, vector *int) error {
		return s.PutSymptom(ctx, mango.System, &mango.SymptomEntry{Key: key, Part: mango.Leaf, Vector: vector})
	}
	alias := func(alias, source string) error {
		return s.PutAlias(ctx, mango.System, &mango.Alias{Alias: alias, Canonical: 1, Source: source})
	}
	disease := func(name, description, treatment string) error {
		return s.PutDisease(ctx, mango.System, &mango.DiseaseEntry{Name: name, Part: mango.Leaf, Description: description, Treatment: treatment})
	}
	link := func(label string, order int) error {
		return s.PutLink(ctx, mango.System, &mango.DiseaseSymptom{Disease: 1, Symptom: 1, Label: label, Order: order})
	}
	confirm := func(feedback, predicted, address int) error {
		r := &mango.Record{Kind: mango.Leaf, Disease: "Healthy"}
		if _, err := s.AddRecord(ctx, mango.System, r); err != nil {
			t.Fatal(err)
		}
		_, err := s.AddConfirmation(ctx, mango.System, &mango.Confirmation{Record: r.ID, Feedback: x(feedback), Predicted: x(predicted),
			ConsentGiven: true, Location: &mango.Location{Address: x(address)}})
		return err
	}
	for _, c := range []struct {
		name string
		err  error
		code mango.Code
	}{
		{"record, 256 KB of text", record(func(r *mango.Record) {
			r.Notes, r.TrainingNotes, r.OriginalName, r.Classification = x(128<<10), x(128<<10-40), x(10), x(10)
			r.Answers.DetectedDisease, r.Location = x(10), &mango.Location{Address: x(5), Source: x(5), ConsentGiven: true}
		}), ""},
		{"record, a byte more in the place", record(func(r *mango.Record) {
			r.Notes, r.Location = x(256<<10-9), &mango.Location{Address: x(5), Source: x(5), ConsentGiven: true}
		}), mango.TooLarge},
		{"record, a byte more in the names", record(func(r *mango.Record) {
			r.Answers.Feedback, r.Answers.DetectedDisease = x(256<<10-19), x(5)
			r.OriginalName, r.Classification, r.Media = x(5), x(5), x(5)
		}), mango.TooLarge},
		{"record, a byte more in the notes", record(func(r *mango.Record) { r.Notes, r.TrainingNotes = x(256<<10), x(1) }), mango.TooLarge},
		{"record, 1,000 classes", record(func(r *mango.Record) { r.Probabilities = make([]mango.Class, 1000) }), ""},
		{"record, 1,001 classes", record(func(r *mango.Record) { r.Probabilities = make([]mango.Class, 1001) }), mango.TooLarge},
		{"record, a long photo name", record(func(r *mango.Record) { r.Media = x(1000) }), ""},
		{"record, a longer photo name", record(func(r *mango.Record) { r.Media = x(1001) }), mango.TooLarge},
		{"record, a long origin", record(func(r *mango.Record) { r.Origin = x(1000) }), ""},
		{"record, a longer origin", record(func(r *mango.Record) { r.Origin = x(1001) }), mango.TooLarge},
		{"account, 150 characters", account(func(u *mango.User) { u.Username = x(150) }), ""},
		{"account, 151 characters", account(func(u *mango.User) { u.Username = x(151) }), mango.Invalid},
		{"account, blank", account(func(u *mango.User) { u.Username = "  " }), mango.Invalid},
		{"account, address of 320", account(func(u *mango.User) { u.Email = x(320) }), ""},
		{"account, address of 321", account(func(u *mango.User) { u.Email = x(321) }), mango.TooLarge},
		{"account, 16 KB", account(func(u *mango.User) {
			u.Email, u.FirstName, u.LastName, u.Password = "", x(1<<10), x(1<<10), x(1<<10)
			u.Profile = mango.Profile{Address: x(8 << 10), Barangay: x(1 << 10), City: x(1 << 10), Province: x(1 << 10), PostalCode: x(1 << 10), Phone: x(1<<10 - 5)}
			u.Origin = x(5)
		}), ""},
		{"account, a byte more", account(func(u *mango.User) {
			u.Email, u.FirstName, u.LastName, u.Password = x(6), x(1<<10), x(1<<10), x(1<<10)
			u.Profile = mango.Profile{Address: x(8 << 10), Barangay: x(1 << 10), City: x(1 << 10), Province: x(1 << 10), PostalCode: x(1 << 10), Phone: x(1<<10 - 10)}
			u.Origin = x(5)
		}), mango.TooLarge},
		{"symptom, every kind of letter", symptom("azAZ09_-", nil), ""},
		{"symptom, 80 letters", symptom(x(80), ptr(1<<15)), ""},
		{"symptom, 81 letters", symptom(x(81), nil), mango.Invalid},
		{"symptom, none", symptom("", nil), mango.Invalid},
		{"symptom, before a", symptom("`", nil), mango.Invalid},
		{"symptom, behind z", symptom("{", nil), mango.Invalid},
		{"symptom, before A", symptom("@", nil), mango.Invalid},
		{"symptom, behind Z", symptom("[", nil), mango.Invalid},
		{"symptom, before 0", symptom("/", nil), mango.Invalid},
		{"symptom, behind 9", symptom(":", nil), mango.Invalid},
		{"symptom, first feature", symptom("first", ptr(0)), ""},
		{"symptom, feature below", symptom("below", ptr(-1)), mango.Invalid},
		{"symptom, feature above", symptom("above", ptr(1<<15+1)), mango.Invalid},
		{"alias, at its bounds", alias(x(120), x(100)), ""},
		{"alias, too long", alias(x(121), ""), mango.Invalid},
		{"alias, its source too long", alias("a", x(101)), mango.Invalid},
		{"disease, at its bounds", disease(strings.Repeat("é", 100), x(10000), x(10000)), ""},
		{"disease, too long", disease(x(101), "", ""), mango.Invalid},
		{"disease, none", disease("", "", ""), mango.Invalid},
		{"disease, its text too long", disease("a", x(10001), ""), mango.Invalid},
		{"disease, its treatment too long", disease("a", "", x(10001)), mango.Invalid},
		{"prompt, at its bounds", link(strings.Repeat("é", 300), 1<<20), ""},
		{"prompt, order taken", link("a", 1<<20), mango.Conflict},
		{"prompt, too long", link(x(301), 70), mango.Invalid},
		{"prompt, blank", link(" ", 70), mango.Invalid},
		{"prompt, order too high", link("a", 1<<20+1), mango.Invalid},
		{"prompt, order too low", link("a", -1), mango.Invalid},
		{"confirmation, 64 KB", confirm(64<<10-10, 10, 64<<10), ""},
		{"confirmation, a byte more", confirm(64<<10-9, 10, 0), mango.TooLarge},
		{"confirmation, a place too long", confirm(0, 0, 64<<10+1), mango.TooLarge},
		{"logout, 200 letters", s.EndSession(ctx, user, x(200), time.Now().Add(time.Hour)), ""},
		{"logout, 201 letters", s.EndSession(ctx, user, x(201), time.Now().Add(time.Hour)), mango.Invalid},
		{"logout, no token", s.EndSession(ctx, user, "", time.Now().Add(time.Hour)), mango.Invalid},
	} {
		if codeOf(c.err) != c.code {
			t.Errorf("%s: %v, want %q", c.name, c.err, c.code)
		}
	}
}

// Texts of a user are looked up by name and address, however they are spelt, and
// a name longer than any key is nobody's.
func TestAccountsByName(t *testing.T) {
	s := openStore(t, store.Config{})
	id := grower(t, s, "Lito").User
	for name, found := range map[string]bool{" lito ": true, "LITO": true, "lit": false, "": false, " ": false, strings.Repeat("x", 32768): false, strings.Repeat("x", 32769): false} {
		u, err := s.UserByName(ctx, mango.System, name)
		if (err == nil && u.ID == id) != found || !found && mango.CodeOf(err) != mango.NotFound {
			t.Errorf("%.9q: %+v, %v", name, u, err)
		}
	}
	if u, err := s.UserByEmail(ctx, mango.System, "LITO@farm.example"); err != nil || u.ID != id {
		t.Errorf("by address: %+v, %v", u, err)
	}
}

// A page has long texts up to a bound, to the byte.
func TestConfirmationsOfAPageHoldSoMuchText(t *testing.T) {
	s := openStore(t, store.Config{})
	const each = 64 << 10
	for i := range 65 { // 4 MB and one
		r := &mango.Record{Kind: mango.Leaf, Disease: "Healthy"}
		if _, err := s.AddRecord(ctx, mango.System, r); err != nil {
			t.Fatal(err)
		}
		if _, err := s.AddConfirmation(ctx, mango.System, &mango.Confirmation{Record: r.ID, At: time.Unix(1_800_000_000-int64(i), 0), Feedback: string(bytes.Repeat([]byte("x"), each))}); err != nil {
			t.Fatal(err)
		}
	}
	page, err := s.PageConfirmations(ctx, mango.System, mango.ConfirmationFilter{}, mango.Page{Size: 100})
	if err != nil || len(page.Confirmations) != 65 {
		t.Fatal(len(page.Confirmations), err)
	}
	for i, c := range page.Confirmations {
		if whole := len(c.Feedback) == each; whole != (i < 64) {
			t.Errorf("confirmation %d has %d bytes", i, len(c.Feedback))
		}
	}
}

// Each text of a record and of an account counts.
func TestEachTextCounts(t *testing.T) {
	s := openStore(t, store.Config{})
	long := strings.Repeat("x", 256<<10)
	for name, set := range map[string]func(r *mango.Record){
		"selected":       func(r *mango.Record) { r.Answers.SelectedSymptoms = []byte(long) },
		"primary":        func(r *mango.Record) { r.Answers.PrimarySymptoms = []byte(long) },
		"alternative":    func(r *mango.Record) { r.Answers.AlternativeSymptoms = []byte(long) },
		"top":            func(r *mango.Record) { r.Answers.TopDiseases = []byte(long) },
		"data":           func(r *mango.Record) { r.Answers.SymptomsData = []byte(long) },
		"feedback":       func(r *mango.Record) { r.Answers.Feedback = long },
		"detected":       func(r *mango.Record) { r.Answers.DetectedDisease = long },
		"name":           func(r *mango.Record) { r.OriginalName = long },
		"notes":          func(r *mango.Record) { r.Notes = long },
		"training notes": func(r *mango.Record) { r.TrainingNotes = long },
		"class":          func(r *mango.Record) { r.Classification = long },
		"address":        func(r *mango.Record) { r.Location.Address = long },
		"source":         func(r *mango.Record) { r.Location.Source = long },
	} {
		r := &mango.Record{Kind: mango.Leaf, Media: "x", Location: &mango.Location{}}
		set(r)
		if _, err := s.AddRecord(ctx, mango.System, r); codeOf(err) != mango.TooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
	long = strings.Repeat("x", 16<<10)
	for name, set := range map[string]func(u *mango.User){
		"first name": func(u *mango.User) { u.FirstName = long }, "last name": func(u *mango.User) { u.LastName = long },
		"password": func(u *mango.User) { u.Password = long }, "origin": func(u *mango.User) { u.Origin = long },
		"address": func(u *mango.User) { u.Profile.Address = long }, "barangay": func(u *mango.User) { u.Profile.Barangay = long },
		"city": func(u *mango.User) { u.Profile.City = long }, "province": func(u *mango.User) { u.Profile.Province = long },
		"postal code": func(u *mango.User) { u.Profile.PostalCode = long }, "phone": func(u *mango.User) { u.Profile.Phone = long },
	} {
		u := &mango.User{Username: "lito", Email: "x"}
		set(u)
		if _, err := s.AddUser(ctx, mango.System, u); codeOf(err) != mango.TooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := &mango.Record{Kind: mango.Leaf, Disease: "Healthy"}
	if _, err := s.AddRecord(ctx, mango.System, r); err != nil {
		t.Fatal(err)
	}
	long = strings.Repeat("x", 64<<10)
	for name, c := range map[string]mango.Confirmation{"feedback": {Feedback: long, Predicted: "x"}, "class": {Predicted: long, Origin: "x"}, "origin": {Origin: long, Feedback: "x"}} {
		c.Record = r.ID
		if _, err := s.AddConfirmation(ctx, mango.System, &c); codeOf(err) != mango.TooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
	// What a user fills counts each text and the photo.
	for name, set := range map[string]func(r *mango.Record){
		"photo": func(r *mango.Record) { r.Media, r.MediaBytes = "x", 1<<20 }, "notes": func(r *mango.Record) { r.Notes = long }, "training notes": func(r *mango.Record) { r.TrainingNotes = long },
		"feedback": func(r *mango.Record) { r.Answers.Feedback = long },
	} {
		s := openStore(t, store.Config{UserQuota: 40 << 10})
		lito := grower(t, s, "lito")
		small := &mango.Record{Kind: mango.Leaf, User: lito.User}
		if err := s.MayAdd(ctx, lito, 0); err != nil {
			t.Errorf("%s: an empty account is full: %v", name, err)
		}
		set(small)
		if _, err := s.AddRecord(ctx, mango.System, small); err != nil {
			t.Fatal(err)
		}
		if err := s.MayAdd(ctx, lito, 0); codeOf(err) != mango.StoreFull {
			t.Errorf("%s does not fill an account: %v", name, err)
		}
	}
}

// An account is full at its last byte: each record counts 4 KB beside its photo.
func TestQuotaToTheByte(t *testing.T) {
	s := openStore(t, store.Config{UserQuota: 100_000})
	lito := grower(t, s, "lito")
	const record = 4 << 10
	for _, c := range []struct {
		bytes int64
		full  bool
	}{{100_000 - record, false}, {100_000 - record + 1, true}} {
		if err := s.MayAdd(ctx, lito, c.bytes); (codeOf(err) == mango.StoreFull) != c.full || !c.full && err != nil {
			t.Errorf("%d bytes: %v", c.bytes, err)
		}
	}
	add := func(bytes ...int64) error {
		var all []*mango.Record
		for _, b := range bytes {
			all = append(all, &mango.Record{Kind: mango.Leaf, User: lito.User, MediaBytes: b, Media: "x"})
		}
		_, _, err := s.AddRecords(ctx, lito, all, nil)
		return err
	}
	for _, c := range []struct {
		name  string
		bytes []int64
		full  bool
	}{
		{"two that are a byte too much", []int64{50_000, 50_000 - 2*record + 1}, true}, {"two that just fit", []int64{40_000, 40_000}, false},
		{"one more", []int64{20_000 - 3*record + 1}, true}, {"the last one", []int64{20_000 - 3*record}, false}, {"an empty one", []int64{0}, true},
	} {
		if err := add(c.bytes...); (codeOf(err) == mango.StoreFull) != c.full || !c.full && err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for quota, words := range map[int64]string{1<<30 - 1: "1023 MB", 1 << 30: "1.0 GB", 3 << 29: "1.5 GB"} {
		s := openStore(t, store.Config{UserQuota: quota})
		var e *mango.Error
		if err := s.MayAdd(ctx, grower(t, s, "lito"), quota); !errors.As(err, &e) || !strings.Contains(e.Public, words) {
			t.Errorf("a quota of %d: %v", quota, err)
		}
	}
}
