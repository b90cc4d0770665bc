package store

import "sync"

// arena holds what the nodes of one page are decoded into. A page that merges
// many lists decodes a hundred nodes of which it needs a few entries each; to
// allocate them anew was half of its work.
type arena struct {
	spots []spot
	kids  []child
}

const arenaSize = 64 * maxNode

var arenas = sync.Pool{New: func() any {
	return &arena{spots: make([]spot, 0, arenaSize), kids: make([]child, 0, arenaSize)}
}}

// takeSpots gives n entries to be filled. A nil arena allocates them.
func (a *arena) takeSpots(n int) []spot {
	if a == nil || n > arenaSize {
		return make([]spot, n, n+1)
	}
	if len(a.spots)+n > cap(a.spots) {
		a.spots = make([]spot, 0, arenaSize) // the former stays with its nodes
	}
	at := len(a.spots)
	a.spots = a.spots[:at+n]
	return a.spots[at : at+n : at+n]
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

// borrow has the lists decode into an arena until give is called: no node of
// theirs may be used after that. For reading only.
func (ls *lists) borrow() (give func()) {
	a := arenas.Get().(*arena)
	ls.arena = a
	return func() {
		ls.arena, ls.cache = nil, nil
		a.spots, a.kids = a.spots[:0], a.kids[:0]
		arenas.Put(a)
	}
}
