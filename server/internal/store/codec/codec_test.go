package codec_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
)

var at = time.Date(2026, 11, 1, 8, 30, 0, 123_000, time.UTC)

func ptr[T any](v T) *T { return &v }

// decoded is a value with the error of its decoder.
func decoded[T any](v T, err error) (any, error) { return v, err }

// values has one of each type, with everything in it that its type can hold.
var values = []struct {
	name   string
	typ    codec.Type
	newest byte
	value  any
	encode func(key []byte) []byte
	decode func(key, v []byte) (any, error)
}{
	{"record", codec.TypeRecord, 1, &record, func(k []byte) []byte { return codec.EncodeRecord(k, &record, codec.PackAnswers(&record.Answers)) },
		func(k, v []byte) (any, error) { return decoded(codec.DecodeRecord(k, v)) }},
	{"bare record", codec.TypeRecord, 1, &mango.Record{ID: 7}, func(k []byte) []byte { return codec.EncodeRecord(k, &mango.Record{ID: 7}, nil) },
		func(k, v []byte) (any, error) { return decoded(codec.DecodeRecord(k, v)) }},
	{"user", codec.TypeUser, 1, &user, func(k []byte) []byte { return codec.EncodeUser(k, &user) },
		func(k, v []byte) (any, error) { return decoded(codec.DecodeUser(k, v)) }},
	{"confirmation", codec.TypeConfirmation, 1, &confirmation, func(k []byte) []byte { return codec.EncodeConfirmation(k, &confirmation) },
		func(k, v []byte) (any, error) { return decoded(codec.DecodeConfirmation(k, v)) }},
	{"bare confirmation", codec.TypeConfirmation, 1, &mango.Confirmation{ID: 7}, func(k []byte) []byte { return codec.EncodeConfirmation(k, &mango.Confirmation{}) },
		func(k, v []byte) (any, error) { return decoded(codec.DecodeConfirmation(k, v)) }},
	{"notification", codec.TypeNotification, 1, &notification, func(k []byte) []byte { return codec.EncodeNotification(k, &notification) },
		func(k, v []byte) (any, error) { return decoded(codec.DecodeNotification(k, v)) }},
	{"bare notification", codec.TypeNotification, 1, &mango.Notification{ID: 7, Record: 3}, func(k []byte) []byte { return codec.EncodeNotification(k, &mango.Notification{Record: 3}) },
		func(k, v []byte) (any, error) { return decoded(codec.DecodeNotification(k, v)) }},
	{"symptom", codec.TypeSymptom, 1, symptom, func(k []byte) []byte { return codec.EncodeSymptom(k, &symptom) },
		func(k, v []byte) (any, error) { return decoded(codec.DecodeSymptom(k, v)) }},
	{"alias", codec.TypeAlias, 1, alias, func(k []byte) []byte { return codec.EncodeAlias(k, &alias) },
		func(k, v []byte) (any, error) { return decoded(codec.DecodeAlias(k, v)) }},
	{"disease", codec.TypeDisease, 1, disease, func(k []byte) []byte { return codec.EncodeDisease(k, &disease) },
		func(k, v []byte) (any, error) { return decoded(codec.DecodeDisease(k, v)) }},
	{"link", codec.TypeLink, 1, link, func(k []byte) []byte { return codec.EncodeLink(k, &link) },
		func(k, v []byte) (any, error) { return decoded(codec.DecodeLink(k, v)) }},
	{"reply", codec.TypeReply, 1, &reply, func(k []byte) []byte { return codec.EncodeReply(k, &reply) },
		func(k, v []byte) (any, error) { return decoded(codec.DecodeReply(k, v)) }},
	{"session", codec.TypeSession, 2, codec.Session{Until: at, User: 12}, func(k []byte) []byte { return codec.EncodeSession(k, codec.Session{Until: at, User: 12}) },
		func(k, v []byte) (any, error) { return decoded(codec.DecodeSession(k, v)) }},
	{"totals", codec.TypeTotals, 1, totals, func(k []byte) []byte { return codec.EncodeTotals(k, totals) },
		func(k, v []byte) (any, error) { return decoded(codec.DecodeTotals(k, v)) }},
	{"day", codec.TypeDay, 1, codec.Day{{Kind: "leaf", Class: "Rust"}: 9}, func(k []byte) []byte { return codec.EncodeDay(k, codec.Day{{Kind: "leaf", Class: "Rust"}: 9}) },
		func(k, v []byte) (any, error) { return decoded(codec.DecodeDay(k, v)) }},
	{"setting", codec.TypeSetting, 1, "leaf-2.tflite", func(k []byte) []byte { return codec.EncodeSetting(k, "leaf-2.tflite") },
		func(k, v []byte) (any, error) { return decoded(codec.DecodeSetting(k, v)) }},
	{"photo", codec.TypePhoto, 1, int64(2_650_111), func(k []byte) []byte { return codec.EncodePhoto(k, 2_650_111) },
		func(k, v []byte) (any, error) { return decoded(codec.DecodePhoto(k, v)) }},
	{"schema", codec.TypeSchema, 1, 3, func(k []byte) []byte { return codec.EncodeSchema(k, 3) },
		func(k, v []byte) (any, error) { return decoded(codec.DecodeSchema(k, v)) }},
	{"date", codec.TypeDate, 1, at, func(k []byte) []byte { return codec.EncodeDate(k, at) },
		func(k, v []byte) (any, error) { return decoded(codec.DecodeDate(k, v)) }},
}

