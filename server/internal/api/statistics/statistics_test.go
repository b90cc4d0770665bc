package statistics_test

import (
	"testing"
	"time"

	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/mango"
)

func TestStatistics(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	s.Send("GET", "/api/disease-statistics/", boss.Access, nil).Want(200).Has(map[string]string{
		"data.total_images": "0", "data.diseases_breakdown": "{}", "data.verification_stats": `{"unverified":0,"verified":0}`,
	})
	now := time.Now().UTC()
	s.Stored(10, func(i int, r *mango.Record) {
		switch {
		case i < 3:
			r.Kind, r.Disease = mango.Fruit, "Healthy"
		case i < 5:
			r.Disease = mango.Unknown
		}
		r.Verified = i == 0
		if i == 9 {
			r.CreatedAt = now.AddDate(0, 0, -10)
		}
		if i == 8 {
			r.CreatedAt = now.AddDate(0, 0, -40)
		}
	})
	s.Send("GET", "/api/disease-statistics/", boss.Access, nil).Want(200).Has(map[string]string{
		"data.total_images": "10", "data.healthy_images": "3", "data.diseased_images": "5", "data.unknown_images": "2", "data.leaf_images": "7", "data.fruit_images": "3",
		"data.diseases_breakdown": `{"Anthracnose":5,"Healthy":3}`, "data.recent_uploads": "8", "data.monthly_uploads": "9",
		"data.verification_stats": `{"unverified":9,"verified":1}`,
	})
	trend := s.Send("GET", "/api/disease-trends/?days=30", boss.Access, nil).Want(200)
	trend.Has(map[string]string{
		"data.period_days": "30", "data.daily_trends.#": "30", "data.daily_trends.29.total": "8", "data.daily_trends.29.healthy": "3", "data.daily_trends.29.diseased": "3", "data.daily_trends.29.unknown": "2",
		"data.daily_trends.29.date": `"` + now.Format(time.DateOnly) + `"`, "data.date_range.end": `"` + now.Format(time.DateOnly) + `"`, "data.daily_trends.19.total": "1",
	})
	for query, days := range map[string]string{"": "30", "?days=1": "7", "?days=1000": "90", "?days=": "30", "?days=99999999999999999999999": "90"} {
		s.Send("GET", "/api/disease-trends/"+query, boss.Access, nil).Want(200).Has(map[string]string{"data.period_days": days, "data.daily_trends.#": days})
	}
	s.Reject(t, boss.Access, map[string]apitest.Rejected{"no number": {Method: "GET", Path: "/api/disease-trends/?days=all", Status: 400, Names: "days"}})
}
