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
	if a == nil || n > arenaSize {
		return make([]Entry, n, n+1)
	}
	if len(a.entries)+n > cap(a.entries) {
		a.entries = make([]Entry, 0, arenaSize) // the former stays with its nodes
	}
	at := len(a.entries)
	a.entries = a.entries[:at+n]
	return a.entries[at : at+n : at+n]
}

func (a *arena) takeKids(n int) []child {
	if a == nil || n > arenaSize {
		return make([]child, n, n+1)
	}
	if len(a.kids)+n > cap(a.kids) {
		a.kids = make([]child, 0, arenaSize)
	}
	at := len(a.kids)
	a.kids = a.kids[:at+n]
	return a.kids[at : at+n : at+n]
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
