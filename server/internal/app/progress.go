package app

import "github.com/schollz/progressbar/v3"

// handful is the number of steps below which a bar tells nobody anything.
const handful = 5

// progress is a bar on standard error, where that is a terminal and there is
// much to do. A bar that cannot be drawn stops nobody.
type progress struct {
	bar    *progressbar.ProgressBar // nil: none
	shared bool                     // the answers go to a terminal too
}

func newProgress(r *run, what string, steps int) progress {
	if steps < handful || !onTerminal(r.Err) {
		return progress{}
	}
	return progress{
		bar: progressbar.NewOptions(steps, progressbar.OptionSetWriter(r.Err), progressbar.OptionSetWidth(30),
			progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionSetDescription(what)),
		shared: onTerminal(r.Out),
	}
}

// away takes the bar from the terminal's last line, for an answer to be
// printed there; the next set draws it again.
func (p progress) away() {
	if p.bar != nil && p.shared {
		_ = p.bar.Clear()
	}
}

// set draws the bar with so many steps done.
func (p progress) set(done int) {
	if p.bar != nil {
		_ = p.bar.Set(done)
	}
}

// end takes the bar away for good.
func (p progress) end() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
