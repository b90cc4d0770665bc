package api_test

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"mangosense/server/internal/api"
	"mangosense/server/internal/mango"
)

func noGuests(c *api.Config) { c.AnonymousPreviews = false }

// imageURL is the photo's address as the history gives it.
func (s *site) imageURL(a account, header map[string]string) string {
	s.t.Helper()
	var got struct {
		Data struct {
			Analyses []struct {
				URL string `json:"image_url"`
			} `json:"analyses"`
		} `json:"data"`
	}
	s.send("GET", "/api/history/", a.Access, &body{header: header}).want(200).read(&got)
	if len(got.Data.Analyses) == 0 {
		s.t.Fatal("no history")
	}
	return got.Data.Analyses[0].URL
}

func TestMedia(t *testing.T) {
	s := newSite(t, nil)
	boss, owner, other := s.admin(), s.join("owner@farm.example"), s.join("other@farm.example")
	r := s.record(owner)
	signed := s.imageURL(owner, nil)
	if !strings.HasPrefix(signed, s.url+"/api/media/mango_images/") {
		t.Fatalf("address %s", signed)
	}
	link := strings.TrimPrefix(signed, s.url)
	query := link[strings.IndexByte(link, '?'):]
	missing := "mango_images/" + strings.Repeat("0", 64) + ".jpg"
	for _, c := range []struct {
		name, path, token string
		status            int
	}{
		{"signed", link, "", 200},
		{"signed, as an <img> at the other path", "/media/" + r.Media + query, "", 200},
		{"signed, with an expired token", link, "expired", 200},
		{"nobody", "/api/media/" + r.Media, "", 403},
		{"owner", "/api/media/" + r.Media, owner.Access, 200},
		{"admin", "/media/" + r.Media, boss.Access, 200},
		{"other user", "/api/media/" + r.Media, other.Access, 403},
		{"other user, no such photo", "/api/media/" + missing, other.Access, 403},
		{"nobody, no such photo", "/api/media/" + missing, "", 403},
		{"admin, no such photo", "/api/media/" + missing, boss.Access, 404},
		{"another photo's signature", "/api/media/" + missing + query, "", 403},
		{"one digit changed", strings.Replace(link, "signature=", "signature=A", 1), "", 403},
		{"later", strings.Replace(link, "until=", "until=9", 1), "", 403},
		{"climbing out", "/api/media/../mangosense.db", boss.Access, 404},
		{"climbing out, escaped", "/api/media/..%2f..%2fmangosense.db", boss.Access, 404},
		{"sibling folder", "/api/media_private/x", boss.Access, 404},
		{"the folder", "/api/media/mango_images/", boss.Access, 404},
		{"zero character", "/api/media/mango_images/%00.jpg", boss.Access, 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			got := s.send("GET", c.path, c.token, nil).want(c.status)
			if c.status != 200 {
				got.refusal()
				return
			}
			if got.header.Get("Content-Type") != "image/jpeg" || len(got.body) != int(r.MediaBytes) || got.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%d bytes of %s, want %d", len(got.body), got.header.Get("Content-Type"), r.MediaBytes)
			}
		})
	}
	head := s.send("HEAD", link, "", nil).want(200)
	if len(head.body) != 0 {
		t.Error("HEAD has a body")
	}
	again := s.send("GET", link, "", &body{header: map[string]string{"If-None-Match": head.header.Get("ETag")}}).want(304)
	if len(again.body) != 0 {
		t.Error("304 has a body")
	}
	preflight, err := http.NewRequest("OPTIONS", signed, nil)
	if err != nil {
		t.Fatal(err)
	}
	preflight.Header.Set("Origin", "http://localhost:4200")
	if got := s.do(preflight).want(200); !strings.Contains(got.header.Get("Access-Control-Allow-Headers"), "content-type") {
		t.Error("the web admin's fetch of a photo is not allowed its content-type")
	}
}

func TestExpiredLink(t *testing.T) {
	s := newSite(t, func(c *api.Config) { c.PhotoLinkLife = -time.Hour })
	owner := s.join("owner@farm.example")
	s.record(owner)
	s.send("GET", strings.TrimPrefix(s.imageURL(owner, nil), s.url), "", nil).want(403)
}

// TestForwarded: only a trusted proxy says how the client sees the server.
func TestForwarded(t *testing.T) {
	header := map[string]string{"X-Forwarded-Proto": "https", "X-Forwarded-Host": "mango.example"}
	for _, c := range []struct {
		name    string
		proxies []netip.Prefix
		header  map[string]string
		want    string // scheme://host; empty: the server's own
	}{
		{"nobody trusted", nil, header, ""},
		{"another trusted", []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, header, ""},
		{"trusted", []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, header, "https://mango.example"},
		{"trusted, two hops", []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, map[string]string{"X-Forwarded-Proto": "http, https", "X-Forwarded-Host": "evil.example, mango.example"}, "https://mango.example"},
		{"trusted, bad host", []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, map[string]string{"X-Forwarded-Host": `x"><script>`}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, func(cfg *api.Config) { cfg.TrustedProxies = c.proxies })
			owner := s.join("owner@farm.example")
			s.record(owner)
			u, err := url.Parse(s.imageURL(owner, c.header))
			if err != nil {
				t.Fatal(err)
			}
			want := c.want
			if want == "" {
				want = s.url
			}
			if got := u.Scheme + "://" + u.Host; got != want {
				t.Errorf("address begins %s, want %s", got, want)
			}
		})
	}
}

