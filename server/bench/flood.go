package main

import (
	"fmt"
	"strings"
)

// crowd is the measurements of one number of clients.
type crowd struct {
	clients, photos, ok, busy, lost int
	peak, perSecond                 sample
}

// flood sends 12 MP previews from many clients at once: each asks again as soon
// as it is answered, whatever the answer.
func (b *bench) flood() (string, error) {
	var t strings.Builder
	t.WriteString("| clients | photos | answered 200 | 503 | lost | photos/s | peak resident, MB |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, clients := range []int{32, 64} {
		c := crowd{clients: clients}
		for range pick(b, 1, 3) {
			if err := b.crowd(&c); err != nil {
				return "", err
			}
		}
		b.found.crowds = append(b.found.crowds, c)
		fmt.Fprintf(&t, "| %d | %d | %d | %d | %d | %s | %s |\n", clients, c.photos, c.ok, c.busy, c.lost, c.perSecond.whole(1), c.peak.whole(0))
	}
	t.WriteString("\nSums, and medians (least–most), of several fresh processes with 4 photos a client each. Peak is the process' own high-water mark.\n")
	return t.String(), nil
}

func (b *bench) crowd(c *crowd) error {
	s, err := b.serve()
	if err != nil {
		return err
	}
	defer s.Stop()
	r, err := b.upload(s, "--clients", fmt.Sprint(c.clients), "--count", fmt.Sprint(4*c.clients), "--duration", "10m", "--warmup", "0", "--patience", "1ms")
	if err != nil {
		return err
	}
	c.photos, c.ok, c.busy, c.lost = c.photos+r.Requests, c.ok+r.OK, c.busy+r.Statuses["503"], c.lost+r.Requests-r.OK-r.Statuses["503"]
	c.peak, c.perSecond = append(c.peak, s.Memory("VmHWM")), append(c.perSecond, r.PerSecond)
	return nil
}
