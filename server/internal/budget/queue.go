package budget

import (
	"container/heap"
	"time"
)

// class is among which requests one waits: those of a class need the same part of
// the budget, so that whatever the first of them cannot have none of them can.
type class int

const (
	light    class = iota // its client would hold little
	started               // its lease holds something
	newcomer              // its lease holds nothing yet
	beyond                // its client would hold more than its share
	classes
)

// request is what a lease asks for, granted at once or after a wait.
type request struct {
	lease   *Lease
	bytes   int64
	class   class
	crowd   int       // its client's leases
	slow    bool      // its lease would need long for what it still expects
	begun   bool      // its lease holds something
	number  uint64    // in the order of coming
	since   time.Time // when it began to wait
	index   int       // in the heap of its class; −1 once granted or given up
	granted chan struct{}
}

func (r *request) waits() bool { return r.index >= 0 }

// before is the order of service: the client with fewer leases, so that a crowd of
// one's own helps nobody; then whoever is soon done; the better class; what has
// started, since it will be done; who came first.
func (r *request) before(o *request) bool {
	switch {
	case r.crowd != o.crowd:
		return r.crowd < o.crowd
	case r.slow != o.slow:
		return o.slow
	case r.class != o.class:
		return r.class < o.class
	case r.begun != o.begun:
		return r.begun
	}
	return r.number < o.number
}

// queue holds the waiting requests, a heap a class. A request that has become worse
// since it was put there is noticed when it comes first; one that has become
// better has to be put anew at once.
type queue struct {
	heaps  [classes]requests
	len    int
	number uint64
}

// requests is a heap, first in order first.
type requests []*request

func (h requests) Len() int           { return len(h) }
func (h requests) Less(i, j int) bool { return h[i].before(h[j]) }
func (h requests) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *requests) Push(r any) {
	r.(*request).index = len(*h)
	*h = append(*h, r.(*request))
}

func (h *requests) Pop() any {
	last := len(*h) - 1
	r := (*h)[last]
	(*h)[last] = nil
	*h, r.index = (*h)[:last], -1
	return r
}

// request is l's for n bytes; it does not wait yet.
func (m *Memory) request(l *Lease, n int64) *request {
	m.queue.number++
	return &request{
		lease: l, bytes: n, class: m.classOf(l, n), crowd: l.crowd(), slow: m.slow(l), begun: l.place != nil,
		number: m.queue.number, index: -1,
	}
}

func (m *Memory) classOf(l *Lease, n int64) class {
	switch would := l.most() + n; {
	case would <= m.cfg.Bytes/LightShare:
		return light
	case would > m.cfg.Bytes/ClientShare:
		return beyond
	case l.place != nil:
		return started
	}
	return newcomer
}

// enqueue has r wait. Its lease's pace restarts: its sender did not stall.
func (m *Memory) enqueue(r *request) {
	r.since, r.granted = m.cfg.Now(), make(chan struct{})
	heap.Push(&m.queue.heaps[r.class], r)
	m.queue.len++
	l := r.lease
	if l.ended == nil {
		l.ended = make(chan struct{})
	}
	l.waiting = append(l.waiting, r)
	l.pace = NewPace(progressWindow, r.since)
	for _, c := range l.clients {
		if c.waiting == nil {
			c.waiting = map[*request]struct{}{}
		}
		c.waiting[r] = struct{}{}
	}
}

func (m *Memory) dequeue(r *request) {
	heap.Remove(&m.queue.heaps[r.class], r.index)
	m.queue.len--
	l := r.lease
	for i, w := range l.waiting {
		if w == r {
			l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
			break
		}
	}
	now := m.cfg.Now()
	l.pace = NewPace(progressWindow, now)
	if len(l.waiting) == 0 {
		l.waited += now.Sub(r.since)
	}
	for _, c := range l.clients {
		delete(c.waiting, r)
	}
}

// first is the first request of a class.
func (m *Memory) first(c class) *request {
	for len(m.queue.heaps[c]) > 0 {
		r := m.queue.heaps[c][0]
		if !m.replace(r) {
			return r
		}
	}
	return nil
}

// replace puts r where it belongs by now, and reports whether that is elsewhere.
func (m *Memory) replace(r *request) bool {
	c, n, begun := m.classOf(r.lease, r.bytes), r.lease.crowd(), r.lease.place != nil
	switch {
	case c != r.class:
		heap.Remove(&m.queue.heaps[r.class], r.index)
		r.class, r.crowd, r.begun = c, n, begun
		heap.Push(&m.queue.heaps[c], r)
	case n != r.crowd, begun != r.begun:
		r.crowd, r.begun = n, begun
		heap.Fix(&m.queue.heaps[c], r.index)
	default:
		return false
	}
	return true
}

// refresh puts a client's requests anew: it holds less, or has fewer leases.
func (m *Memory) refresh(c *client) {
	for r := range c.waiting {
		m.replace(r)
	}
}

// preceded reports whether one that waits has to be served before r.
func (m *Memory) preceded(r *request) bool {
	first := m.first(r.class)
	return first != nil && !m.oldest(r.lease) && !r.before(first)
}

// wake grants what has become free.
func (m *Memory) wake() {
	for m.queue.len > 0 {
		r := m.next()
		if r == nil {
			return
		}
		m.dequeue(r)
		m.grant(r.lease, r.bytes)
		close(r.granted)
	}
}

// next is the request that is to be granted now: of the oldest that grows, since it
// completes, else the first in order. Behind the first of a class that has to wait
// all others of it wait: what comes free in small pieces would else never be enough.
func (m *Memory) next() (next *request) {
	if e := m.growing.Front(); e != nil {
		for _, r := range e.Value.(*Lease).waiting {
			if m.allowed(r) {
				return r
			}
		}
	}
	for c := range classes {
		if r := m.first(c); r != nil && m.allowed(r) && (next == nil || r.before(next)) {
			next = r
		}
	}
	return next
}
