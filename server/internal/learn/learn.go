package learn

import (
	"context"
	"slices"

	"mangosense/models"
)

// Photo is one photograph of the orchard, as the graph sees it.
type Photo struct {
	// Views is the photo's orientations: itself alone, or all eight, itself first.
	Views []models.Seen
	Class string
	Group string // what must stay on one side of a split
	// Short is what the gate's logit of the own kind lacks for the photo to pass; 0 or less: it passes.
	Short float64
}

// Config says what to learn from.
type Config struct {
	Classes      []string // the delivered ones
	Temperature  float64  // the delivered one
	Memory       *models.Memory
	Photos       []Photo
	Orientations int // of the head; those of the photos at most
}

// Bounds of what can be learnt.
const (
	LeastNew   = 10   // photos of a class that the delivered model does not know
	LeastKnown = 3    // photos of one that it knows
	MostPhotos = 2000 // photos times orientations: memory and time
	leastLost  = 0.005
	folds      = 5
)

// Outcome is a head and what is known of it.
type Outcome struct {
	Head    *models.Head
	Classes []string // the delivered ones, then the orchard's own
	Report  Report
}

// Learn fits a head. A *Refusal says why there is none; the outcome then has the
// report as far as it came.
func Learn(ctx context.Context, cfg Config) (*Outcome, error) {
	out := &Outcome{Classes: slices.Clone(cfg.Classes)}
	for _, p := range cfg.Photos {
		if !slices.Contains(out.Classes, p.Class) {
			out.Classes = append(out.Classes, p.Class)
		}
	}
	slices.Sort(out.Classes[len(cfg.Classes):])
	out.Report.count(cfg, out.Classes)
	if err := check(cfg, out.Classes, &out.Report); err != nil {
		return out, err
	}
	best, err := newTask(asked(cfg), out.Classes).choose(ctx)
	if err != nil {
		return out, err
	}
	out.Report.judge(best)
	if err := out.Report.refusal(); err != nil {
		return out, err
	}
	t := newTask(cfg, out.Classes)
	all := make([]bool, len(t.photos))
	for i := range all {
		all[i] = true
	}
	m, err := t.fit(ctx, best.shift, all, nil)
	if err != nil {
		return out, err
	}
	out.Head = t.head(m, best.temperature)
	return out, nil
}

// asked is what the folds learn from: of each photo the orientations that a head
// asks for. All eight would take four times as long and move no verdict.
func asked(cfg Config) Config {
	cfg.Photos = slices.Clone(cfg.Photos)
	for i := range cfg.Photos {
		p := &cfg.Photos[i]
		var views []models.Seen
		n := min(max(cfg.Orientations, 1), len(p.Views))
		for v := range n {
			views = append(views, p.Views[v*len(p.Views)/n])
		}
		p.Views = views
	}
	return cfg
}

// check refuses what no fit can be made or judged of.
func check(cfg Config, classes []string, r *Report) error {
	if len(cfg.Photos) == 0 {
		return refuse("There is no photo to learn from.")
	}
	rows := 0
	for _, p := range cfg.Photos {
		rows += len(p.Views)
	}
	if rows > MostPhotos*8 {
		return refuse("At most %d photos can be learnt from at once; there are %d.", MostPhotos, len(cfg.Photos))
	}
	if len(classes)-len(cfg.Classes) > models.MaxAdded {
		return refuse("At most %d classes can be added; there are %d.", models.MaxAdded, len(classes)-len(cfg.Classes))
	}
	named, added := 0, false
	for _, c := range r.Classes {
		if c.Photos == 0 {
			continue
		}
		named++
		added = added || c.New
		switch least := map[bool]int{true: LeastNew, false: LeastKnown}[c.New]; {
		case c.Photos < least:
			return refuse("%s has %d photos; it needs %d at least.", c.Name, c.Photos, least)
		case c.Groups < 2:
			return refuse("All %d photos of %s show one leaf or were taken together: what was learnt from them could not be checked on others.", c.Photos, c.Name)
		}
	}
	if named == 1 && !added {
		return refuse("There is one class alone, and the model knows it: photos of a second one are needed to tell it from.")
	}
	return nil
}
