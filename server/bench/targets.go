package main

import (
	"fmt"
	"strings"
)

// findings are the figures of a run that something was asked of.
type findings struct {
	photos        []*photo
	healthy, idle sample
	crowds        []crowd
	groups        []group
}

// table holds what was asked for against what this run found, good or bad.
func (f *findings) table() string {
	var t strings.Builder
	t.WriteString("| asked for | found | |\n| --- | --- | --- |\n")
	row := func(asked string, met bool, format string, args ...any) {
		verdict := "**no**"
		if met {
			verdict = "yes"
		}
		fmt.Fprintf(&t, "| %s | %s | %s |\n", asked, fmt.Sprintf(format, args...), verdict)
	}
	for _, p := range f.photos {
		bound := map[float64]float64{1: 1.5, 3: 1.5, 12: 1.25, 50: 1.25}[p.mp]
		if bound != 0 {
			row(fmt.Sprintf("%g MP, bytes to diagnosis: at most %g × the floor", p.mp, bound), p.overFloor.median() <= bound, "%s ×", p.overFloor.whole(2))
		}
		if p.mp == 12 {
			row("12 MP: at least 6 × as fast as the naive way", p.naiveOvOurs.median() >= 6, "%s ×", p.naiveOvOurs.whole(1))
		}
	}
	for _, g := range f.groups {
		who := fmt.Sprintf("%d clients", g.Clients)
		if g.Clients == 1 {
			who = "1 client"
		}
		row(who+": photos/s at least 3 × (a)", g.OverUsual >= 3, "%.2f ×", g.OverUsual)
		row(who+": photos/s at least 1.2 × the best of the rest", g.OverBest >= 1.2, "%.2f × %s", g.OverBest, g.Best)
		row(who+": p99 at most half of the best", g.P99 <= 0.5, "%.2f × %s", g.P99, g.Steadiest)
		row(who+": resident memory at most a quarter of the smallest", g.Resident <= 0.25,
			"%.2f × %s (shared pages counted once: %.2f × %s)", g.Resident, g.SmallestSum, g.Memory, g.Smallest)
	}
	if len(f.idle) > 0 {
		row("start to healthy under 300 ms", f.healthy.median() < 300, "%s ms", f.healthy.half(0))
		row("idle with all models under 90 MB", f.idle.median() < 90, "%s MB", f.idle.half(1))
	}
	for _, c := range f.crowds {
		switch c.clients {
		case 32:
			row("32 clients with 12 MP photos: peak under 512 MB, none without an answer", c.peak.at(1) < 512 && c.lost == 0,
				"%s MB, %d of %d lost", c.peak.whole(0), c.lost, c.photos)
		case 64:
			row("64 clients with 12 MP photos: peak at most 160 MB", c.peak.at(1) <= 160, "%s MB", c.peak.whole(0))
			row("at least half of them answered, the rest 503", 2*c.ok >= c.photos && c.lost == 0,
				"%d of %d answered, %d × 503, %d lost", c.ok, c.photos, c.busy, c.lost)
		}
	}
	return t.String()
}
