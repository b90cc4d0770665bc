package photos_test

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"mangosense/server/internal/api"
	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/mango"
)

// imageURL is the photo's address as the history gives it.
func imageURL(s *apitest.Site, a apitest.Account, header map[string]string) string {
	s.T.Helper()
	var got struct {
		Data struct {
			Analyses []struct {
				URL string `json:"image_url"`
			} `json:"analyses"`
		} `json:"data"`
	}
	s.Send("GET", "/api/history/", a.Access, &apitest.Body{Header: header}).Want(200).Read(&got)
	if len(got.Data.Analyses) == 0 {
		s.T.Fatal("no history")
	}
	return got.Data.Analyses[0].URL
}

func TestMedia(t *testing.T) {
	s := apitest.New(t, nil)
	boss, owner, other := s.Admin(), s.Join("owner@farm.example"), s.Join("other@farm.example")
	r := s.Record(owner)
	signed := imageURL(s, owner, nil)
	if !strings.HasPrefix(signed, s.URL+"/api/media/mango_images/") {
		t.Fatalf("address %s", signed)
	}
	link := strings.TrimPrefix(signed, s.URL)
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
			s := s.In(t)
			got := s.Send("GET", c.path, c.token, nil).Want(c.status)
			if c.status != 200 {
				got.Refusal()
				return
			}
			if got.Header.Get("Content-Type") != "image/jpeg" || len(got.Body) != int(r.MediaBytes) || got.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%d bytes of %s, want %d", len(got.Body), got.Header.Get("Content-Type"), r.MediaBytes)
			}
		})
	}
	head := s.Send("HEAD", link, "", nil).Want(200)
	if len(head.Body) != 0 {
		t.Error("HEAD has a body")
	}
	again := s.Send("GET", link, "", &apitest.Body{Header: map[string]string{"If-None-Match": head.Header.Get("ETag")}}).Want(304)
	if len(again.Body) != 0 {
		t.Error("304 has a body")
	}
	preflight, err := http.NewRequest("OPTIONS", signed, nil)
	if err != nil {
		t.Fatal(err)
	}
	preflight.Header.Set("Origin", "http://localhost:4200")
	if got := s.Do(preflight).Want(200); !strings.Contains(got.Header.Get("Access-Control-Allow-Headers"), "content-type") {
		t.Error("the web admin's fetch of a photo is not allowed its content-type")
	}
}

func TestExpiredLink(t *testing.T) {
	s := apitest.New(t, func(c *api.Config) { c.PhotoLinkLife = -time.Hour })
	owner := s.Join("owner@farm.example")
	s.Record(owner)
	s.Send("GET", strings.TrimPrefix(imageURL(s, owner, nil), s.URL), "", nil).Want(403)
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
			s := apitest.New(t, func(cfg *api.Config) { cfg.TrustedProxies = c.proxies })
			owner := s.Join("owner@farm.example")
			s.Record(owner)
			u, err := url.Parse(imageURL(s, owner, c.header))
			if err != nil {
				t.Fatal(err)
			}
			want := c.want
			if want == "" {
				want = s.URL
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
	machine := apitest.NewMachine()
	var fault error
	s := apitest.New(t, func(c *api.Config) {
		machine.Config(c)
		thumb := c.Machine.Thumb
		c.Machine.Thumb = func(ctx context.Context, photo string, hold func(int64) error) ([]byte, error) {
			if fault != nil {
				return nil, fault
			}
			return thumb(ctx, photo, hold)
		}
	})
	boss, owner, other := s.Admin(), s.Join("owner@farm.example"), s.Join("other@farm.example")
	r := s.Record(owner)
	var history struct {
		Data struct {
			Analyses []struct {
				Image string `json:"image_url"`
				Small string `json:"thumbnail_url"`
			}
		}
	}
	s.Send("GET", "/api/history/", owner.Access, nil).Want(200).Read(&history)
	link := strings.TrimPrefix(history.Data.Analyses[0].Small, s.URL)
	plain := strings.TrimPrefix(history.Data.Analyses[0].Image, s.URL)
	photo := s.Send("GET", plain, "", nil).Want(200)
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
			s := s.In(t)
			got := s.Send("GET", c.path, c.token, nil).Want(c.status)
			if c.status != 200 {
				got.Refusal()
				return
			}
			if string(got.Body) != "\xff\xd8"+r.Media || got.Header.Get("Content-Type") != "image/jpeg" {
				t.Errorf("%d bytes of %s", len(got.Body), got.Header.Get("Content-Type"))
			}
			tag := got.Header.Get("ETag")
			if tag == "" || tag == photo.Header.Get("ETag") {
				t.Errorf("its tag is %q, the photo's %q", tag, photo.Header.Get("ETag"))
			}
			for _, has := range []string{tag, `"x", W/` + tag} {
				if again := s.Send("GET", c.path, c.token, &apitest.Body{Header: map[string]string{"If-None-Match": has}}); again.Status != 304 {
					t.Errorf("%s is had: %d", has, again.Status)
				}
			}
			if full := s.Send("GET", c.path, c.token, &apitest.Body{Header: map[string]string{"If-None-Match": photo.Header.Get("ETag")}}); full.Status != 200 {
				t.Errorf("the photo's tag passes for the small picture's: %d", full.Status)
			}
		})
	}
	for _, no := range []string{"?small=0", "?small=false"} {
		if got := s.Send("GET", "/api/media/"+r.Media+no, owner.Access, nil).Want(200); len(got.Body) != len(photo.Body) {
			t.Errorf("%s: %d bytes, the photo has %d", no, len(got.Body), len(photo.Body))
		}
	}
	fault = mango.Errorf(mango.Busy, "Too many photos are under way.")
	got := s.Send("GET", link, "", nil).Want(503)
	if got.Header.Get("ETag") != "" || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a fault may be kept: %q, %q", got.Header.Get("ETag"), got.Header.Get("Cache-Control"))
	}
}

// TestHeatMapsAreNotRemembered: a repetition of a save gets the first answer
// without its pictures, of one photo and of a tree.
func TestHeatMapsAreNotRemembered(t *testing.T) {
	s := apitest.New(t, nil)
	lito := s.Join("lito@farm.example")
	s.Model.Diagnosis.HeatMap = []byte("\x89PNG picture")
	for path, c := range map[string]struct {
		at string
		b  *apitest.Body
	}{
		"/api/predict/":      {"data.heat_map", apitest.Form(t, nil, apitest.Photo(t))},
		"/api/predict/tree/": {"data.photos.1.heat_map", several(t, "image", nil, apitest.Photo(t), apitest.Photo(t))},
	} {
		t.Run(path, func(t *testing.T) {
			s := s.In(t)
			b := keyed(c.b, "heat"+strings.ReplaceAll(path, "/", "-"))
			first := s.Send("POST", path+"?explain=1", lito.Access, b).Want(200)
			if !strings.HasPrefix(first.At(c.at), `"data:image/jpeg;base64,`) {
				t.Errorf("%s is %s", c.at, first.At(c.at))
			}
			again := s.Send("POST", path+"?explain=1", lito.Access, b).Want(200)
			if strings.Contains(string(again.Body), "heat_map") || again.Header.Get("Idempotency-Replayed") != "true" {
				t.Errorf("again: %s", again.Body)
			}
		})
	}
}
