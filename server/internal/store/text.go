package store

import "mangosense/server/internal/mango"

// Every text that is stored and shown to others passes here, whoever brings it.
// What comes with a photo is cleaned, since no odd character is worth a lost
// record; the names of an account, by which people are told apart, are refused.

func clean(texts ...*string) {
	for _, t := range texts {
		*t = mango.CleanText(*t)
	}
}

func cleanRecord(r *mango.Record) {
	a := &r.Answers
	clean(&r.OriginalName, &r.Classification, &r.Notes, &r.TrainingNotes, &a.DetectedDisease, &a.Feedback)
	if r.OriginalName != "" && !mango.Legible(r.OriginalName) {
		r.OriginalName = "image"
	}
	for _, text := range []*[]byte{&a.SelectedSymptoms, &a.PrimarySymptoms, &a.AlternativeSymptoms, &a.TopDiseases, &a.SymptomsData} {
		*text = mango.CleanJSON(*text)
	}
	r.Location = cleanLocation(r.Location)
}

func cleanLocation(l *mango.Location) *mango.Location {
	if l == nil {
		return nil
	}
	c := *l
	clean(&c.Address, &c.Source)
	return &c
}

func cleanConfirmation(c *mango.Confirmation) {
	clean(&c.Predicted, &c.Feedback)
	c.Location = cleanLocation(c.Location)
}

// checkNames refuses what would hide who an account is. Only what changes is
// looked at: an account of before must be able to get a new password.
func checkNames(old, u *mango.User) error {
	p, was := &u.Profile, &old.Profile
	for _, f := range []struct{ field, before, now string }{
		{"username", old.Username, u.Username}, {"email", old.Email, u.Email},
		{"first_name", old.FirstName, u.FirstName}, {"last_name", old.LastName, u.LastName},
		{"province", was.Province, p.Province}, {"city", was.City, p.City}, {"barangay", was.Barangay, p.Barangay},
		{"postal_code", was.PostalCode, p.PostalCode}, {"address", was.Address, p.Address}, {"phone", was.Phone, p.Phone},
	} {
		if f.now != f.before && !mango.CleanLine(f.now) {
			e := mango.Errorf(mango.Invalid, "The account's %s contains characters that are not allowed.", f.field)
			e.Fields = []string{f.field + ": contains characters that are not allowed"}
			return e
		}
	}
	return nil
}