var (
	record = mango.Record{ID: 7, User: 12, ByAdmin: true, CreatedAt: at, Kind: mango.Leaf, Disease: "Anthracnose", Confidence: 0.1 + 0.2, Verdict: mango.Named,
		Probabilities: []mango.Class{{Disease: "Anthracnose", Probability: 0.5}, {Disease: "a class of tomorrow", Probability: 1.0 / 3}},
		Gate:          mango.Gate{Present: true, Passed: true, Leaf: 0.75, Fruit: 0.2, Other: 0.05, Threshold: 0.6},
		Model:         mango.Model{ID: "leaf-mobilenetv2", Version: "9.1", File: "leaf.tflite", Kind: mango.Leaf}, Processing: 31 * time.Millisecond,
		Photo:        mango.Photo{SHA256: sha256.Sum256([]byte("photo")), Format: "png", Width: 4032, Height: 3024, Bytes: 2_712_345},
		OriginalName: "tree 4.png", Media: "media/7.bin", MediaBytes: 2_650_111,
		Location: &mango.Location{Latitude: 10.3156992, Longitude: -123.8854366, Accuracy: 12.5, Address: "Lahug, Cebu City", Source: "device gps", AccuracyConfirmed: true, ConsentGiven: true},
		Answers: mango.Answers{SelectedSymptoms: []byte(`["a"]`), PrimarySymptoms: []byte(`[1]`), AlternativeSymptoms: []byte(`[2]`), TopDiseases: []byte(`[3]`), SymptomsData: []byte(`{}`),
			DetectedDisease: "Die Back", Feedback: "after the rain", Correct: ptr(false)},
		Verified: true, TrainingReady: true, Classification: "Healthy", VerifiedBy: 3, VerifiedAt: at, Notes: "n", TrainingNotes: "t", Origin: "17", Changes: 5}
	user = codec.User{Gone: true, User: mango.User{ID: 7, Username: "lito", Email: "lito@farm.example", FirstName: "Lito", LastName: "Cruz", Password: "$argon2id$x",
		Admin: true, Disabled: true, JoinedAt: at, LastLogin: at.Add(time.Hour), SessionsFrom: at.Add(2 * time.Hour), Origin: "4",
		Profile: mango.Profile{Province: "Cebu", City: "Cebu City", Barangay: "Lahug", PostalCode: "6000", Address: "Purok 4", Phone: "+63"}}}
	confirmation = mango.Confirmation{ID: 7, Record: 3, User: 12, At: at, Correct: ptr(true), Predicted: "Healthy", Feedback: "yes", Confidence: ptr(0.9137),
		ConsentGiven: true, Location: &mango.Location{Latitude: 1, Longitude: 2, Accuracy: 3, Address: "x", Source: "manual", ConsentGiven: true}, Origin: "8"}
	notification = mango.Notification{ID: 7, Read: true, Record: 3, User: 12, At: at, Title: "New", Message: "a photo", Origin: "5"}
	symptom      = mango.SymptomEntry{ID: 7, Key: "dark_spots", Part: mango.Leaf, Vocabulary: true, Vector: ptr(14), CreatedAt: at}
	alias        = mango.Alias{ID: 7, Alias: "spots", Canonical: 3, Source: "seed"}
	disease      = mango.DiseaseEntry{ID: 7, Classifier: true, Name: "Rust", Part: mango.Fruit, Description: "orange", Treatment: "prune"}
	link         = mango.DiseaseSymptom{ID: 7, Disease: 2, Symptom: 3, Label: "Spots", Order: -4}
	reply        = codec.Reply{User: 12, Key: sha256.Sum256([]byte("k")), Request: sha256.Sum256([]byte("r")), At: at, Body: []byte("packed")}
	totals       = codec.Totals{Photos: 1, PhotoBytes: 1 << 40, Unread: 3, ReadUpTo: 4, Located: 5, Consented: 6, Confirmers: 7, Nameless: 8}
)

