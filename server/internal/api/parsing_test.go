package api_test

import (
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"mangosense/server/internal/api"
	"mangosense/server/internal/api/apitest"
)

const (
	// parsingTimes is how much memory a body may make the process ask for, in
	// times its size; parsingBase is for what every request takes, and for the
	// client, which is of the same process.
	parsingTimes = 4
	parsingBase  = 1 << 20
	parsingCPU   = 200 * time.Millisecond
)

// worst are the bodies that fit and are dearest to parse, by kind.
func worst() map[string]*apitest.Body {
	const fits = 255 << 10
	fill := func(one string) string { return strings.TrimSuffix(strings.Repeat(one, fits/len(one)), ",") }
	form := func(n, each int) []byte {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "--edge\r\nContent-Disposition: form-data; name=\"f%d\"\r\n\r\n%s\r\n", i, strings.Repeat("x", each))
		}
		return []byte(b.String() + "--edge--\r\n")
	}
	json := map[string]string{
		"empty lists":      `{"ids":[` + fill("[],") + `]}`,
		"empty objects":    `{"ids":[` + fill("{},") + `]}`,
		"numbers":          `{"ids":[` + fill("1,") + `]}`,
		"short texts":      `{"ids":[` + fill(`"",`) + `]}`,
		"short keys":       `{` + fill(`"a":1,`) + `}`,
		"keys":             `{` + strings.TrimSuffix(manyKeys(fits), ",") + `}`,
		"one long number":  `{"id":` + fill("9") + `}`,
		"a long fraction":  `{"latitude":0.` + fill("1") + `}`,
		"one long text":    `{"email":"` + fill("x") + `"}`,
		"texts of 60 KB":   `{"email":"` + strings.Repeat("x", 60<<10) + `","address":"` + strings.Repeat("x", 60<<10) + `","first_name":"` + strings.Repeat("x", 60<<10) + `"}`,
		"one escaped text": `{"password":"` + fill(`\u00e9`) + `"}`,
		"deep lists":       `{"ids":` + fill("[") + `}`,
		"deep objects":     fill(`{"a":`),
		"blanks":           fill(" ") + `{}`,
		"no JSON":          fill("x"),
	}
	out := map[string]*apitest.Body{
		"form of many fields":      {ContentType: "multipart/form-data; boundary=edge", Bytes: form(63, 4000)},
		"form of one field":        {ContentType: "multipart/form-data; boundary=edge", Bytes: form(1, fits)},
		"form of too many fields":  {ContentType: "multipart/form-data; boundary=edge", Bytes: form(4000, 1)},
		"form of boundaries alone": {ContentType: "multipart/form-data; boundary=e", Bytes: []byte(fill("--e\r\n\r\n"))},
		"form of one long header":  {ContentType: "multipart/form-data; boundary=e", Bytes: []byte("--e\r\nX: " + fill("x"))},
		"pairs":                    {ContentType: "application/x-www-form-urlencoded", Bytes: []byte(fill("a&"))},
		"one long pair":            {ContentType: "application/x-www-form-urlencoded", Bytes: []byte("a=" + fill("%20"))},
	}
	for name, text := range json {
		out["JSON: "+name] = &apitest.Body{ContentType: "application/json", Bytes: []byte(text)}
	}
	return out
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n-16; i++ {
		fmt.Fprintf(&b, `"k%d":1,`, i)
	}
	return b.String()
}

// TestParsingCostsWhatTheBodyWeighs sends each of the worst bodies to every
// route that takes one, as a caller who may, and counts all that the process
// asks for meanwhile, garbage included.
func TestParsingCostsWhatTheBodyWeighs(t *testing.T) {
	s := apitest.New(t, nil)
	token := s.Admin().Access
	bodies := worst()
	dearest, longest := 0.0, time.Duration(0)
	for _, row := range api.Rows(s.Server) {
		if row.Method == "GET" || row.Method == "DELETE" || strings.HasSuffix(row.Path, "/logout") {
			continue
		}
		path := strings.NewReplacer("{id}", "1", "{model}", "leaf-mobilenetv2", "{version}", "1.0.0").Replace(row.Path)
		for name, b := range bodies {
			asked, used := dearness(s, row, path, token, b)
			size := float64(len(b.Bytes))
			if asked > parsingTimes*size+parsingBase || used > parsingCPU { // perhaps what something else did meanwhile
				againAsked, againUsed := dearness(s, row, path, token, b)
				asked, used = min(asked, againAsked), min(used, againUsed)
			}
			if asked > parsingTimes*size+parsingBase {
				t.Errorf("%s %s, %s: %.0f bytes are asked for, %.1f times the body", row.Method, row.Path, name, asked, asked/size)
			}
			if used > parsingCPU {
				t.Errorf("%s %s, %s: %s of processor time", row.Method, row.Path, name, used)
			}
			dearest, longest = max(dearest, asked/size), max(longest, used)
		}
	}
	t.Logf("%d bodies: at most %.1f times their size, at most %s", len(bodies), dearest, longest)
}

// dearness is what a request makes the process ask for and use.
func dearness(s *apitest.Site, row api.Row, path, token string, b *apitest.Body) (bytes float64, used time.Duration) {
	s.T.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	used = processorTime()
	got := s.Send(row.Method, path, token, b)
	used = processorTime() - used
	runtime.ReadMemStats(&after)
	if got.Status >= 500 && got.Status != 501 && got.Status != 503 {
		s.T.Errorf("%s %s: %d", row.Method, row.Path, got.Status)
	}
	return float64(after.TotalAlloc - before.TotalAlloc), used
}

// processorTime is what this process, client included, has used so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
