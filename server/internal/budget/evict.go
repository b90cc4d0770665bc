package budget

import (
	"slices"
	"time"
)

const (
	// progressWindow is over how long a lease's progress is counted.
	progressWindow = 2 * time.Second
	// unearned: a lease that at its present rate would need longer than this for
	// what it holds is evicted when others wait.
	unearned = 60 * time.Second
	// stuckWait is how long a client waits before a lease of a client with many, or a
	// slow one, which itself waits to grow, is evicted.
	stuckWait = 500 * time.Millisecond
	// shareWait is how long a client waits before a lease of another client,
	// which holds more than its share, is evicted though it moves.
	shareWait = time.Second
	// long: a lease that needs more time than this until it grows no more comes
	// after those that do not.
	long = 20 * time.Second
	// look is how often leases to evict are looked for.
	look = 250 * time.Millisecond
	// helped is for how many requests at one look.
	helped = 64
	// crowded: how many times as many leases a client has that is a crowd beside
	// another.
	crowded = 2
)

// makeRoom evicts leases for those that wait, the first in order first: as many as
// hold what each will need until it grows no more, so that it waits once.
func (m *Memory) makeRoom(now time.Time) {
	if m.queue.len == 0 || now.Sub(m.looked) < look {
		return
	}
	m.looked = now
	coming := m.free + m.leaving
	for _, r := range m.inOrder() {
		needs := min(max(r.bytes, r.lease.expects-r.lease.held), m.cfg.Bytes/LightReserve) + m.reserve(r)
		for coming < needs {
			l := m.victim(r, now)
			if l == nil {
				break
			}
			coming += l.held
			m.end(l)
		}
		coming -= needs - m.reserve(r)
	}
}

// inOrder are the first of those that wait.
func (m *Memory) inOrder() []*request {
	var all []*request
	for c := range classes {
		m.first(c)
		all = append(all, m.queue.heaps[c]...)
	}
	slices.SortFunc(all, func(a, b *request) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
	return all[:min(len(all), helped)]
}

// victim is a lease that has to go for r: the slowest for what it holds; else, once
// r has waited, the newest of the client that holds most, among those that exceed
// their share or are a crowd beside r's; else, when nothing moves, the newest.
func (m *Memory) victim(r *request, now time.Time) *Lease {
	var slowest, greatest, newest *Lease
	waited, mine, crowd := now.Sub(r.since), r.lease.most()+r.bytes, r.lease.crowd()
	fair := m.cfg.Bytes / int64(max(ClientShare, min(len(m.clients), LightReserve)))
	longest, moves := unearned.Seconds(), 0
	for e := m.growing.Front(); e != nil; e = e.Next() {
		l := e.Value.(*Lease)
		if l == r.lease || l.gone || l.held == 0 {
			continue
		}
		if len(l.waiting) == 0 {
			moves++
			if rate, known := l.pace.Rate(now); known {
				if takes := float64(l.held) / max(rate, 1); takes > longest {
					slowest, longest = l, takes
				}
			}
		} else if l.crowd() >= crowd && r.before(l.waiting[0]) {
			newest = l
		}
		if l.shares(r.lease) {
			continue
		}
		held, crowds := l.most(), l.crowd() >= crowded*crowd
		stuck := len(l.waiting) > 0 && (crowds || crowd <= Few && l.waiting[0].slow && !r.slow)
		more := held > mine+mine/4 // a quarter, so that two of equal size do not evict each other
		switch {
		case waited >= stuckWait && stuck:
		case waited >= shareWait && crowds && (more || m.slow(l)):
		case waited >= shareWait && more && held > fair+fair/4:
		default:
			continue
		}
		if greatest == nil || held > greatest.most() || greatest.shares(l) { // of one client the newest
			greatest = l
		}
	}
	switch {
	case slowest != nil || r.class == beyond: // no other has to go for whoever has its share
		return slowest
	case greatest != nil:
		return greatest
	case waited >= shareWait && moves <= 1: // the oldest, which never waits
		return newest
	}
	return nil
}

// slow reports whether l, at the rate of all the time that it did not wait, would
// need long for what it still expects.
func (m *Memory) slow(l *Lease) bool {
	moving := m.cfg.Now().Sub(l.began) - l.waited
	if moving < progressWindow {
		return false // nobody knows
	}
	rest := m.cfg.Largest - l.held
	if l.expects > 0 {
		rest = l.expects - l.held
	}
	return float64(rest)*moving.Seconds() > float64(l.moved)*long.Seconds()
}

func (m *Memory) end(l *Lease) {
	l.gone = true
	m.leaving += l.held
	m.evicted++
	if l.ended != nil {
		close(l.ended)
	}
	if l.evict != nil {
		l.evict()
	}
}
