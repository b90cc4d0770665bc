package main

import (
	"fmt"
	"time"
)

// start measures how long a fresh process takes to its first healthy answer,
// and what it holds then.
func (b *bench) start() (string, error) {
	for range pick(b, 5, 15) {
		if err := b.startOnce(); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("| | median (middle half) |\n| --- | --- |\n| process start to healthy, ms | %s |\n"+
		"| resident, idle, all models loaded, before the first photo, MB | %s |\n", b.found.healthy.half(0), b.found.idle.half(1)), nil
}

func (b *bench) startOnce() error {
	s, err := b.serve()
	if err != nil {
		return err
	}
	defer s.Stop()
	b.found.healthy = append(b.found.healthy, float64(s.Healthy.Microseconds())/1000)
	time.Sleep(500 * time.Millisecond)
	b.found.idle = append(b.found.idle, s.Memory("VmRSS"))
	return nil
}
