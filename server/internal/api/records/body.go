package records

import (
	"encoding/json"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/render"
	"mangosense/server/internal/mango"
)

type (
	imageUser struct {
		ID         uint64 `json:"id"`
		Username   string `json:"username"`
		Email      string `json:"email"`
		FirstName  string `json:"first_name"`
		LastName   string `json:"last_name"`
		DateJoined string `json:"date_joined"`
	}
	// imageBody is a stored record as the web admin knows it.
	imageBody struct {
		ID                        uint64          `json:"id"`
		User                      *imageUser      `json:"user"`
		Image                     *string         `json:"image"`
		ImageURL                  *string         `json:"image_url"`
		OriginalFilename          string          `json:"original_filename"`
		PredictedClass            string          `json:"predicted_class"`
		ConfidenceScore           *float64        `json:"confidence_score"` // fraction
		UploadedAt                string          `json:"uploaded_at"`
		IsVerified                bool            `json:"is_verified"`
		Notes                     string          `json:"notes"`
		DiseaseClassification     string          `json:"disease_classification"`
		VerifiedBy                *uint64         `json:"verified_by"`
		VerifiedDate              *string         `json:"verified_date"`
		DiseaseType               string          `json:"disease_type"`
		UserFeedback              *string         `json:"user_feedback"`
		UserConfirmedCorrect      *bool           `json:"user_confirmed_correct"`
		Latitude                  *float64        `json:"latitude"`
		Longitude                 *float64        `json:"longitude"`
		LocationAddress           string          `json:"location_address"`
		LocationSource            string          `json:"location_source"`
		LocationAccuracy          *float64        `json:"location_accuracy"`
		LocationConsentGiven      bool            `json:"location_consent_given"`
		LocationAccuracyConfirmed bool            `json:"location_accuracy_confirmed"`
		SelectedSymptoms          json.RawMessage `json:"selected_symptoms"`
		PrimarySymptoms           json.RawMessage `json:"primary_symptoms"`
		AlternativeSymptoms       json.RawMessage `json:"alternative_symptoms"`
		DetectedDisease           string          `json:"detected_disease"`
		TopDiseases               json.RawMessage `json:"top_diseases"`
		SymptomsData              json.RawMessage `json:"symptoms_data"`
		TrainingReady             bool            `json:"training_ready"`
		TrainingNotes             string          `json:"training_notes"`
		ImageSize                 string          `json:"image_size"`
		ProcessingTime            *float64        `json:"processing_time"` // seconds
		ModelUsed                 string          `json:"model_used"`      // "leaf" or "fruit": the web admin sorts by it
	}
)

func (h *Handlers) imageBody(c *kit.Call, r *mango.Record, who *render.People) imageBody {
	url := c.PhotoURL(r.Media)
	b := imageBody{
		ID: r.ID, User: imageUserOf(who.Of(r.User)), Image: url, ImageURL: url, OriginalFilename: render.FileName(r),
		PredictedClass: render.PredictedClass(r), ConfidenceScore: render.ClassConfidence(r), UploadedAt: render.Serial(r.CreatedAt),
		IsVerified: r.Verified, Notes: r.ShownNotes(), DiseaseClassification: r.Class(),
		VerifiedBy: render.IDOrNil(r.VerifiedBy), VerifiedDate: render.SerialOrNil(r.VerifiedAt), DiseaseType: string(r.Kind),
		UserFeedback: render.TextOrNil(r.Answers.Feedback), UserConfirmedCorrect: r.Answers.Correct,
		SelectedSymptoms: render.OrList(r.Answers.SelectedSymptoms), PrimarySymptoms: render.OrList(r.Answers.PrimarySymptoms),
		AlternativeSymptoms: render.OrList(r.Answers.AlternativeSymptoms), DetectedDisease: r.Answers.DetectedDisease,
		TopDiseases: render.OrList(r.Answers.TopDiseases), SymptomsData: render.OrObject(r.Answers.SymptomsData),
		TrainingReady: r.TrainingReady, TrainingNotes: r.TrainingNotes,
		ImageSize: render.Size(r), ProcessingTime: render.Seconds(r), ModelUsed: string(r.Kind),
	}
	if l := r.Location; l != nil {
		b.Latitude, b.Longitude, b.LocationAccuracy = &l.Latitude, &l.Longitude, render.PlaceAccuracy(l)
		b.LocationAddress, b.LocationSource = l.Address, l.Source
		b.LocationConsentGiven, b.LocationAccuracyConfirmed = l.ConsentGiven, l.AccuracyConfirmed
	}
	return b
}

func imageUserOf(u *mango.User) *imageUser {
	if u == nil {
		return nil
	}
	return &imageUser{u.ID, u.Username, u.Email, u.FirstName, u.LastName, render.Serial(u.JoinedAt)}
}
