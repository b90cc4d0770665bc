package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"sort"
	"strconv"
	"sync"
	"time"
)

// collector keeps every answer: an hour at 1,000 a second is 100 MB, and no
// bucket blurs the percentiles.
type collector struct {
	mu      sync.Mutex
	answers []answer
}

func (c *collector) add(a answer) {
	c.mu.Lock()
	c.answers = append(c.answers, a)
	c.mu.Unlock()
}

// report is what is printed, and with --json what programs read. Times are in
// milliseconds, memory in bytes.
type report struct {
	URL     string  `json:"url"`
	Loop    string  `json:"loop"` // "open" or "closed"
	Rate    float64 `json:"rate,omitempty"`
	Clients int     `json:"clients,omitempty"`
	Seconds float64 `json:"seconds"`
	Photos  []shot  `json:"photos,omitempty"`

	Requests  int     `json:"requests"`
	OK        int     `json:"ok"`
	PerSecond float64 `json:"per_second"` // answered 200

	Times    times `json:"ms"`          // of those answered 200
	Refusals times `json:"refused_ms"`  // of those answered otherwise
	Lost     int   `json:"unanswered"`  // no status at all
	Retry    retry `json:"retry_after"` // seen with answers other than 200

	Statuses map[string]int `json:"statuses"`
	Faults   map[string]int `json:"faults"`
	Server   *memory        `json:"server,omitempty"`
}

type shot struct {
	Megapixels float64 `json:"megapixels"`
	Bytes      int     `json:"bytes"`
}

type times struct {
	Count int     `json:"count"`
	Min   float64 `json:"min"`
	Mean  float64 `json:"mean"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P95   float64 `json:"p95"`
	P99   float64 `json:"p99"`
	P999  float64 `json:"p999"`
	Max   float64 `json:"max"`
}

type retry struct {
	With    int `json:"with"`
	Without int `json:"without"` // 503 and 429 that lack it
	Least   int `json:"least"`
	Most    int `json:"most"`
}

func (c *collector) report(o options, photos []photo, took time.Duration) *report {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := &report{URL: o.url, Loop: "closed", Clients: o.clients, Seconds: took.Seconds(),
		Requests: len(c.answers), Statuses: map[string]int{}, Faults: map[string]int{}}
	if o.rate > 0 {
		r.Loop, r.Rate, r.Clients = "open", o.rate, 0
	}
	for _, p := range photos {
		r.Photos = append(r.Photos, shot{math.Round(float64(p.width*p.height)/1e4) / 100, len(p.jpeg)})
	}
	var good, bad []time.Duration
	for _, a := range c.answers {
		if a.fault != "" {
			r.Faults[a.fault]++
			r.Lost++
			continue
		}
		r.Statuses[strconv.Itoa(a.status)]++
		if a.status == 200 {
			good = append(good, a.took)
			continue
		}
		bad = append(bad, a.took)
		r.Retry.see(a)
	}
	r.OK = len(good)
	r.PerSecond = float64(len(good)) / took.Seconds()
	r.Times, r.Refusals = summary(good), summary(bad)
	return r
}

func (r *retry) see(a answer) {
	seconds, err := strconv.Atoi(a.retryAfter)
	switch {
	case err != nil && (a.status == 503 || a.status == 429):
		r.Without++
	case err == nil:
		if r.With == 0 || seconds < r.Least {
			r.Least = seconds
		}
		r.With++
		r.Most = max(r.Most, seconds)
	}
}

func summary(d []time.Duration) times {
	if len(d) == 0 {
		return times{}
	}
	slices.Sort(d)
	var sum time.Duration
	for _, t := range d {
		sum += t
	}
	// The smallest time that is not exceeded by the given share.
	at := func(q float64) float64 {
		return ms(d[max(0, int(math.Ceil(q*float64(len(d))))-1)])
	}
	return times{Count: len(d), Min: ms(d[0]), Mean: ms(sum / time.Duration(len(d))),
		P50: at(0.50), P90: at(0.90), P95: at(0.95), P99: at(0.99), P999: at(0.999), Max: ms(d[len(d)-1])}
}

func ms(d time.Duration) float64 { return math.Round(float64(d.Microseconds())) / 1000 }

func (r *report) text(w io.Writer) error {
	p := &printer{w: w}
	how := fmt.Sprintf("%d clients", r.Clients)
	if r.Loop == "open" {
		how = fmt.Sprintf("%g requests a second, times from when each was due", r.Rate)
	}
	p.line("%s loop: %s, %.1f s to %s", r.Loop, how, r.Seconds, r.URL)
	for _, s := range r.Photos {
		p.line("  photo: %.2f megapixels, %.2f MB", s.Megapixels, float64(s.Bytes)/1e6)
	}
	p.line("%.2f answered with 200 a second (%d of %d requests)", r.PerSecond, r.OK, r.Requests)
	if t := r.Times; t.Count > 0 {
		p.line("milliseconds: min %.1f  mean %.1f  p50 %.1f  p90 %.1f  p95 %.1f  p99 %.1f  p99.9 %.1f  max %.1f", t.Min, t.Mean, t.P50, t.P90, t.P95, t.P99, t.P999, t.Max)
	}
	if t := r.Refusals; t.Count > 0 {
		p.line("other answers: %d, p50 %.1f ms, p99 %.1f ms, max %.1f ms", t.Count, t.P50, t.P99, t.Max)
	}
	for _, k := range sorted(r.Statuses) {
		p.line("  status %s: %d", k, r.Statuses[k])
	}
	for _, k := range sorted(r.Faults) {
		p.line("  %s: %d", k, r.Faults[k])
	}
	if r.Retry.With+r.Retry.Without > 0 {
		p.line("  Retry-After: %d with (%d to %d s), %d without", r.Retry.With, r.Retry.Least, r.Retry.Most, r.Retry.Without)
	}
	if m := r.Server; m != nil {
		p.line("server: %d processes, resident %.1f MB before, %.1f MB after, %.1f MB at most", m.Processes, mb(m.Before), mb(m.After), mb(m.Peak))
		p.line("        proportional %.1f MB before, %.1f MB after; private %.1f MB after", mb(m.PssBefore), mb(m.PssAfter), mb(m.PrivateAfter))
	}
	return p.err
}

func mb(n int64) float64 { return float64(n) / 1e6 }

func sorted(m map[string]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}
