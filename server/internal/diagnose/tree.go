package diagnose

import (
	"cmp"
	"slices"

	"mangosense/server/internal/mango"
)

// Pool is the verdict over several photos of one tree: the mean of the
// calibrated probabilities of those that passed the gate and are familiar enough. threshold is the model's for Unknown.
//
// The pooled diagnosis has no photo of its own. Without any photo that counts
// it is the first one's refusal, or Unknown.
func Pool(all []mango.Diagnosis, threshold float64) (pooled mango.Diagnosis, counted int) {
	if len(all) == 0 {
		return mango.Diagnosis{Verdict: mango.Unsure, Disease: mango.Unknown}, 0
	}
	sum := map[string]float64{}
	verdict := all[0]
	for i := range all {
		d := &all[i]
		pooled.Timings = sumOf(pooled.Timings, d.Timings)
		pooled.Processing += d.Processing
		if d.Verdict == mango.Unfamiliar && verdict.Verdict == mango.NotMango {
			verdict = *d // one photo at least shows mango
		}
		if d.Verdict == mango.NotMango || d.Verdict == mango.Unfamiliar {
			continue
		}
		if counted == 0 {
			verdict = *d
		}
		counted++
		for _, c := range d.Ranking {
			sum[c.Disease] += c.Probability
		}
	}
	times, took := pooled.Timings, pooled.Processing
	pooled = verdict
	pooled.Processing = took
	pooled.Timings, pooled.Photo, pooled.HeatMap, pooled.Recognised = times, mango.Photo{}, nil, false
	if counted == 0 {
		return pooled, 0
	}
	pooled.Ranking = slices.Clone(verdict.Ranking)
	for i := range pooled.Ranking {
		c := &pooled.Ranking[i]
		c.Probability = sum[c.Disease] / float64(counted)
	}
	slices.SortStableFunc(pooled.Ranking, func(a, b mango.Class) int { return cmp.Compare(b.Probability, a.Probability) })
	best := pooled.Ranking[0]
	pooled.Confidence, pooled.Verdict, pooled.Disease = best.Probability, mango.Named, best.Disease
	if best.Probability < threshold {
		pooled.Verdict, pooled.Disease = mango.Unsure, mango.Unknown
	}
	return pooled, counted
}

// Pool is Pool with the threshold of the kind's model.
func (d *Diagnoser) Pool(all []mango.Diagnosis, k mango.Kind) (mango.Diagnosis, int) {
	return Pool(all, d.threshold(k))
}

func (d *Diagnoser) threshold(k mango.Kind) float64 {
	if h := d.heads.get(k); h != nil {
		return h.Model.Thresholds.Unknown
	}
	return 0
}