// What was encoded comes back, whole and equal.
func TestValuesComeBack(t *testing.T) {
	for _, c := range values {
		key := codec.Key(7)
		v := c.encode(key)
		if codec.Type(v[0]) != c.typ || v[1] != c.newest {
			t.Errorf("%s: type %q, version %d", c.name, v[0], v[1])
		}
		if c.typ.Bucket() == "" {
			t.Errorf("%s: no bucket keeps it", c.name)
		}
		if err := codec.Verify(key, v, c.typ); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		got, err := c.decode(key, v)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if !reflect.DeepEqual(got, c.value) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.value)
		}
		clear(v) // of a transaction that has ended
		if !reflect.DeepEqual(got, c.value) {
			t.Errorf("%s refers to the bytes that it was read from", c.name)
		}
	}
}

// TestValuesKeepTheirBytes: files refer to them for ever.
func TestValuesKeepTheirBytes(t *testing.T) {
	want := golden(t)
	for _, c := range values {
		if got := hex.EncodeToString(c.encode(codec.Key(7))); got != want[c.name] {
			t.Errorf("%s %s", c.name, got)
		}
	}
}

// Every flipped bit, another key and another type are damage; a version of
// tomorrow is said to be newer.
func TestDamageIsNoticed(t *testing.T) {
	for _, c := range values {
		key := codec.Key(7)
		v := c.encode(key)
		for i := range len(v) * 8 {
			bad := bytes.Clone(v)
			bad[i/8] ^= 1 << (i % 8)
			if _, err := c.decode(key, bad); !errors.Is(err, codec.ErrDamaged) {
				t.Errorf("%s, bit %d: %v", c.name, i, err)
			}
		}
		for name, try := range map[string]struct{ key, v []byte }{
			"another key": {codec.Key(8), v}, "no key": {nil, v}, "nothing": {key, nil}, "too short": {key, v[:codec.Overhead-1]},
			"another type": {key, codec.NewWriter('?', 1).Seal(key)}, "cut": {key, v[:len(v)-1]}, "longer": {key, append(bytes.Clone(v), 0)},
		} {
			if _, err := c.decode(try.key, try.v); !errors.Is(err, codec.ErrDamaged) {
				t.Errorf("%s, %s: %v", c.name, name, err)
			}
		}
		newer := raw(c.typ, c.newest+1, v[2:len(v)-4]).Seal(key)
		if _, err := c.decode(key, newer); !errors.Is(err, codec.ErrNewer) {
			t.Errorf("%s of a newer program: %v", c.name, err)
		}
		if err := codec.Verify(key, newer, c.typ); err != nil {
			t.Errorf("%s of a newer program is not damaged: %v", c.name, err)
		}
	}
}

