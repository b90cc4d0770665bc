package oversight

import (
	"errors"
	"time"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

const (
	mostConfidences = 5000
	mostCorrections = 20000
	mostPlaces      = 1000
	confidenceBins  = 20
)

type (
	totals struct {
		Records    int   `json:"records"`
		Verified   int   `json:"verified"`
		Healthy    int   `json:"healthy"`
		Unknown    int   `json:"unknown"`
		Diseased   int   `json:"diseased"`
		Week       int   `json:"week"`
		Month      int   `json:"month"`
		Photos     int   `json:"photos"`
		PhotoBytes int64 `json:"photo_bytes"`
		Users      int   `json:"users"`
		Disabled   int   `json:"disabled"`
	}
	dayClass struct {
		Date    string     `json:"date"`
		Kind    mango.Kind `json:"disease_type"`
		Disease string     `json:"disease"`
		Count   int        `json:"count"`
	}
	gateDay struct {
		Date    string `json:"date"`
		Photos  int64  `json:"photos"`
		Refused int64  `json:"refused"`
	}
	confidences struct {
		Considered int   `json:"considered"`
		Bins       []int `json:"bins"` // of equal width from 0 to 1
	}
	spot struct {
		Disease   string  `json:"disease"`
		Latitude  float64 `json:"latitude"`
		Longitude float64 `json:"longitude"`
		Date      string  `json:"date"`
	}
	overviewData struct {
		Totals      totals      `json:"totals"`
		Since       string      `json:"since"` // the first day that is counted by class
		Days        []dayClass  `json:"days"`
		Gate        []gateDay   `json:"gate"`
		Confidence  confidences `json:"confidence"`
		Places      []spot      `json:"places"`
		Verified    shareBody   `json:"verified"`
		Live        *Live       `json:"live"`
		SoFarRecord bool        `json:"any_record"`
	}
	shareBody struct {
		Of  int `json:"of"`
		Are int `json:"are"`
	}
)

// Overview is `GET /api/admin/overview/`: what the dashboard draws. days is how
// far back, 30 by default.
func (h *Handlers) Overview(c *kit.Call) error {
	q := c.Query()
	days := q.Number("days", 30, 1, 366)
	if err := q.Err(); err != nil {
		return err
	}
	ctx, by, store := c.Context(), c.Actor(), h.cfg.Store
	stats, err := store.Statistics(ctx, by)
	if err != nil {
		return err
	}
	users, err := store.UserStatistics(ctx, by)
	if err != nil {
		return err
	}
	counted, err := store.ClassDays(ctx, by, days)
	if err != nil {
		return err
	}
	gate, err := store.GateDays(ctx, by, days)
	if err != nil {
		return err
	}
	places, err := store.Places(ctx, by, mango.PlaceFilter{Limit: mostPlaces})
	if err != nil {
		return err
	}
	data := overviewData{Totals: totalsOf(&stats, &users), Days: []dayClass{}, Gate: []gateDay{}, Places: []spot{}, Confidence: confidences{Bins: make([]int, confidenceBins)}}
	data.Verified = shareBody{data.Totals.Records, data.Totals.Verified}
	data.SoFarRecord = data.Totals.Records > 0
	for _, d := range counted {
		data.Days = append(data.Days, dayClass{d.Day.Format("2006-01-02"), d.Kind, d.Class, d.Count})
	}
	for _, d := range gate {
		data.Gate = append(data.Gate, gateDay{d.Day.Format(time.DateOnly), d.Photos, d.Refused})
	}
	for _, p := range places {
		data.Places = append(data.Places, spot{p.Disease, p.Latitude, p.Longitude, p.At.UTC().Format("2006-01-02")})
	}
	err = store.EachRecord(ctx, by, mango.RecordFilter{}, func(r *mango.Record) error {
		if said, ok := r.Predicted(); ok {
			data.Confidence.Considered++
			data.Confidence.Bins[min(int(said.Probability*confidenceBins), confidenceBins-1)]++
		}
		if data.Confidence.Considered == mostConfidences {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if h.cfg.Machine.Live != nil {
		data.Live = new(h.cfg.Machine.Live())
	}
	return c.ReplyShort("", data)
}

func totalsOf(s *mango.Statistics, u *mango.UserStatistics) totals {
	is := func(want mango.Condition) func(mango.ClassCount) bool {
		return func(c mango.ClassCount) bool { return mango.ConditionOf(c.Class) == want }
	}
	return totals{
		Records: s.Total(nil), Verified: s.Total(func(c mango.ClassCount) bool { return c.Verified }),
		Healthy: s.Total(is(mango.IsHealthy)), Unknown: s.Total(is(mango.IsUnknown)), Diseased: s.Total(is(mango.IsDiseased)),
		Week: s.Week, Month: s.Month, Photos: s.Photos, PhotoBytes: s.PhotoBytes, Users: u.Total, Disabled: u.Disabled,
	}
}

type (
	confusionCell struct {
		Predicted string `json:"predicted"`
		Is        string `json:"is"`
		Count     int    `json:"count"`
	}
	confusion struct {
		Kind       mango.Kind      `json:"disease_type"`
		Considered int             `json:"considered"`
		Right      int             `json:"right"`
		Cells      []confusionCell `json:"cells"`
	}
	modelRow struct {
		ID      string     `json:"id"`
		Version string     `json:"version"`
		File    string     `json:"file"`
		Kind    mango.Kind `json:"disease_type"`
		Classes int        `json:"classes"`
		Width   int        `json:"width"`
		Height  int        `json:"height"`
		Active  bool       `json:"active"`
	}
	modelsData struct {
		Models    []modelRow  `json:"models"`
		Card      string      `json:"card"`
		Confusion []confusion `json:"confusion"`
	}
)

// Models is `GET /api/admin/models/`: what there is to choose from, the card,
// and how often experts agreed, from the verified records. It is chosen by
// `POST /api/model-settings/update/`.
func (h *Handlers) Models(c *kit.Call) error {
	if err := h.cfg.Store.MayRule(c.Actor()); err != nil {
		return err
	}
	data := modelsData{Models: []modelRow{}, Confusion: []confusion{}}
	for _, f := range h.cfg.Models() {
		data.Models = append(data.Models, modelRow{f.ID, f.Version, f.File, f.Kind, f.Classes, f.Width, f.Height, f.Active})
	}
	if h.cfg.Machine.Card != nil {
		data.Card = h.cfg.Machine.Card()
	}
	for _, kind := range []mango.Kind{mango.Leaf, mango.Fruit} {
		m, err := h.confusion(c, kind)
		if err != nil {
			return err
		}
		data.Confusion = append(data.Confusion, m)
	}
	return c.ReplyShort("", data)
}

func (h *Handlers) confusion(c *kit.Call, kind mango.Kind) (confusion, error) {
	out, yes := confusion{Kind: kind, Cells: []confusionCell{}}, true
	counts := map[[2]string]int{}
	err := h.cfg.Store.EachRecord(c.Context(), c.Actor(), mango.RecordFilter{Kind: kind, Verified: &yes}, func(r *mango.Record) error {
		said, ok := r.Predicted()
		if !ok {
			return nil
		}
		counts[[2]string{said.Disease, r.Class()}]++
		if mango.SameClass(said.Disease, r.Class()) {
			out.Right++
		}
		if out.Considered++; out.Considered == mostCorrections {
			return errEnough
		}
		return nil
	})
	for pair, n := range counts {
		out.Cells = append(out.Cells, confusionCell{pair[0], pair[1], n})
	}
	sortCells(out.Cells)
	if errors.Is(err, errEnough) {
		err = nil
	}
	return out, err
}
