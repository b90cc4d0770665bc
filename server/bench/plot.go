package main

import (
	"fmt"
	"math"
	"strings"
)

// The plot of one photo: on the left milliseconds by megapixels in plain
// numbers, ours and the floor; on the right the same with the naive way, which
// would not fit, in logarithms.
const (
	plotW, plotH   = 860, 360
	panelW, panelH = 330, 270
	panelTop       = 40
)

var curves = []struct {
	name, colour string
	of           func(p *photo) []sample
}{
	{"ours", "#2e7d32", func(p *photo) []sample { return p.ours }},
	{"floor", "#1565c0", func(p *photo) []sample { return p.floor }},
	{"naive", "#9e9e9e", func(p *photo) []sample { return p.naive }},
}

// panel maps figures to places.
type panel struct {
	left          float64
	x, y          func(float64) float64 // 0..1 within the panel
	xTicks, ticks []float64
	curves        int
}

func (p panel) at(x, y float64) (px, py float64) {
	return p.left + panelW*p.x(x), panelTop + panelH*(1-p.y(y))
}

func drawPhotos(all []*photo) string {
	var t strings.Builder
	fmt.Fprintf(&t, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" role="img">`+
		`<title>Milliseconds for one photo by its megapixels</title><rect width="100%%" height="100%%" fill="#fff"/>`, plotW, plotH)
	most := 1.0
	for _, p := range all {
		most = max(most, flat(p.ours).at(0.75), flat(p.floor).at(0.75))
	}
	step := roundStep(most / 5)
	top := math.Ceil(most/step) * step
	linear := panel{left: 50, curves: 2, x: func(v float64) float64 { return v / 52 }, y: func(v float64) float64 { return v / top }, xTicks: []float64{0, 10, 20, 30, 40, 50}}
	for v := 0.0; v <= top; v += step {
		linear.ticks = append(linear.ticks, v)
	}
	logarithmic := panel{left: 490, curves: 3, x: func(v float64) float64 { return math.Log(v/0.8) / math.Log(60/0.8) },
		y: func(v float64) float64 { return math.Log(v/2) / math.Log(5000/2.0) }, xTicks: []float64{1, 3, 6, 12, 24, 50}, ticks: []float64{2, 10, 50, 200, 1000, 5000}}
	for _, p := range []panel{linear, logarithmic} {
		p.draw(&t, all)
	}
	for i, c := range curves {
		fmt.Fprintf(&t, `<rect x="%d" y="12" width="12" height="12" fill="%s"/><text x="%d" y="22">%s</text>`, 50+90*i, c.colour, 67+90*i, c.name)
	}
	t.WriteString("</svg>\n")
	return t.String()
}

func (p panel) draw(t *strings.Builder, all []*photo) {
	fmt.Fprintf(t, `<text x="%.0f" y="%d">ms</text><text x="%.0f" y="%d" text-anchor="end">megapixels</text>`, p.left-30, panelTop-8, p.left+panelW, panelTop+panelH+34)
	for _, v := range p.ticks {
		_, y := p.at(1, v)
		fmt.Fprintf(t, `<path d="M%.0f %.1fh%d" stroke="#ddd"/><text x="%.0f" y="%.1f" text-anchor="end">%g</text>`, p.left, y, panelW, p.left-6, y+4, v)
	}
	for _, v := range p.xTicks {
		x, _ := p.at(v, 1)
		fmt.Fprintf(t, `<text x="%.1f" y="%d" text-anchor="middle">%g</text>`, x, panelTop+panelH+18, v)
	}
	for _, c := range curves[:p.curves] {
		var way strings.Builder
		for i, photo := range all {
			s := flat(c.of(photo))
			x, y := p.at(photo.mp, s.median())
			_, low := p.at(photo.mp, s.at(0.25))
			_, high := p.at(photo.mp, s.at(0.75))
			letter := "L"
			if i == 0 {
				letter = "M"
			}
			fmt.Fprintf(&way, "%s%.1f %.1f", letter, x, y)
			fmt.Fprintf(t, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/><path d="M%.1f %.1fV%.1f" stroke="%s"/>`, x, y, c.colour, x, low, high, c.colour)
		}
		fmt.Fprintf(t, `<path d="%s" fill="none" stroke="%s" stroke-width="1.5"/>`, way.String(), c.colour)
	}
}

// roundStep is 1, 2 or 5 times a power of ten, not under least.
func roundStep(least float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(max(least, 1e-9))))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= least {
			return m * power
		}
	}
	return 10 * power
}
