package reference

import (
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestInquiryOutlastsEveryLock: a question that hangs is answered with no answer, is
// asked once however many want to know, and is asked again when it has ended.
func TestInquiryOutlastsEveryLock(t *testing.T) {
	var lock sync.Mutex
	var asked atomic.Int32
	p := newInquiry(func() int {
		asked.Add(1)
		lock.Lock()
		defer lock.Unlock()
		return 7
	}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if v, ok := p.answer(); !ok || v != 7 {
		t.Fatalf("%d, %v", v, ok)
	}
	p.patience = 20 * time.Millisecond
	lock.Lock()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, ok := p.answer(); ok {
				t.Error("an answer out of nothing")
			}
		})
	}
	all.Wait()
	hung := p.open.Load()
	if hung == nil || asked.Load() != 2 {
		t.Errorf("asked %d times, want twice", asked.Load())
	}
	lock.Unlock()
	<-hung.done
	if v, ok := p.answer(); !ok || v != 7 {
		t.Errorf("afterwards: %d, %v", v, ok)
	}
	p.ask = func() int { panic("ours") }
	if _, ok := p.answer(); ok {
		t.Error("a panic is an answer")
	}
}
