package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mangosense/diseases"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// scene is a store with something of everything in it.
type scene struct {
	s       *store.Store
	grower  uint64
	records []uint64
	dir     string // for backups
	backup  string
}

func (c *scene) id() uint64 { return c.records[0] }

// calls is every call of a Store. A method without a line here fails the test.
var calls = map[string]func(c *scene) error{
	"AddRecord": func(c *scene) error { _, err := c.s.AddRecord(ctx, mango.System, realistic(5000)); return err },
	"AddRecords": func(c *scene) error {
		_, _, err := c.s.AddRecords(ctx, mango.Actor{User: c.grower}, owned(mango.Actor{User: c.grower}, 5001, 5002), once("k", 1))
		return err
	},
	"Replied": func(c *scene) error {
		_, err := c.s.Replied(ctx, mango.Actor{User: c.grower}, "scene", [32]byte{1})
		return err
	},
	"Record": func(c *scene) error { _, err := c.s.Record(ctx, mango.System, c.id()); return err },
	"EachRecord": func(c *scene) error {
		return c.s.EachRecord(ctx, mango.System, mango.RecordFilter{}, func(*mango.Record) error { return nil })
	},
	"PageRecords": func(c *scene) error {
		_, err := c.s.PageRecords(ctx, mango.System, mango.RecordFilter{Search: "image"}, mango.Page{Number: 1, Size: 20})
		return err
	},
	"ChangeRecords": func(c *scene) error {
		_, err := c.s.ChangeRecords(ctx, mango.System, c.records[:2], mango.RecordChange{Verified: ptr(true)})
		return err
	},
	"DeleteRecords": func(c *scene) error { return c.s.DeleteRecords(ctx, mango.System, c.records[5:6]) },
	"MayAdd":        func(c *scene) error { return c.s.MayAdd(ctx, mango.Actor{User: c.grower}, 1) },
	"MayPhoto": func(c *scene) error {
		return c.s.MayPhoto(ctx, mango.Actor{User: c.grower}, realistic(1).Media)
	},
	"Places":       func(c *scene) error { _, err := c.s.Places(ctx, mango.System, mango.PlaceFilter{}); return err },
	"Statistics":   func(c *scene) error { _, err := c.s.Statistics(ctx, mango.System); return err },
	"Trend":        func(c *scene) error { _, err := c.s.Trend(ctx, mango.System, 7); return err },
	"CountRecords": func(c *scene) error { _, err := c.s.CountRecords(ctx); return err },
	"PhotoNeeded":  func(c *scene) error { _, err := c.s.PhotoNeeded(realistic(1).Media); return err },
	"PhotosOf":     func(c *scene) error { return c.s.PhotosOf(ctx, func(string) error { return nil }) },

	"AddUser": func(c *scene) error {
		_, err := c.s.AddUser(ctx, mango.System, &mango.User{Username: "new", Email: "new@farm.example"})
		return err
	},
	"User":        func(c *scene) error { _, err := c.s.User(ctx, mango.System, c.grower); return err },
	"UserByEmail": func(c *scene) error { _, err := c.s.UserByEmail(ctx, mango.System, "lito@farm.example"); return err },
	"UserByName":  func(c *scene) error { _, err := c.s.UserByName(ctx, mango.System, "lito"); return err },
	"ChangeUser": func(c *scene) error {
		_, err := c.s.ChangeUser(ctx, mango.System, c.grower, mango.UserChange{Disabled: ptr(false)})
		return err
	},
	"DeleteUser": func(c *scene) error { return c.s.DeleteUser(ctx, mango.System, c.grower) },
	"PageUsers": func(c *scene) error {
		_, err := c.s.PageUsers(ctx, mango.System, mango.UserFilter{}, mango.Page{Number: 1, Size: 20})
		return err
	},
	"DeleteUserIf":   func(c *scene) error { return c.s.DeleteUserIf(ctx, mango.System, c.grower, "$argon2id$x") },
	"UserStatistics": func(c *scene) error { _, err := c.s.UserStatistics(ctx, mango.System); return err },
	"ActiveUser":     func(c *scene) error { _, err := c.s.ActiveUser(c.grower); return err },
	"EndSession":     func(c *scene) error { return c.s.EndSession(ctx, mango.System, "token", time.Now().Add(time.Hour)) },
	"SessionEnded":   func(c *scene) error { c.s.SessionEnded("token"); return nil },

	"AddConfirmation": func(c *scene) error {
		_, err := c.s.AddConfirmation(ctx, mango.System, &mango.Confirmation{Record: c.records[2], User: c.grower})
		return err
	},
	"PageConfirmations": func(c *scene) error {
		_, err := c.s.PageConfirmations(ctx, mango.System, mango.ConfirmationFilter{}, mango.Page{Number: 1, Size: 20})
		return err
	},
	"EachConfirmation": func(c *scene) error {
		return c.s.EachConfirmation(ctx, mango.System, mango.ConfirmationFilter{}, func(*mango.Confirmation) error { return nil })
	},
	"ConfirmationStatistics": func(c *scene) error { _, err := c.s.ConfirmationStatistics(ctx, mango.System); return err },

	"AddNotification": func(c *scene) error {
		_, err := c.s.AddNotification(ctx, mango.System, &mango.Notification{Record: c.id(), At: time.Now()})
		return err
	},
	"Notification": func(c *scene) error { _, err := c.s.Notification(ctx, mango.System, 1); return err },
	"PageNotifications": func(c *scene) error {
		_, _, err := c.s.PageNotifications(ctx, mango.System, mango.Page{Number: 1, Size: 20})
		return err
	},
	"MarkRead":            func(c *scene) error { return c.s.MarkRead(ctx, mango.System, 1) },
	"MarkAllRead":         func(c *scene) error { _, err := c.s.MarkAllRead(ctx, mango.System); return err },
	"DeleteNotifications": func(c *scene) error { _, err := c.s.DeleteNotifications(ctx, mango.System, []uint64{2}); return err },

	"Vocabulary":      func(c *scene) error { c.s.Vocabulary(); return nil },
	"Prompts":         func(c *scene) error { c.s.Prompts("Anthracnose", mango.Leaf); return nil },
	"AdviceOf":        func(c *scene) error { c.s.AdviceOf("Anthracnose", mango.Leaf); return nil },
	"AdviceIn":        func(c *scene) error { c.s.AdviceIn("en"); return nil },
	"WordsGeneration": func(c *scene) error { c.s.WordsGeneration(); return nil },
	"PutAdvice": func(c *scene) error {
		return c.s.PutAdvice(ctx, mango.System, mango.AdvicePlace{Language: "en", Disease: "Alternaria", Section: diseases.What}, []diseases.Statement{{Text: "A mould."}})
	},
	"RestoreAdvice": func(c *scene) error {
		return c.s.RestoreAdvice(ctx, mango.System, mango.AdvicePlace{Language: "en", Disease: "Alternaria", Section: diseases.What})
	},
	"MayRule":        func(c *scene) error { return c.s.MayRule(mango.System) },
	"ClassDays":      func(c *scene) error { _, err := c.s.ClassDays(ctx, mango.System, 30); return err },
	"GateDays":       func(c *scene) error { _, err := c.s.GateDays(ctx, mango.System, 30); return err },
	"AddGateCounts":  func(c *scene) error { return c.s.AddGateCounts(ctx, mango.System, 1, 1) },
	"CanonicalClass": func(c *scene) error { c.s.CanonicalClass("sooty mould"); return nil },
	"PutSymptom": func(c *scene) error {
		return c.s.PutSymptom(ctx, mango.System, &mango.SymptomEntry{Key: "new_one", Part: mango.Leaf})
	},
	"PutAlias": func(c *scene) error {
		return c.s.PutAlias(ctx, mango.System, &mango.Alias{Alias: "new-one", Canonical: 1})
	},
	"PutDisease": func(c *scene) error {
		return c.s.PutDisease(ctx, mango.System, &mango.DiseaseEntry{Name: "New", Part: mango.Leaf})
	},
	"PutLink": func(c *scene) error {
		return c.s.PutLink(ctx, mango.System, &mango.DiseaseSymptom{Disease: 1, Symptom: 1, Label: "x", Order: 99})
	},
	"DeleteSymptom": func(c *scene) error { return c.s.DeleteSymptom(ctx, mango.System, 1) },
	"DeleteAlias":   func(c *scene) error { return c.s.DeleteAlias(ctx, mango.System, 1) },
	"DeleteDisease": func(c *scene) error { return c.s.DeleteDisease(ctx, mango.System, 2) },
	"DeleteLink":    func(c *scene) error { return c.s.DeleteLink(ctx, mango.System, 1) },

	"Settings": func(c *scene) error { c.s.Settings(); return nil },
	"SetModel": func(c *scene) error { return c.s.SetModel(ctx, mango.System, mango.Leaf, "other.tflite") },

	"Health":   func(c *scene) error { c.s.Health(); return nil },
	"Path":     func(c *scene) error { c.s.Path(); return nil },
	"Verified": func(c *scene) error { return c.s.Verified(ctx, nil) },
	"Check":    func(c *scene) error { return c.s.Check(ctx, nil) },
	"Retain": func(c *scene) error {
		_, err := c.s.Retain(ctx, store.Retention{PhotoBytes: 1, RecordAge: time.Hour})
		return err
	},
	"Backup":  func(c *scene) error { _, err := c.s.Backup(ctx, filepath.Join(c.dir, "more"), 0, nil); return err },
	"Compare": func(c *scene) error { _, err := c.s.Compare(ctx, c.backup, nil); return err },
	"NamedElsewhere": func(c *scene) error {
		_, err := c.s.NamedElsewhere(ctx, []string{realistic(1).Media})
		return err
	},
	"Compact": func(c *scene) error { _, err := c.s.Compact(ctx, nil); return err },
}

