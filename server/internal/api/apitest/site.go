package apitest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"mangosense/server/internal/api"
	"mangosense/server/internal/auth"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/media"
	"mangosense/server/internal/store"
)

// How accounts log in.
const (
	Password   = "Carabao2026"
	hashed     = "$argon2id$v=19$m=8,t=2,p=1$EDO2oyG6gYHxP0ywur4eEw$3vAcSWiEk2ifOCyglJOtEcr1qtzP9KHQvGhP3HxxoEA" // password, at the site's HashMemory
	adminName  = "boss"
	AdminEmail = "boss@farm.example"
)

// Site is a whole server on a loopback address: real HTTP, store, photos and
// accounts; only what looks at pixels is a stand-in.
type Site struct {
	T        *testing.T
	URL      string
	Server   *api.Server
	Store    *store.Store
	Accounts *auth.Accounts
	Model    *StandIn
	Client   *http.Client
}

// New starts a server; change may alter its Config first.
func New(t *testing.T, change func(*api.Config)) *Site {
	t.Helper()
	dir := t.TempDir()
	log := slog.New(slog.DiscardHandler)
	db, err := store.Open(filepath.Join(dir, store.FileName), store.Config{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	photos, err := media.Open(media.Config{Dir: filepath.Join(dir, "media"), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := auth.New(auth.Config{
		Users: db, Sessions: db, Secret: bytes.Repeat([]byte("s"), 32), Log: log, HashMemory: 8,
		AccessLife: time.Hour, AdminAccessLife: 12 * time.Hour, RefreshLife: 7 * 24 * time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	model := newStandIn()
	cfg := api.Config{
		Store: db, Photos: photos, Accounts: accounts,
		Models: model, Inference: model,
		Health: func() api.Health { return api.Health{} }, Ready: func() error { return nil }, Version: "test",
		WriteMetrics: func(io.Writer) {}, MetricsAccess: api.MetricsLocal, Log: log,
		AnonymousPreviews: true, PhotoLinkLife: time.Hour,
		MaxPhotoBytes: 10 << 20, UploadMemory: 48 << 20,
		RequestTimeout: 10 * time.Second, UploadTimeout: 20 * time.Second, StallTimeout: 10 * time.Second,
	}
	if change != nil {
		change(&cfg)
	}
	if cfg.Intake == nil {
		cfg.Intake = IntakeOf(model, db, photos)
	}
	s := &Site{T: t, Server: api.New(cfg), Store: db, Accounts: accounts, Model: model, Client: &http.Client{Timeout: 20 * time.Second}}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.URL = "http://" + ln.Addr().String()
	served := make(chan error, 1)
	go func() { served <- s.Server.Serve(ln) }()
	t.Cleanup(func() {
		s.Client.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Server.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		_ = ln.Close() // in case Serve came after Shutdown
		if err := <-served; err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if err := photos.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// IntakeOf takes photos in as app has it.
func IntakeOf(model intake.Diagnoser, records intake.Records, files intake.Files) *intake.Intake {
	return intake.New(intake.Config{Diagnoser: model, Records: records, Files: files})
}

// In is the same site for a subtest, whose failures are its own.
func (s *Site) In(t *testing.T) *Site {
	own := *s
	own.T = t
	return &own
}

// Account is somebody with tokens.
type Account struct {
	auth.Tokens
	ID   uint64
	Name string
}

// Join registers a user by its address.
func (s *Site) Join(email string) Account {
	s.T.Helper()
	tokens, u, err := s.Accounts.Register(context.Background(), auth.Registration{
		FirstName: "Lito", LastName: "Reyes", Email: email, Password: Password, Address: "Hoskyn, Jordan",
	})
	if err != nil {
		s.T.Fatal(err)
	}
	return Account{tokens, u.ID, u.Username}
}

// Admin adds an administrator and logs it in.
func (s *Site) Admin() Account {
	s.T.Helper()
	u := &mango.User{Username: adminName, Email: AdminEmail, Password: hashed, Admin: true}
	if _, err := s.Store.AddUser(context.Background(), mango.System, u); err != nil {
		s.T.Fatal(err)
	}
	tokens, _, err := s.Accounts.AdminLogin(context.Background(), adminName, Password)
	if err != nil {
		s.T.Fatal(err)
	}
	return Account{tokens, u.ID, u.Username}
}

// Record stores a diagnosis with its photo for a user.
func (s *Site) Record(a Account) *mango.Record {
	s.T.Helper()
	return s.RecordWith(a, map[string]string{"detection_type": "leaf"})
}

var photos byte // each photo of a test run is another one

// Photo is a small JPEG, no two alike.
func Photo(t *testing.T) []byte {
	t.Helper()
	photos++
	img := image.NewGray(image.Rect(0, 0, 16, 16))
	for i := range img.Pix {
		img.Pix[i] = photos * byte(i)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Body is what a request carries.
type Body struct {
	ContentType string
	Bytes       []byte
	Header      map[string]string
}

// Form is multipart: fields, and a photo under the name image where given.
func Form(t *testing.T, fields map[string]string, photo []byte) *Body {
	t.Helper()
	return formOf(t, fields, "image", photo)
}

// Imports is form with the photo under the name that bulk-import reads.
func Imports(t *testing.T, fields map[string]string, photo []byte) *Body {
	t.Helper()
	return formOf(t, fields, "images", photo)
}

func formOf(t *testing.T, fields map[string]string, name string, photo []byte) *Body {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if photo != nil {
		part, err := w.CreateFormFile(name, "image.jpg")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(photo); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &Body{ContentType: w.FormDataContentType(), Bytes: b.Bytes()}
}

// Object is a JSON body; a string goes as it is.
func Object(v any) *Body {
	text, raw := v.(string)
	if !raw {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		text = string(b)
	}
	return &Body{ContentType: "application/json", Bytes: []byte(text)}
}

// Answer is what came back.
type Answer struct {
	T      *testing.T
	What   string
	Status int
	Header http.Header
	Body   []byte
}

// Send makes one request; token "" sends no Authorization, and b may be nil.
func (s *Site) Send(method, path, token string, b *Body) *Answer {
	s.T.Helper()
	var content io.Reader
	if b != nil {
		content = bytes.NewReader(b.Bytes)
	}
	req, err := http.NewRequest(method, s.URL+path, content)
	if err != nil {
		s.T.Fatal(err)
	}
	if b != nil {
		req.Header.Set("Content-Type", b.ContentType)
		for k, v := range b.Header {
			req.Header.Set(k, v)
		}
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return s.Do(req)
}

// Do makes a request and reads its whole answer, which must be as described.
func (s *Site) Do(req *http.Request) *Answer {
	s.T.Helper()
	resp, err := s.Client.Do(req)
	if err != nil {
		s.T.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.T.Fatalf("%s %s: %v", req.Method, req.URL.Path, err)
	}
	a := &Answer{s.T, req.Method + " " + req.URL.Path, resp.StatusCode, resp.Header, text}
	Specified(s.T, req, a)
	return a
}

// Want checks the status.
func (a *Answer) Want(status int) *Answer {
	a.T.Helper()
	if a.Status != status {
		a.T.Fatalf("%s answers %d, want %d: %.300s", a.What, a.Status, status, a.Body)
	}
	return a
}

// Read decodes the body.
func (a *Answer) Read(into any) *Answer {
	a.T.Helper()
	if err := json.Unmarshal(a.Body, into); err != nil {
		a.T.Fatalf("%s: %v: %.300s", a.What, err, a.Body)
	}
	return a
}

// ID is an id as a path has it.
func ID(n uint64) string { return fmt.Sprint(n) }

// NoGuests has a Site answer nobody without an account.
func NoGuests(c *api.Config) { c.AnonymousPreviews = false }

// Stored adds records past the HTTP, for lists.
func (s *Site) Stored(n int, change func(i int, r *mango.Record)) []uint64 {
	s.T.Helper()
	var ids []uint64
	for i := range n {
		r := &mango.Record{
			Kind: mango.Leaf, Disease: "Anthracnose", Confidence: 0.9, Verdict: mango.Named, OriginalName: "image.jpg",
			Probabilities: []mango.Class{{Disease: "Anthracnose", Probability: 0.9}, {Disease: "Healthy", Probability: 0.1}},
			Model:         s.Model.Files[0].Model, Photo: mango.Photo{Format: "jpeg", Width: 40, Height: 30},
		}
		if change != nil {
			change(i, r)
		}
		id, err := s.Store.AddRecord(context.Background(), mango.System, r)
		if err != nil {
			s.T.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// RecordWith stores a photo with such fields.
func (s *Site) RecordWith(a Account, fields map[string]string) *mango.Record {
	s.T.Helper()
	var got struct {
		Data struct {
			ID uint64 `json:"saved_image_id"`
		} `json:"data"`
	}
	s.Send("POST", "/api/predict/", a.Access, Form(s.T, fields, Photo(s.T))).Want(200).Read(&got)
	r, err := s.Store.Record(context.Background(), mango.System, got.Data.ID)
	if err != nil {
		s.T.Fatal(err)
	}
	return r
}
