package api_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"mangosense/server/internal/api"
	"mangosense/server/internal/api/apitest"
)

// TestAnyBodyGivesAllBack: bodies of every kind go to every route that takes one,
// whole or damaged, cut off or left by their senders, many at a time in less memory
// than they need; nothing stays charged.
func TestAnyBodyGivesAllBack(t *testing.T) {
	const senders, each = 12, 25
	s := apitest.New(t, func(c *api.Config) {
		c.MaxPhotoBytes, c.UploadMemory = 256<<10, 2<<20
		c.StallTimeout, c.UploadTimeout = 2*time.Second, 10*time.Second
	})
	boss := s.Admin()
	var rows []api.Row
	for _, row := range api.Rows(s.Server) {
		if row.Method != "GET" && row.Method != "DELETE" && !strings.Contains(row.Path, "password") && !strings.Contains(row.Path, "logout") {
			rows = append(rows, row)
		}
	}
	part := "--edge\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
	file := "--edge\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\r\n%s\r\n"
	fill := func(r *rand.Rand) string { return strings.Repeat("x", 1+r.IntN(120<<10)) }
	kinds := []func(*rand.Rand) (kind, body string){
		func(r *rand.Rand) (string, string) { return "application/json", fmt.Sprintf(`{"email":"%s"}`, fill(r)) },
		func(r *rand.Rand) (string, string) {
			return "application/json", `{"image_ids":[` + strings.Repeat("1,", r.IntN(3000)) + `1]}`
		},
		func(r *rand.Rand) (string, string) {
			return "multipart/form-data; boundary=edge", fmt.Sprintf(file+part+"--edge--\r\n", fill(r), "notes", fill(r))
		},
		func(r *rand.Rand) (string, string) {
			return "multipart/form-data; boundary=edge", strings.Repeat(fmt.Sprintf(file, fill(r)), 1+r.IntN(5)) + "--edge--\r\n"
		},
		func(r *rand.Rand) (string, string) { return "application/x-www-form-urlencoded", "a=" + fill(r) },
		func(r *rand.Rand) (string, string) { return "application/octet-stream", fill(r) },
	}
	var sending sync.WaitGroup
	for i := range senders {
		sending.Go(func() {
			r := rand.New(rand.NewPCG(28, uint64(i)))
			for range each {
				row := rows[r.IntN(len(rows))]
				kind, body := kinds[r.IntN(len(kinds))](r)
				declared, chunked := len(body), r.IntN(4) == 0
				switch r.IntN(4) {
				case 0:
					body = body[:r.IntN(len(body)+1)] // it leaves before the end
				case 1:
					b := []byte(body)
					b[r.IntN(len(b))] ^= 0x20
					body = string(b)
				}
				leave(s, row, boss.Access, kind, body, declared, chunked, r.IntN(2) == 0)
			}
		})
	}
	sending.Wait()
	until(t, "all memory is given back", func() bool { return held(s) == 0 })
}

// leave sends a body and reads the answer, or leaves without; a body that is shorter
// than declared ends with its sender.
func leave(s *apitest.Site, row api.Row, token, kind, body string, declared int, chunked, read bool) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		s.T.Error(err)
		return
	}
	defer conn.Close()
	path := strings.NewReplacer("{id}", "999999", "{model}", "leaf-mobilenetv2", "{version}", "1.0.0").Replace(row.Path)
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\n", row.Method, path, token, kind)
	if whole := len(body) == declared; chunked {
		size := fmt.Sprintf("%x\r\n", declared)
		head, body = head+"Transfer-Encoding: chunked\r\n\r\n", size+body
		if whole {
			body += "\r\n0\r\n\r\n"
		}
		read = read && whole
	} else {
		head += fmt.Sprintf("Content-Length: %d\r\n\r\n", declared)
		read = read && whole
	}
	if _, err := io.WriteString(conn, head+body); err != nil || !read {
		return // refused before its end; or it leaves
	}
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	if answer, err := io.ReadAll(conn); err != nil && len(answer) == 0 && !strings.Contains(err.Error(), "reset") {
		s.T.Errorf("%s %s: no answer: %v", row.Method, row.Path, err)
	}
}
