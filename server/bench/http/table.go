package main

import (
	"fmt"
	"io"
	"time"
)

// Table writes a run: each page beside a request that does nothing, and a login
// beside the predecessor's.
func Table(w io.Writer, r *Result) error {
	out := &printer{w: w}
	out.printf("%d records; one request at a time over loopback.\n\n", r.Records)
	out.printf("| page | KB | least | median | 99 %% under | over 5 ms | CPU | CPU beside a request that does nothing |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	slow, reads := 0, 0
	for _, p := range r.Pages {
		out.printf("| %s | %.1f | %s | %s | %s | %d of %d | %s | %.1f× |\n", p.Name, float64(p.Bytes)/1e3, ms(p.Least), ms(p.Median), ms(p.P99), p.Slow, p.Reads,
			ms(p.CPU), float64(p.CPU)/float64(max(r.Pages[0].CPU, 1)))
		if !p.Whole {
			slow, reads = slow+p.Slow, reads+p.Reads
		}
	}
	out.printf("\nOver 5 ms: %d of %d pages.\n", slow, reads)
	l := r.Login
	out.printf("One login: %s of CPU (%s–%s, %d logins), %.2f of the predecessor's password check (%s).\n",
		ms(l.Median), ms(l.Least), ms(l.Most), l.Logins, float64(l.Median)/float64(max(l.Yardstick, 1)), ms(l.Yardstick))
	return out.err
}

// printer remembers the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Nanoseconds())/1e6) }