// last end what the others need: they run alone, in this order.
var last = []struct {
	name string
	do   func(c *scene) error
}{
	{"Repair", func(c *scene) error { _, err := c.s.Repair(ctx, nil); return err }},
	{"Restore", func(c *scene) error { _, err := c.s.Restore(ctx, c.backup, nil); return err }},
	{"Close", func(c *scene) error { return c.s.Close() }},
}

// damages, each on an open store. found is what the log must say of it.
var damages = map[string]struct {
	do    func(t testing.TB, s *store.Store)
	found string
}{
	"rotten values":            {func(t testing.TB, s *store.Store) { store.FlipValues(t, s.Path()) }, "bucket "},
	"rotten counts":            {func(t testing.TB, s *store.Store) { store.FlipTotals(t, s.Path()) }, "totals"},
	"pages of no known kind":   {func(t testing.TB, s *store.Store) { store.UnknownPages(t, s.Path()) }, "go.etcd.io/bbolt"},
	"pages that lead far away": {func(t testing.TB, s *store.Store) { store.FarPages(t, s.Path()) }, "go.etcd.io/bbolt"},
	"pages that lead nowhere":  {func(t testing.TB, s *store.Store) { store.WildPages(t, s.Path()) }, "cannot be read"},
	"a root without a bucket":  {func(t testing.TB, s *store.Store) { store.EmptyRoot(t, s.Path()) }, "go.etcd.io/bbolt"},
	"no meta page":             {func(t testing.TB, s *store.Store) { store.NoMeta(t, s.Path()) }, "neither of its first two pages"},
	"pages that fault":         {func(t testing.TB, s *store.Store) { store.Unreadable(t, s) }, "cannot be read"},
	"pages that are not there": {func(t testing.TB, s *store.Store) { store.CutShort(t, s.Path()) }, "cannot be read"},
}

