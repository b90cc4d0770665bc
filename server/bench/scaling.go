package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
)

// scaling counts photos a second by interpreters (and places for photos, as
// many) and cores.
func (b *bench) scaling() (string, error) {
	type way struct{ cores, interpreters int }
	var ways []way
	for _, cores := range []int{1, 2, 4} {
		for _, interpreters := range []int{1, 2, 4} {
			if cores <= runtime.NumCPU() {
				ways = append(ways, way{cores, interpreters})
			}
		}
	}
	got := map[way]sample{}
	for range pick(b, 1, 3) {
		for _, w := range ways {
			r, err := b.scaled(w.cores, w.interpreters)
			if err != nil {
				return "", err
			}
			got[w] = append(got[w], r.PerSecond)
		}
	}
	var t strings.Builder
	t.WriteString("| cores | interpreters | photos/s | × one core, one interpreter |\n| --- | --- | --- | --- |\n")
	for _, w := range ways {
		fmt.Fprintf(&t, "| %d | %d | %s | %.2f |\n", w.cores, w.interpreters, got[w].whole(1), got[w].median()/got[ways[0]].median())
	}
	fmt.Fprintf(&t, "\n12 MP previews from 8 clients; median of the rounds (least–most). The driver runs on all %d cores of the machine, the server's among them.\n", runtime.NumCPU())
	return t.String(), nil
}

func (b *bench) scaled(cores, interpreters int) (report, error) {
	n := fmt.Sprint(interpreters)
	s, err := b.serveOn(cores, "INTERPRETERS="+n, "RUNNING="+n)
	if err != nil {
		return report{}, err
	}
	defer s.Stop()
	return b.upload(s, "--clients", "8", "--duration", pick(b, "2s", "5s"), "--warmup", "8")
}

// health counts how often /health/ answers, alone and beside uploads.
func (b *bench) health() (string, error) {
	var alone, beside, aloneP99, besideP99, photos sample
	for range pick(b, 1, 3) {
		r, err := b.asked(nil)
		if err != nil {
			return "", err
		}
		alone, aloneP99 = append(alone, r.PerSecond), append(aloneP99, r.Times.P99)
		var u report
		r, err = b.asked(&u)
		if err != nil {
			return "", err
		}
		beside, besideP99, photos = append(beside, r.PerSecond), append(besideP99, r.Times.P99), append(photos, u.PerSecond)
	}
	return fmt.Sprintf("| | requests/s | p99, ms |\n| --- | --- | --- |\n| `/health/` alone | %s | %s |\n| `/health/` beside uploads | %s | %s |\n\n"+
		"8 clients ask; beside them 8 clients upload 12 MP previews and got %s a second. Median of the rounds (least–most).\n",
		alone.whole(0), aloneP99.whole(1), beside.whole(0), besideP99.whole(1), photos.whole(1)), nil
}

// asked is one round of questions, beside uploads where a report for them is given.
func (b *bench) asked(uploads *report) (report, error) {
	s, err := b.serve()
	if err != nil {
		return report{}, err
	}
	defer s.Stop()
	last := pick(b, "2s", "5s")
	var fault error
	var wg sync.WaitGroup
	if uploads != nil {
		wg.Go(func() { *uploads, fault = b.upload(s, "--clients", "8", "--duration", last, "--warmup", "0") })
	}
	r, err := b.load(s, "/health/", "--get", "--clients", "8", "--duration", last)
	wg.Wait()
	if err == nil {
		err = fault
	}
	return r, err
}
