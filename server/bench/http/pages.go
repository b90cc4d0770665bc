package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"mangosense/diseases"
)

// Config says whom to ask.
type Config struct {
	URL                   string // of the server, without a final slash
	AdminName, GrowerMail string // accounts that are there
	Password              string // of both
	Records               int    // that the server holds
	Reads                 int    // of each page; 0: 200
	Logins                int    // 0: 20
	// CPU is what the server has used so far.
	CPU func() time.Duration
	// Yardstick is the processor time of one password check of the predecessor.
	Yardstick func() time.Duration
}

// Page is what one kind of page took.
type Page struct {
	Name               string
	Whole              bool // everything at once, not a page of it
	Bytes              int
	Least, Median, P99 time.Duration
	CPU                time.Duration // of the server, for one
	Slow, Reads        int           // Slow: over 5 ms
}

// Login is what one login took of the processor.
type Login struct {
	Median, Least, Most time.Duration
	Yardstick           time.Duration // the predecessor's check
	Logins              int
}

// Result is one run.
type Result struct {
	Records int
	Pages   []Page // the first is a request that does nothing
	Login   Login
}

// asker is the client.
type asker struct {
	cfg    Config
	client http.Client
}

// Run measures the pages, then logins.
func Run(ctx context.Context, cfg Config) (*Result, error) {
	if cfg.Reads == 0 {
		cfg.Reads = 200
	}
	if cfg.Logins == 0 {
		cfg.Logins = 20
	}
	a := &asker{cfg: cfg, client: http.Client{Timeout: time.Minute}}
	admin, err := a.login(ctx, "/api/auth/login/", map[string]string{"username": cfg.AdminName, "password": cfg.Password})
	if err != nil {
		return nil, err
	}
	grower, err := a.login(ctx, "/api/login/", map[string]string{"email": cfg.GrowerMail, "password": cfg.Password})
	if err != nil {
		return nil, err
	}
	result := &Result{Records: cfg.Records}
	for _, l := range lists(cfg.Records) {
		token := admin
		if l.grower {
			token = grower
		}
		p, err := a.page(ctx, l, token)
		if err != nil {
			return nil, err
		}
		result.Pages = append(result.Pages, p)
	}
	result.Login, err = a.logins(ctx)
	return result, err
}

// list is one kind of page.
type list struct {
	name   string
	grower bool // asked by a grower, not by an administrator
	whole  bool
	path   func(*rand.Rand) string
}

// lists are the pages of both clients as they ask for them.
func lists(records int) []list {
	always := func(path string) func(*rand.Rand) string { return func(*rand.Rand) string { return path } }
	deep := func(path string, of int) func(*rand.Rand) string {
		return func(r *rand.Rand) string { return fmt.Sprintf("%s%d", path, 1+r.IntN(max(of/20, 1))) }
	}
	return []list{
		{name: "nothing (/livez)", path: always("/livez")},
		{name: "gallery, first page", path: always("/api/classified-images/?page=1&page_size=20")},
		{name: "gallery, any page", path: deep("/api/classified-images/?page_size=20&page=", records)},
		{name: "gallery, verified leaves", path: deep("/api/classified-images/?verified=true&disease_type=leaf&page_size=20&page=", records/4)},
		{name: "gallery, one disease", path: deep("/api/classified-images/?disease="+strings.ToLower(diseases.Known().Diseases[0].Name)+"&page_size=20&page=", records/8)},
		{name: "gallery, search", path: always("/api/classified-images/?search=mold&page=1&page_size=20")},
		{name: "images of a user", path: deep("/api/users/3/images/?page_size=20&page=", records/20)},
		{name: "users", path: always("/api/users/?page=1&page_size=20")},
		{name: "users, search", path: always("/api/users/?search=grower1&page=1&page_size=20")},
		{name: "notifications, first page", path: always("/api/notifications/")},
		{name: "notifications, any page", path: deep("/api/notifications/?per_page=20&page=", records)},
		{name: "confirmations, first page", path: always("/api/user-confirmations/?page=1&page_size=20")},
		{name: "confirmations, any page", path: deep("/api/user-confirmations/?page_size=20&page=", records/10)},
		{name: "confirmations, rejected", path: always("/api/user-confirmations/?filter=rejected&page=1&page_size=20")},
		{name: "history of a grower", grower: true, path: always("/api/history/")},
		{name: "statistics", path: always("/api/disease-statistics/")},
		{name: "trend of 30 days", path: always("/api/disease-trends/?days=30")},
		{name: "confirmation statistics", path: always("/api/confirmation-statistics/")},
		{name: "user statistics", path: always("/api/users/statistics/")},
		{name: "dashboard, 1000 images", whole: true, path: always("/api/classified-images/?page=1&page_size=1000")},
		{name: "map, 1000 places", whole: true, path: always("/api/disease-locations/all/")},
	}
}

// page asks for one kind of page, again and again.
func (a *asker) page(ctx context.Context, l list, token string) (Page, error) {
	random := rand.New(rand.NewPCG(1, 2))
	p := Page{Name: l.name, Whole: l.whole, Reads: a.cfg.Reads}
	if l.whole {
		p.Reads = max(p.Reads/5, 1)
	}
	times := make([]time.Duration, 0, p.Reads)
	var before time.Duration
	for i := range p.Reads + 5 { // the first five warm up
		if i == 5 {
			before = a.cfg.CPU()
		}
		begun := time.Now()
		body, err := a.ask(ctx, http.MethodGet, l.path(random), token, nil)
		took := time.Since(begun)
		if err != nil {
			return p, err
		}
		if i < 5 {
			continue
		}
		p.Bytes = len(body)
		times = append(times, took)
		if took > 5*time.Millisecond {
			p.Slow++
		}
	}
	p.CPU = (a.cfg.CPU() - before) / time.Duration(p.Reads)
	slices.Sort(times)
	p.Least, p.Median, p.P99 = times[0], times[len(times)/2], times[len(times)*99/100]
	return p, nil
}

// logins measures what each login takes of this process's processor time.
func (a *asker) logins(ctx context.Context) (Login, error) {
	l := Login{Logins: a.cfg.Logins}
	times := make([]time.Duration, 0, l.Logins)
	for range l.Logins {
		before := a.cfg.CPU()
		if _, err := a.login(ctx, "/api/login/", map[string]string{"email": a.cfg.GrowerMail, "password": a.cfg.Password}); err != nil {
			return l, err
		}
		times = append(times, a.cfg.CPU()-before)
	}
	slices.Sort(times)
	l.Least, l.Median, l.Most = times[0], times[len(times)/2], times[len(times)-1]
	l.Yardstick = a.cfg.Yardstick()
	return l, nil
}

func (a *asker) login(ctx context.Context, path string, body any) (access string, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return "", fmt.Errorf("cannot encode a login: %w", err)
	}
	answer, err := a.ask(ctx, http.MethodPost, path, "", text)
	if err != nil {
		return "", err
	}
	var got struct{ Access string }
	if err := json.Unmarshal(answer, &got); err != nil {
		return "", fmt.Errorf("cannot read a login's answer: %w", err)
	}
	return got.Access, nil
}

// ask makes one request and reads the whole answer, which must be a 200.
func (a *asker) ask(ctx context.Context, method, path, token string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, a.cfg.URL+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("cannot ask for %s: %w", path, err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := a.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("cannot ask for %s: %w", path, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("cannot ask for %s: status %d: %.200s", path, resp.StatusCode, answer)
	}
	return answer, nil
}
