package store

// Progress is called with how far a long task is: done of total, in bytes or steps;
// total 0 means unknown. It may be nil and is called often.
type Progress func(done, total int64)

func (p Progress) at(done, total int64) {
	if p != nil {
		p(done, total)
	}
}

// Part is part for a caller that goes on where the store ends.
func (p Progress) Part(from, to int64) Progress { return p.part(from, to) }

// part is the progress of one step of several: it takes the whole from one
// share to another, in percent.
func (p Progress) part(from, to int64) Progress {
	if p == nil {
		return nil
	}
	const unit = 1000
	return func(done, total int64) {
		if total > 0 {
			p(from*unit+(to-from)*unit*min(done, total)/total, 100*unit)
		}
	}
}
