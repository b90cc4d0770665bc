package counted

import "sync"

// arena holds what the nodes of one page are decoded into. A page that merges
// many lists decodes a hundred nodes of which it needs a few entries each; to
// allocate them anew was half of its work.
type arena struct {
	entries []Entry
	kids    []child
}

const arenaSize = 64 * maxNode

var arenas = sync.Pool{New: func() any {
	return &arena{entries: make([]Entry, 0, arenaSize), kids: make([]child, 0, arenaSize)}
}}

// takeEntries gives n entries to be filled. A nil arena allocates them.
func (a *arena) takeEntries(n int) []Entry {
	if a == nil {
		return make([]Entry, n, n+1)
	}
	return take(&a.entries, n)
}

func (a *arena) takeKids(n int) []child {
	if a == nil {
		return make([]child, n, n+1)
	}
	return take(&a.kids, n)
}

// take cuts n elements off; what was cut off before stays with its nodes.
func take[T any](from *[]T, n int) []T {
	at := len(*from)
	if at+n > cap(*from) {
		*from, at = make([]T, 0, max(n, arenaSize)), 0
	}
	*from = (*from)[:at+n]
	return (*from)[at : at+n : at+n]
}

// Reuse has the lists decode into memory that pages share, until release is
// called: nothing that was read through them may be used after that but entries
// of pages. For reading only.
func (ls *Lists) Reuse() (release func()) {
	a := arenas.Get().(*arena)
	ls.arena = a
	return func() {
		ls.arena, ls.open = nil, nil
		a.entries, a.kids = a.entries[:0], a.kids[:0]
		arenas.Put(a)
	}
}