// raw is a value with a payload of any bytes.
func raw(typ codec.Type, version byte, payload []byte) *codec.Writer {
	w := codec.NewWriter(typ, version)
	for _, b := range payload {
		w.Byte(b)
	}
	return w
}

// A payload that ends early under a seal that fits is damage, wherever it ends.
func TestShortPayloadsAreDamage(t *testing.T) {
	for _, c := range values {
		key := codec.Key(7)
		v := c.encode(key)
		payload := v[2 : len(v)-4]
		for n := range payload {
			if _, err := c.decode(key, raw(c.typ, c.newest, payload[:n]).Seal(key)); !errors.Is(err, codec.ErrDamaged) {
				t.Errorf("%s with %d of %d bytes: %v", c.name, n, len(payload), err)
			}
		}
	}
}

// An error says which value it is about, but not the id of a session's token.
func TestErrorsNameTheValue(t *testing.T) {
	for _, c := range []struct {
		typ       codec.Type
		key       string
		says, not string
	}{
		{codec.TypeRecord, string(codec.Key(258)), "bucket records, key 0000000000000102", "?"},
		{codec.TypeSession, "0123secret", "bucket sessions, a key of 10 bytes", "secret"},
		{codec.TypeSetting, "model.leaf", `bucket settings, key "model.leaf"`, "?"},
		{codec.TypeTotals, "totals", `bucket meta, key "totals"`, "?"},
		{codec.TypeNode, "a\x00\x01", `bucket nodes, key "a\x00\x01"`, "?"},
	} {
		_, err := codec.Open([]byte(c.key), []byte("rubbish"), c.typ, 1)
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), c.not) {
			t.Errorf("%q: %v", c.key, err)
		}
	}
}

func TestSessionsOfVersionOneNameNoUser(t *testing.T) {
	w := codec.NewWriter(codec.TypeSession, 1)
	w.Time(at)
	s, err := codec.DecodeSession([]byte("t"), w.Seal([]byte("t")))
	if err != nil || !s.Until.Equal(at) || s.User != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestKeys(t *testing.T) {
	for _, c := range []struct {
		key []byte
		id  uint64
	}{{codec.Key(0), 0}, {codec.Key(258), 258}, {codec.Key(math.MaxUint64), math.MaxUint64}, {nil, 0}, {[]byte("short"), 0}, {make([]byte, 9), 0}} {
		if id := codec.ID(c.key); id != c.id {
			t.Errorf("%x: %d", c.key, id)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b")
		if (a < b) != (bytes.Compare(codec.Key(a), codec.Key(b)) < 0) {
			t.Fatal("keys sort otherwise than ids")
		}
	})
}

// Single fields come back exactly; the odd ones are named.
func TestFieldsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 127, 128, 1<<63 - 1, 1 << 63, math.MaxUint64})).Draw(t, "uint")
		i := rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, -1, math.MinInt64, math.MaxInt64})).Draw(t, "int")
		f := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, math.Copysign(0, -1), math.Inf(1), math.NaN(), 0.5, 0.1})).Draw(t, "float")
		text := rapid.String().Draw(t, "text")
		word := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "leaf", "Unknown", "admin"})).Draw(t, "word")
		when := time.UnixMicro(rapid.Int64Range(-1<<50, 1<<50).Draw(t, "time"))
		flags := rapid.SliceOfN(rapid.Bool(), 0, 64).Draw(t, "flags")
		w := codec.NewWriter('X', 1)
		w.Uint(u)
		w.Int(i)
		w.Float(f)
		w.Small(f)
		w.String(text)
		w.Bytes([]byte(text))
		w.Word(word)
		w.Time(when)
		w.Flags(flags...)
		key := []byte("k")
		r, err := codec.Open(key, w.Seal(key), 'X', 1)
		if err != nil {
			t.Fatal(err)
		}
		same := func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }
		if r.Uint() != u || r.Int() != i || !same(r.Float(), f) {
			t.Fatal("a number changed")
		}
		if small := r.Small(); !same(small, f) && !(math.IsNaN(small) && math.IsNaN(f)) {
			t.Fatalf("%v became %v", f, small)
		}
		if r.String() != text || string(r.Bytes()) != text || r.Word() != word {
			t.Fatal("a text changed")
		}
		if got := r.Time(); !got.Equal(when) && when.UnixMicro() != 0 {
			t.Fatalf("%v became %v", when, got)
		}
		on := r.Flags()
		for i, want := range flags {
			if on(i) != want {
				t.Fatalf("flag %d changed", i)
			}
		}
		if r.Err() != nil || r.Byte() != 0 || r.Err() == nil {
			t.Fatal("the end is in another place")
		}
	})
}