// TestEveryCallHasACase: the calls are those of the type itself.
func TestEveryCallHasACase(t *testing.T) {
	known := map[string]bool{}
	for name := range calls {
		known[name] = true
	}
	for _, l := range last {
		known[l.name] = true
	}
	typ := reflect.TypeFor[*store.Store]()
	for i := range typ.NumMethod() {
		if name := typ.Method(i).Name; !known[name] {
			t.Errorf("%s has no case: say in calls how it is made, so that it is tried on damaged files", name)
		}
	}
}

// TestDamageHangsNobody makes every call on a store whose file is damaged in
// every way while it is open. Each is answered, with a value or an error; the
// log says what is damaged, health does too; with self-repair the store is sound
// again afterwards; Close ends.
func TestDamageHangsNobody(t *testing.T) {
	template, backup := makeScene(t)
	for name, damage := range damages {
		for _, heal := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, heal %v", name, heal), func(t *testing.T) {
				t.Parallel()
				c, log := openScene(t, template, backup, heal)
				damage.do(t, c.s)
				if heal {
					// All at once: whoever heals meets everybody else.
					var all sync.WaitGroup
					for call, do := range calls {
						all.Go(func() { answered(t, call, c, do) })
					}
					all.Wait()
				} else {
					for _, call := range slices.Sorted(maps.Keys(calls)) {
						answered(t, call, c, calls[call])
						answered(t, "Health after "+call, c, calls["Health"])
						answered(t, "ActiveUser after "+call, c, calls["ActiveUser"])
					}
				}
				if text := log.String(); !strings.Contains(text, damage.found) || strings.Contains(text, "lito") {
					t.Errorf("the log does not say %q, or a name:\n%s", damage.found, text)
				}
				if heal {
					healed(t, c, log)
				} else if h := c.s.Health(); h.State != mango.StoreReady {
					if h.Sentence == "" {
						t.Errorf("health: %+v", h)
					}
				} else if err := c.s.Check(ctx, nil); err != nil { // opened anew, what faulted may be sound
					t.Errorf("health: %+v, but %v", h, err)
				}
				for _, l := range last {
					answered(t, l.name, c, l.do)
				}
				for call, do := range calls {
					answered(t, call+" after Close", c, do)
				}
			})
		}
	}
}

