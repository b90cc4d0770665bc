package metrics

import "sync"

// Recent keeps the newest lines of a log: whole lines, at most so many bytes. It
// is safe for concurrent use.
type Recent struct {
	mu    sync.Mutex
	most  int
	lines [][]byte
	held  int
}

// NewRecent keeps at most so many bytes.
func NewRecent(most int) *Recent { return &Recent{most: most} }

// Write takes one line; it never fails.
func (r *Recent) Write(line []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(line) <= r.most {
		r.lines = append(r.lines, append([]byte(nil), line...))
		r.held += len(line)
	}
	drop := 0
	for ; r.held > r.most; drop++ {
		r.held -= len(r.lines[drop])
	}
	if drop > 0 {
		r.lines = append([][]byte(nil), r.lines[drop:]...)
	}
	return len(line), nil
}

// Bytes are the lines, oldest first.
func (r *Recent) Bytes() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]byte, 0, r.held)
	for _, l := range r.lines {
		out = append(out, l...)
	}
	return out
}