// TestSmallPictures: the same people see a small picture as see the photo; it has
// a tag of its own, and one that cannot be made is not kept by anybody.
func TestSmallPictures(t *testing.T) {
	machine := newMachine()
	var fault error
	s := newSite(t, func(c *api.Config) {
		machine.config(c)
		thumb := c.Machine.Thumb
		c.Machine.Thumb = func(ctx context.Context, photo string, hold func(int64) error) ([]byte, error) {
			if fault != nil {
				return nil, fault
			}
			return thumb(ctx, photo, hold)
		}
	})
	boss, owner, other := s.admin(), s.join("owner@farm.example"), s.join("other@farm.example")
	r := s.record(owner)
	var history struct {
		Data struct {
			Analyses []struct {
				Image string `json:"image_url"`
				Small string `json:"thumbnail_url"`
			}
		}
	}
	s.send("GET", "/api/history/", owner.Access, nil).want(200).read(&history)
	link := strings.TrimPrefix(history.Data.Analyses[0].Small, s.url)
	plain := strings.TrimPrefix(history.Data.Analyses[0].Image, s.url)
	photo := s.send("GET", plain, "", nil).want(200)
	for _, c := range []struct {
		name, path, token string
		status            int
	}{
		{"signed", link, "", 200},
		{"signed, as an <img> at the other path", strings.Replace(link, "/api/media/", "/media/", 1), "", 200},
		{"owner", "/api/media/" + r.Media + "?small=1", owner.Access, 200},
		{"admin", "/api/media/" + r.Media + "?small=true", boss.Access, 200},
		{"nobody", "/api/media/" + r.Media + "?small=1", "", 403},
		{"other user", "/api/media/" + r.Media + "?small=1", other.Access, 403},
		{"one digit changed", strings.Replace(link, "signature=", "signature=A", 1), "", 403},
		{"climbing out", "/api/media/../mangosense.db?small=1", boss.Access, 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			got := s.send("GET", c.path, c.token, nil).want(c.status)
			if c.status != 200 {
				got.refusal()
				return
			}
			if string(got.body) != "\xff\xd8"+r.Media || got.header.Get("Content-Type") != "image/jpeg" {
				t.Errorf("%d bytes of %s", len(got.body), got.header.Get("Content-Type"))
			}
			tag := got.header.Get("ETag")
			if tag == "" || tag == photo.header.Get("ETag") {
				t.Errorf("its tag is %q, the photo's %q", tag, photo.header.Get("ETag"))
			}
			for _, has := range []string{tag, `"x", W/` + tag} {
				if again := s.send("GET", c.path, c.token, &body{header: map[string]string{"If-None-Match": has}}); again.status != 304 {
					t.Errorf("%s is had: %d", has, again.status)
				}
			}
			if full := s.send("GET", c.path, c.token, &body{header: map[string]string{"If-None-Match": photo.header.Get("ETag")}}); full.status != 200 {
				t.Errorf("the photo's tag passes for the small picture's: %d", full.status)
			}
		})
	}
	for _, no := range []string{"?small=0", "?small=false"} {
		if got := s.send("GET", "/api/media/"+r.Media+no, owner.Access, nil).want(200); len(got.body) != len(photo.body) {
			t.Errorf("%s: %d bytes, the photo has %d", no, len(got.body), len(photo.body))
		}
	}
	fault = mango.Errorf(mango.Busy, "Too many photos are under way.")
	got := s.send("GET", link, "", nil).want(503)
	if got.header.Get("ETag") != "" || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("a fault may be kept: %q, %q", got.header.Get("ETag"), got.header.Get("Cache-Control"))
	}
}

// TestHeatMapsAreNotRemembered: a repetition of a save gets the first answer
// without its pictures, of one photo and of a tree.
func TestHeatMapsAreNotRemembered(t *testing.T) {
	s := newSite(t, nil)
	lito := s.join("lito@farm.example")
	s.model.diagnosis.HeatMap = []byte("\x89PNG picture")
	for path, c := range map[string]struct {
		at string
		b  *body
	}{
		"/api/predict/":      {"data.heat_map", form(t, nil, photo(t))},
		"/api/predict/tree/": {"data.photos.1.heat_map", several(t, "image", nil, photo(t), photo(t))},
	} {
		t.Run(path, func(t *testing.T) {
			s := s.in(t)
			b := keyed(c.b, "heat"+strings.ReplaceAll(path, "/", "-"))
			first := s.send("POST", path+"?explain=1", lito.Access, b).want(200)
			if !strings.HasPrefix(first.at(c.at), `"data:image/png;base64,`) {
				t.Errorf("%s is %s", c.at, first.at(c.at))
			}
			again := s.send("POST", path+"?explain=1", lito.Access, b).want(200)
			if strings.Contains(string(again.body), "heat_map") || again.header.Get("Idempotency-Replayed") != "true" {
				t.Errorf("again: %s", again.body)
			}
		})
	}
}
