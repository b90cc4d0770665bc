package control_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"testing"
	"time"

	"mangosense/server/internal/mango"
)

// Two growers have the same photo and one of their own each: an account takes
// along what nobody else needs, and nothing else.
func TestPhotosGoWithTheirAccount(t *testing.T) {
	d := open(t, t.TempDir())
	defer d.Close()
	var users []uint64
	own := map[uint64]string{}
	shared := ""
	for i := range uint64(2) {
		u := &mango.User{Username: fmt.Sprintf("grower%d", i), Email: fmt.Sprintf("g%d@farm.example", i), Password: "$argon2id$x"}
		if _, err := d.Store.AddUser(ctx, mango.System, u); err != nil {
			t.Fatal(err)
		}
		users = append(users, u.ID)
		for _, photo := range []string{"both have this", u.Username} {
			sum := sha256.Sum256([]byte(photo))
			hold, err := d.Media.PutPhoto(ctx, sum, "jpeg", func(w io.Writer) error { _, err := io.WriteString(w, photo); return err })
			if err != nil {
				t.Fatal(err)
			}
			r := &mango.Record{User: u.ID, Photo: mango.Photo{SHA256: sum, Format: "jpeg"}, Media: hold.Name(), MediaBytes: hold.Size()}
			if _, err := d.Store.AddRecord(ctx, mango.System, r); err != nil {
				t.Fatal(err)
			}
			_ = hold.Close()
			if photo == u.Username {
				own[u.ID] = hold.Name()
			} else {
				shared = hold.Name()
			}
		}
	}
	there := func(name string) bool {
		f, err := d.Media.OpenPhoto(name)
		if err == nil {
			_ = f.Close()
		}
		return err == nil
	}
	gone := func(name string) {
		t.Helper()
		for i := 0; there(name); i++ {
			if i > 500 {
				t.Fatalf("%s stays", name)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	if err := d.Store.DeleteUser(ctx, mango.System, users[0]); err != nil {
		t.Fatal(err)
	}
	gone(own[users[0]])
	if !there(shared) || !there(own[users[1]]) {
		t.Error("the first account took along what the second needs")
	}
	if err := d.Store.DeleteUser(ctx, mango.System, users[1]); err != nil {
		t.Fatal(err)
	}
	gone(own[users[1]])
	gone(shared)
	if err := d.Store.Check(ctx, nil); err != nil {
		t.Error(err)
	}
}
