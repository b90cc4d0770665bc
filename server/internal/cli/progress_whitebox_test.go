package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
)

// fake is progress whose clock the test holds.
func fake(terminal bool) (p *progress, out, errOut *bytes.Buffer) {
	out, errOut = &bytes.Buffer{}, &bytes.Buffer{}
	p = newProgress(&run{context.Background(), Streams{Out: out, Err: errOut}}, "check", time.Unix(1e9, 0))
	p.terminal = terminal
	return p, out, errOut
}

// Into a file or a pipe: nothing of a quick command, then a line every few
// seconds, also while nothing is reported.
func TestProgressInLines(t *testing.T) {
	p, out, errOut := fake(false)
	for i := range 60 { // twelve seconds
		if i == 40 {
			p.set(300, 1000)
		}
		p.tick(p.begun.Add(time.Duration(i) * redrawn))
		if i == 9 && errOut.Len() > 0 {
			t.Errorf("before two seconds: %q", errOut)
		}
	}
	p.end()
	want := "mangosense: check: 2s so far\nmangosense: check: 7s so far\n"
	if got := errOut.String(); got != want && !strings.HasPrefix(got, want) {
		t.Errorf("%q, want %q first", got, want)
	}
	if n := strings.Count(errOut.String(), "\n"); n > 3 {
		t.Errorf("%d lines in twelve seconds: %q", n, errOut)
	}
	if strings.ContainsAny(errOut.String(), "\r\x1b") || out.Len() > 0 {
		t.Errorf("escapes %q, or standard output %q", errOut, out)
	}
}

func TestProgressOnTerminal(t *testing.T) {
	p, out, errOut := fake(true)
	p.tick(p.begun.Add(firstDrawn - 1))
	if errOut.Len() > 0 {
		t.Errorf("a quick command shows %q", errOut)
	}
	p.set(250, 1000)
	p.since = p.begun
	p.tick(p.begun.Add(3 * time.Second))
	if want := eraseLine + "check: 25 %, 3s so far, about 9s left"; errOut.String() != want {
		t.Errorf("%q, want %q", errOut, want)
	}
	p.end()
	p.end()
	if !strings.HasSuffix(errOut.String(), eraseLine) || strings.Contains(errOut.String(), "\n") || out.Len() > 0 {
		t.Errorf("the line is not taken away: %q", errOut)
	}
}
