package statistics

import (
	"time"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

type (
	verificationStats struct {
		Verified   int `json:"verified"`
		Unverified int `json:"unverified"`
	}
	statisticsData struct {
		TotalImages       int               `json:"total_images"`
		HealthyImages     int               `json:"healthy_images"`
		DiseasedImages    int               `json:"diseased_images"`
		UnknownImages     int               `json:"unknown_images"` // neither of the two
		LeafImages        int               `json:"leaf_images"`
		FruitImages       int               `json:"fruit_images"`
		DiseasesBreakdown map[string]int    `json:"diseases_breakdown"`
		RecentUploads     int               `json:"recent_uploads"`  // 7 days
		MonthlyUploads    int               `json:"monthly_uploads"` // 30 days
		VerificationStats verificationStats `json:"verification_stats"`
	}
)

// Statistics is `GET /api/disease-statistics/`.
func (h *Handlers) Statistics(c *kit.Call) error {
	st, err := h.Store.Statistics(c.Context(), c.Actor())
	if err != nil {
		return err
	}
	data := statisticsData{
		TotalImages:       st.Total(nil),
		HealthyImages:     st.Total(in(mango.IsHealthy)),
		DiseasedImages:    st.Total(in(mango.IsDiseased)),
		UnknownImages:     st.Total(in(mango.IsUnknown)),
		LeafImages:        st.Total(func(c mango.ClassCount) bool { return c.Kind == mango.Leaf }),
		FruitImages:       st.Total(func(c mango.ClassCount) bool { return c.Kind == mango.Fruit }),
		DiseasesBreakdown: map[string]int{},
		RecentUploads:     st.Week, MonthlyUploads: st.Month,
	}
	data.VerificationStats.Verified = st.Total(func(c mango.ClassCount) bool { return c.Verified })
	data.VerificationStats.Unverified = data.TotalImages - data.VerificationStats.Verified
	for _, c := range st.Classes {
		if mango.ConditionOf(c.Class) != mango.IsUnknown {
			data.DiseasesBreakdown[c.Class] += c.Count
		}
	}
	return c.ReplyShort("", data)
}

// in accepts the counts of one condition.
func in(condition mango.Condition) func(mango.ClassCount) bool {
	return func(c mango.ClassCount) bool { return mango.ConditionOf(c.Class) == condition }
}

type (
	dayTrend struct {
		Date     string `json:"date"`
		Total    int    `json:"total"`
		Healthy  int    `json:"healthy"`
		Diseased int    `json:"diseased"`
		Unknown  int    `json:"unknown"`
	}
	dateRange struct {
		Start string `json:"start"`
		End   string `json:"end"`
	}
	trendsData struct {
		DailyTrends []dayTrend `json:"daily_trends"`
		DateRange   dateRange  `json:"date_range"`
		PeriodDays  int        `json:"period_days"`
	}
)

// Trends is `GET /api/disease-trends/?days=30`: one row a day, oldest first.
func (h *Handlers) Trends(c *kit.Call) error {
	q := c.Query()
	days := q.Number("days", 30, 7, 90)
	if err := q.Err(); err != nil {
		return err
	}
	found, err := h.Store.Trend(c.Context(), c.Actor(), days)
	if err != nil {
		return err
	}
	data := trendsData{DailyTrends: make([]dayTrend, 0, len(found)), PeriodDays: days}
	for _, d := range found {
		data.DailyTrends = append(data.DailyTrends, dayTrend{d.Day.Format(time.DateOnly), d.Total, d.Healthy, d.Total - d.Healthy - d.Unknown, d.Unknown})
	}
	if n := len(data.DailyTrends); n > 0 {
		data.DateRange = dateRange{data.DailyTrends[0].Date, data.DailyTrends[n-1].Date}
	}
	return c.ReplyShort("", data)
}
