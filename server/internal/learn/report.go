package learn

import (
	"math"
	"slices"
)

// Report is what the folds say: of photos of groups that the head which was asked
// had not seen.
type Report struct {
	Classes []Line
	// Before and After are the mean recall of the orchard's classes, by the
	// delivered head and by the new one.
	Before, After float64
	// Gained are the photos that the new head alone names right, Spoiled those
	// that the delivered one alone does.
	Gained, Spoiled int
	// SureWrong is how many of the orchard's photos the new head names wrongly
	// with 80 % or more, SureWrongBefore the delivered one.
	Photos, SureWrong, SureWrongBefore int
	Old                                int     // pictures of known sessions
	OldBefore                          float64 // share of them named right by the delivered head
	OldAfter                           float64 // and by the new one
	Called                             float64 // share of them called one of the orchard's own classes
}

// Line is a class of the report.
type Line struct {
	Name           string
	New            bool // the delivered model does not know it
	Photos, Groups int
	Before, After  float64 // recall
}

// count fills in what there is to learn from.
func (r *Report) count(cfg Config, classes []string) {
	groups := make([]map[string]bool, len(classes))
	for i, c := range classes {
		r.Classes = append(r.Classes, Line{Name: c, New: i >= len(cfg.Classes)})
		groups[i] = map[string]bool{}
	}
	r.Photos = len(cfg.Photos)
	for _, p := range cfg.Photos {
		at := slices.Index(classes, p.Class)
		r.Classes[at].Photos++
		groups[at][p.Group] = true
	}
	for i := range r.Classes {
		r.Classes[i].Groups = len(groups[i])
	}
}

func (r *Report) judge(j *judged) {
	before, after := recalls(j.before, j.want), recalls(j.after, j.want)
	for i := range r.Classes {
		if r.Classes[i].Photos > 0 {
			r.Classes[i].Before, r.Classes[i].After = before[i], after[i]
		}
	}
	r.Before, r.After = mean(before), mean(after)
	for i, want := range j.want {
		was, is := j.before[i] == want, j.after[i] == want
		if is && !was {
			r.Gained++
		}
		if was && !is {
			r.Spoiled++
		}
	}
	r.SureWrong, r.SureWrongBefore = j.sureWrong, j.sureWrongBefore
	old := float64(max(j.old, 1))
	r.Old, r.OldBefore, r.OldAfter, r.Called = j.old, float64(j.oldWas)/old, float64(j.oldRight)/old, float64(j.called)/old
}

// refusal is why this head must not answer, nil where it may.
func (r *Report) refusal() error {
	switch {
	case r.After <= r.Before || float64(r.Gained-r.Spoiled) <= byChance*math.Sqrt(float64(r.Gained+r.Spoiled)):
		return refuse("It is no better than the delivered model on photos that it had not seen, beyond what chance gives: %d more are named right, %d more wrong.", r.Gained, r.Spoiled)
	case r.OldBefore-r.OldAfter > leastLost:
		return refuse("It forgets too much: of the known sessions it names %.1f %% right instead of %.1f %%.", 100*r.OldAfter, 100*r.OldBefore)
	case r.SureWrong > max(r.Photos/50, r.SureWrongBefore, 1):
		return refuse("It is sure and wrong too often: of %d of the %d photos, none of which it had seen.", r.SureWrong, r.Photos)
	}
	for _, c := range r.Classes {
		if c.New && c.After < 0.5 {
			return refuse("It finds %.0f %% of %s alone among photos that it had not seen: more photos, or clearer ones, are needed.", 100*c.After, c.Name)
		}
	}
	return nil
}

// byChance is how many standard deviations a gain must have: labels by chance
// are taken once in twenty times.
const byChance = 1.64

// recalls is the recall of each class that is wanted of any; others are absent.
func recalls(named, want []int) map[int]float64 {
	right, all := map[int]float64{}, map[int]float64{}
	for i, c := range want {
		all[c]++
		if named[i] == c {
			right[c]++
		}
	}
	for c, n := range all {
		right[c] /= n
	}
	return right
}

func mean(of map[int]float64) float64 {
	sum := 0.0
	for _, v := range of {
		sum += v
	}
	return sum / float64(max(len(of), 1))
}
