package confirmations

import (
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/render"
	"mangosense/server/internal/mango"
)

type (
	overallConfirmations struct {
		TotalConfirmations        int     `json:"total_confirmations"`
		ConfirmedCount            int     `json:"confirmed_count"`
		RejectedCount             int     `json:"rejected_count"`
		OverallAccuracy           float64 `json:"overall_accuracy"` // percent
		UsersWithConfirmations    int     `json:"users_with_confirmations"`
		AnonymousConfirmations    int     `json:"anonymous_confirmations"`
		ConfirmationsWithLocation int     `json:"confirmations_with_location"`
	}
	diseaseConfirmations struct {
		Disease          string  `json:"disease"`
		TotalPredictions int     `json:"total_predictions"`
		Confirmed        int     `json:"confirmed"`
		Rejected         int     `json:"rejected"`
		AccuracyRate     float64 `json:"accuracy_rate"` // percent
	}
	// confirmationStatisticsData says the overall numbers twice: nested, as
	// they always were, and flat, where the web admin looks for them.
	confirmationStatisticsData struct {
		overallConfirmations
		OverallStatistics   overallConfirmations   `json:"overall_statistics"`
		DiseaseStatistics   []diseaseConfirmations `json:"disease_statistics"`
		LocationConsentRate float64                `json:"location_consent_rate"` // percent
	}
)

// ConfirmationStatistics is `GET /api/confirmation-statistics/`.
func (h *Handlers) ConfirmationStatistics(c *kit.Call) error {
	st, err := h.Store.ConfirmationStatistics(c.Context(), c.Actor())
	if err != nil {
		return err
	}
	overall := overallConfirmations{
		TotalConfirmations: st.Total, ConfirmedCount: st.Confirmed, RejectedCount: st.Rejected,
		OverallAccuracy: render.Accuracy(st.Confirmed, st.Rejected), UsersWithConfirmations: st.Users,
		AnonymousConfirmations: st.Anonymous, ConfirmationsWithLocation: st.WithLocation,
	}
	data := confirmationStatisticsData{
		overallConfirmations: overall, OverallStatistics: overall,
		DiseaseStatistics:   make([]diseaseConfirmations, 0, len(st.Diseases)),
		LocationConsentRate: render.Share(st.Consented, st.Total),
	}
	for _, d := range st.Diseases {
		if mango.ConditionOf(d.Disease) == mango.IsUnknown {
			continue // no disease to have been right about
		}
		data.DiseaseStatistics = append(data.DiseaseStatistics,
			diseaseConfirmations{d.Disease, d.Total, d.Confirmed, d.Rejected, render.Accuracy(d.Confirmed, d.Rejected)})
	}
	return c.Reply("Confirmation statistics retrieved successfully", data)
}