// healed waits until the store works, checks it, and reads all of it.
func healed(t *testing.T, c *scene, log *logged) {
	t.Helper()
	for i := 0; c.s.Health().State != mango.StoreReady; i++ {
		if i > 12_000 { // two minutes: what does not heal never does
			t.Fatalf("not healed: %+v\n%s", c.s.Health(), log)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := c.s.Check(ctx, nil); err != nil {
		t.Errorf("after healing: %v", err)
	}
	if err := calls["EachRecord"](c); err != nil {
		t.Errorf("after healing: %v", err)
	}
}

// answered fails when a call hangs. Its answer may be an error, but not one of
// the program's own faults.
func answered(t *testing.T, name string, c *scene, do func(*scene) error) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- do(c) }()
	select {
	case err := <-done:
		var coded *mango.Error
		if errors.As(err, &coded) && coded.Code == mango.Internal {
			t.Errorf("%s: taken for a fault of the program: %v", name, err)
		}
	case <-time.After(30 * time.Second): // seen on no machine: what hangs does so for ever
		t.Errorf("%s hangs", name)
	}
}

// makeScene writes a database and a backup of it.
func makeScene(t *testing.T) (template, backup string) {
	t.Helper()
	template = filepath.Join(t.TempDir(), store.FileName)
	s, err := store.Open(template, store.Config{Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	records := fill(t, s, 48)
	first := uint64(0)
	for id, r := range records {
		if r.User != 0 && (first == 0 || id < first) {
			first = id
		}
	}
	if _, err := s.AddConfirmation(ctx, mango.System, &mango.Confirmation{Record: first, User: records[first].User, Correct: ptr(true)}); err != nil {
		t.Fatal(err)
	}
	if err := s.EndSession(ctx, mango.System, "ended", time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.SetModel(ctx, mango.System, mango.Leaf, "leaf.tflite"); err != nil {
		t.Fatal(err)
	}
	by := mango.Actor{User: records[first].User}
	if _, _, err := s.AddRecords(ctx, by, owned(by, 4999), once("scene", 1)); err != nil {
		t.Fatal(err)
	}
	b, err := s.Backup(ctx, t.TempDir(), 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return template, b.Path
}

func openScene(t *testing.T, template, backup string, heal bool) (*scene, *logged) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "a folder with spaces")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, store.FileName)
	for from, to := range map[string]string{template: path, template + ".lock": path + ".lock"} {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log := &logged{}
	s, err := store.Open(path, store.Config{SelfRepair: heal, BackupDir: filepath.Dir(backup), MapBytes: 1 << 26,
		Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	c := &scene{s: s, dir: dir, backup: backup}
	if err := s.EachRecord(context.Background(), mango.System, mango.RecordFilter{}, func(r *mango.Record) error {
		c.records = append(c.records, r.ID)
		c.grower = max(c.grower, r.User)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return c, log
}

// logged is a log that is read while it is written.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
