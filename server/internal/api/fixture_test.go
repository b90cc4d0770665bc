package api_test

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

const (
	password   = "Carabao2026"
	hashed     = "$argon2id$v=19$m=8,t=2,p=1$EDO2oyG6gYHxP0ywur4eEw$3vAcSWiEk2ifOCyglJOtEcr1qtzP9KHQvGhP3HxxoEA" // password, at the site's HashMemory
	adminName  = "boss"
	adminEmail = "boss@farm.example"
)

// site is a whole server on a loopback address: real HTTP, store, photos and
// accounts; only what looks at pixels is a stand-in.
type site struct {
	t        *testing.T
	url      string
	server   *api.Server
	store    *store.Store
	accounts *auth.Accounts
	model    *standIn
	client   *http.Client
}

// newSite starts a server; change may alter its Config first.
func newSite(t *testing.T, change func(*api.Config)) *site {
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
		cfg.Intake = intakeOf(model, db, photos)
	}
	s := &site{t: t, server: api.New(cfg), store: db, accounts: accounts, model: model, client: &http.Client{Timeout: 20 * time.Second}}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + ln.Addr().String()
	served := make(chan error, 1)
	go func() { served <- s.server.Serve(ln) }()
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.server.Shutdown(ctx); err != nil {
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

// intakeOf takes photos in as app has it.
func intakeOf(model intake.Diagnoser, records intake.Records, files intake.Files) *intake.Intake {
	return intake.New(intake.Config{Diagnoser: model, Records: records, Files: files})
}

// in is the same site for a subtest, whose failures are its own.
func (s *site) in(t *testing.T) *site {
	own := *s
	own.t = t
	return &own
}

// account is somebody with tokens.
type account struct {
	auth.Tokens
	id   uint64
	name string
}

// join registers a user by its address.
func (s *site) join(email string) account {
	s.t.Helper()
	tokens, u, err := s.accounts.Register(context.Background(), auth.Registration{
		FirstName: "Lito", LastName: "Reyes", Email: email, Password: password, Address: "Hoskyn, Jordan",
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return account{tokens, u.ID, u.Username}
}

// admin adds an administrator and logs it in.
func (s *site) admin() account {
	s.t.Helper()
	u := &mango.User{Username: adminName, Email: adminEmail, Password: hashed, Admin: true}
	if _, err := s.store.AddUser(context.Background(), mango.System, u); err != nil {
		s.t.Fatal(err)
	}
	tokens, _, err := s.accounts.AdminLogin(context.Background(), adminName, password)
	if err != nil {
		s.t.Fatal(err)
	}
	return account{tokens, u.ID, u.Username}
}

// record stores a diagnosis with its photo for a user.
func (s *site) record(a account) *mango.Record {
	s.t.Helper()
	var got struct {
		Data struct {
			ID uint64 `json:"saved_image_id"`
		} `json:"data"`
	}
	s.send("POST", "/api/predict/", a.Access, form(s.t, map[string]string{"detection_type": "leaf"}, photo(s.t))).want(200).read(&got)
	r, err := s.store.Record(context.Background(), mango.System, got.Data.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

var photos byte // each photo of a test run is another one

// photo is a small JPEG, no two alike.
func photo(t *testing.T) []byte {
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

// body is what a request carries.
type body struct {
	contentType string
	bytes       []byte
	header      map[string]string
}

// form is multipart: fields, and a photo under the name image where given.
func form(t *testing.T, fields map[string]string, photo []byte) *body {
	t.Helper()
	return formOf(t, fields, "image", photo)
}

// imports is form with the photo under the name that bulk-import reads.
func imports(t *testing.T, fields map[string]string, photo []byte) *body {
	t.Helper()
	return formOf(t, fields, "images", photo)
}

func formOf(t *testing.T, fields map[string]string, name string, photo []byte) *body {
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
	return &body{contentType: w.FormDataContentType(), bytes: b.Bytes()}
}

// object is a JSON body; a string goes as it is.
func object(v any) *body {
	text, raw := v.(string)
	if !raw {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		text = string(b)
	}
	return &body{contentType: "application/json", bytes: []byte(text)}
}

// answer is what came back.
type answer struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	body   []byte
}

// send makes one request; token "" sends no Authorization, and b may be nil.
func (s *site) send(method, path, token string, b *body) *answer {
	s.t.Helper()
	var content io.Reader
	if b != nil {
		content = bytes.NewReader(b.bytes)
	}
	req, err := http.NewRequest(method, s.url+path, content)
	if err != nil {
		s.t.Fatal(err)
	}
	if b != nil {
		req.Header.Set("Content-Type", b.contentType)
		for k, v := range b.header {
			req.Header.Set(k, v)
		}
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return s.do(req)
}

func (s *site) do(req *http.Request) *answer {
	s.t.Helper()
	resp, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatalf("%s %s: %v", req.Method, req.URL.Path, err)
	}
	a := &answer{s.t, req.Method + " " + req.URL.Path, resp.StatusCode, resp.Header, text}
	specified(s.t, req, a)
	return a
}

// want checks the status.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s answers %d, want %d: %.300s", a.what, a.status, status, a.body)
	}
	return a
}

// read decodes the body.
func (a *answer) read(into any) *answer {
	a.t.Helper()
	if err := json.Unmarshal(a.body, into); err != nil {
		a.t.Fatalf("%s: %v: %.300s", a.what, err, a.body)
	}
	return a
}

func id(n uint64) string { return fmt.Sprint(n) }
