package cli

import (
	"fmt"
	"os"
	"sync"
	"time"

	"mangosense/server/internal/app"
)

// How often progress is shown. A command that ends sooner says nothing.
const (
	firstDrawn   = 500 * time.Millisecond // on a terminal
	redrawn      = 200 * time.Millisecond
	firstLine    = 2 * time.Second // elsewhere: a file, a pipe, a service's log
	betweenLines = 5 * time.Second
)

// eraseLine takes the cursor to the line's beginning and empties the line.
const eraseLine = "\r\x1b[2K"

// progress reports on standard error: one changing line on a terminal, a line
// every few seconds elsewhere, also while nothing advances, so that a waiting
// command does not look dead. It never writes to standard output.
type progress struct {
	r        *run
	terminal bool
	shared   bool // the answers go to a terminal too

	mu          sync.Mutex // guards what follows
	what        string
	done, total int64
	begun       time.Time // of the command
	since       time.Time // of this part of it
	said        time.Time // the last line; zero: none yet
	drawn       bool      // the terminal's line is ours

	quit chan struct{}
	once sync.Once
	work sync.WaitGroup
}

// startProgress begins; end must be called.
func startProgress(r *run, what string) *progress {
	p := newProgress(r, what, time.Now())
	p.work.Go(func() {
		tick := time.NewTicker(redrawn)
		defer tick.Stop()
		for {
			select {
			case <-p.quit:
				return
			case now := <-tick.C:
				p.tick(now)
			}
		}
	})
	return p
}

func newProgress(r *run, what string, now time.Time) *progress {
	return &progress{r: r, what: what, terminal: app.OnTerminal(r.Err) && os.Getenv("TERM") != "dumb", shared: app.OnTerminal(r.Out), begun: now, since: now, quit: make(chan struct{})}
}

// set says how much is done.
func (p *progress) set(done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if total != p.total || done < p.done {
		p.since = time.Now()
	}
	p.done, p.total = done, total
}

// part says that what follows is another part of the command.
func (p *progress) part(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if what != p.what {
		p.what, p.done, p.total, p.since = what, 0, 0, time.Now()
	}
}

// tick shows what is due at this moment.
func (p *progress) tick(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	ran := now.Sub(p.begun)
	switch {
	case p.terminal && ran >= firstDrawn:
		p.drawn = true
		fmt.Fprint(p.r.Err, eraseLine+p.line(now))
	case !p.terminal && (p.said.IsZero() && ran >= firstLine || !p.said.IsZero() && now.Sub(p.said) >= betweenLines):
		p.said = now
		fmt.Fprintf(p.r.Err, "mangosense: %s\n", p.line(now))
	}
}

// line is such as "check: 45 %, 12s so far, about 15s left". How long the rest
// takes is said once enough is done to tell.
func (p *progress) line(now time.Time) string {
	text := p.what + ": "
	if p.total > 0 {
		text += fmt.Sprintf("%d %%, ", min(100, max(0, 100*p.done/p.total)))
	}
	text += now.Sub(p.begun).Round(time.Second).String() + " so far"
	if took := now.Sub(p.since); p.total > 0 && p.done > p.total/20 && p.done < p.total && took > time.Second {
		left := time.Duration(float64(took) * float64(p.total-p.done) / float64(p.done))
		text += fmt.Sprintf(", about %s left", left.Round(time.Second))
	}
	return text
}

// away clears the line so that output can be printed; it is redrawn shortly.
func (p *progress) away() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drawn && p.shared {
		fmt.Fprint(p.r.Err, eraseLine)
		p.drawn = false
	}
}

// end clears the line for good. Idempotent.
func (p *progress) end() {
	p.once.Do(func() {
		close(p.quit)
		p.work.Wait()
		if p.drawn {
			fmt.Fprint(p.r.Err, eraseLine)
		}
	})
}