// A number of elements cannot ask for more than the value has bytes, and after
// a fault everything is zero.
func TestNumbersAreBounded(t *testing.T) {
	for _, c := range []struct {
		name  string
		n     uint64
		left  int
		least int
		want  int
	}{
		{"as many as fit", 3, 6, 2, 3}, {"one too many", 4, 7, 2, 0}, {"far too many", 1 << 62, 100, 1, 0}, {"none", 0, 0, 2, 0},
	} {
		w := codec.NewWriter('X', 1)
		w.Uint(c.n)
		for range c.left {
			w.Byte(1)
		}
		r, err := codec.Open(nil, w.Seal(nil), 'X', 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Count(c.least); got != c.want {
			t.Errorf("%s: %d", c.name, got)
		}
		if damaged := c.want == 0 && c.n > 0; damaged != errors.Is(r.Err(), codec.ErrDamaged) {
			t.Errorf("%s: %v", c.name, r.Err())
		}
		if r.Err() != nil && (r.Uint() != 0 || r.String() != "" || r.Bytes() != nil || !r.Time().IsZero() || r.Optional() != nil) {
			t.Errorf("%s: something was read after a fault", c.name)
		}
	}
}

// Answers that are sealed and cannot be inflated are damage too.
func TestAnswersThatDoNotInflate(t *testing.T) {
	key := codec.Key(7)
	for name, packed := range map[string][]byte{"rubbish": []byte("\xffrubbish"), "cut": codec.PackAnswers(&record.Answers)[:9]} {
		if _, err := codec.DecodeRecord(key, codec.EncodeRecord(key, &mango.Record{}, packed)); !errors.Is(err, codec.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if codec.PackAnswers(&mango.Answers{Feedback: "stored beside"}) != nil {
		t.Error("answers without JSON take room")
	}
}

func TestRepliesUnpack(t *testing.T) {
	for _, size := range []int{0, 1, 1000, codec.MaxReply} {
		body := bytes.Repeat([]byte("x"), size)
		packed, err := codec.PackReply(body)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := codec.UnpackReply(packed); err != nil || !bytes.Equal(got, body) {
			t.Errorf("%d bytes became %d, %v", size, len(got), err)
		}
	}
	if _, err := codec.UnpackReply([]byte("\xffrubbish")); err == nil {
		t.Error("rubbish unpacks")
	}
}

// A photo whose name follows from its digest and format takes one byte for it.
func TestPhotoNamesThatFollowAreShort(t *testing.T) {
	key := codec.Key(7)
	size := func(media string, format string) int {
		return len(codec.EncodeRecord(key, &mango.Record{Media: media, Photo: mango.Photo{Format: format}}, nil))
	}
	name := "mango_images/" + strings.Repeat("00", 32)
	for format, ext := range map[string]string{"jpeg": ".jpg", "png": ".png", "webp": ".webp"} {
		if size(name+ext, format) != size("", format) {
			t.Errorf("the name of a %s is spelled out", format)
		}
		if size(name+".bin", format) < size("", format)+len(name) {
			t.Errorf("another name of a %s is not", format)
		}
	}
}

// No bytes whatever make a decoder panic.
func FuzzDecode(f *testing.F) {
	for _, c := range values {
		v := c.encode(codec.Key(7))
		f.Add(v[0], v[1], v[2:len(v)-4])
	}
	f.Fuzz(func(t *testing.T, typ, version byte, payload []byte) {
		key := codec.Key(7)
		v := raw(codec.Type(typ), version, payload).Seal(key)
		for _, c := range values {
			_, _ = c.decode(key, v)
		}
	})
}
