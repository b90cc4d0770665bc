package api

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

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

func (s *Server) imageBody(ctx *fasthttp.RequestCtx, r *mango.Record, who *people) imageBody {
	url := s.imageURL(ctx, r)
	b := imageBody{
		ID: r.ID, User: imageUserOf(who.of(r.User)), Image: url, ImageURL: url, OriginalFilename: fileName(r),
		PredictedClass: predictedClass(r), ConfidenceScore: classConfidence(r), UploadedAt: serial(r.CreatedAt),
		IsVerified: r.Verified, Notes: r.ShownNotes(), DiseaseClassification: r.Class(),
		VerifiedBy: idOrNil(r.VerifiedBy), VerifiedDate: serialOrNil(r.VerifiedAt), DiseaseType: string(r.Kind),
		UserFeedback: textOrNil(r.Answers.Feedback), UserConfirmedCorrect: r.Answers.Correct,
		SelectedSymptoms: orList(r.Answers.SelectedSymptoms), PrimarySymptoms: orList(r.Answers.PrimarySymptoms),
		AlternativeSymptoms: orList(r.Answers.AlternativeSymptoms), DetectedDisease: r.Answers.DetectedDisease,
		TopDiseases: orList(r.Answers.TopDiseases), SymptomsData: orObject(r.Answers.SymptomsData),
		TrainingReady: r.TrainingReady, TrainingNotes: r.TrainingNotes,
		ImageSize: sizeOf(r), ProcessingTime: secondsOf(r), ModelUsed: string(r.Kind),
	}
	if l := r.Location; l != nil {
		b.Latitude, b.Longitude, b.LocationAccuracy = &l.Latitude, &l.Longitude, accuracyOf(l)
		b.LocationAddress, b.LocationSource = l.Address, l.Source
		b.LocationConsentGiven, b.LocationAccuracyConfirmed = l.ConsentGiven, l.AccuracyConfirmed
	}
	return b
}

func imageUserOf(u *mango.User) *imageUser {
	if u == nil {
		return nil
	}
	return &imageUser{u.ID, u.Username, u.Email, u.FirstName, u.LastName, serial(u.JoinedAt)}
}

// fileName is the client's file name made unique by the record's id: every
// phone says image.jpg, and the web admin saves many of them to one folder. Its
// ending says what the file is.
func fileName(r *mango.Record) string {
	stem := strings.TrimSuffix(r.OriginalName, path.Ext(r.OriginalName))
	if stem == "" {
		stem = "image"
	}
	ext := map[string]string{"jpeg": ".jpg", "png": ".png", "webp": ".webp"}[r.Photo.Format]
	if ext == "" {
		ext = path.Ext(r.OriginalName)
	}
	return fmt.Sprintf("%s_%d%s", stem, r.ID, ext)
}

// predictedClass is what the model answered, else what a person said.
func predictedClass(r *mango.Record) string {
	if said, ok := r.Predicted(); ok {
		return said.Disease
	}
	return r.Class()
}

// predictedConfidence is the model's confidence in its own answer; nil where no
// model was asked.
func predictedConfidence(r *mango.Record) *float64 {
	said, ok := r.Predicted()
	if !ok {
		return nil
	}
	return fraction(&said.Probability)
}

// classConfidence is the model's confidence in the class that counts; nil where
// a person named that class.
func classConfidence(r *mango.Record) *float64 { return fraction(r.ClassConfidence()) }

func sizeOf(r *mango.Record) string { return fmt.Sprintf("%dx%d", r.Photo.Width, r.Photo.Height) }

// unworked is what no diagnosis takes: earlier programs stored the time of a
// look-up in memory for an answer that came from there.
const unworked = 100 * time.Microsecond

func secondsOf(r *mango.Record) *float64 {
	if r.Processing < unworked {
		return nil
	}
	t := r.Processing.Round(time.Microsecond).Seconds()
	return &t
}

func accuracyOf(l *mango.Location) *float64 {
	if l.Accuracy == 0 {
		return nil
	}
	return &l.Accuracy
}

func idOrNil(id uint64) *uint64 {
	if id == 0 {
		return nil
	}
	return &id
}

func textOrNil(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// orObject keeps objects from being null.
func orObject(raw []byte) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("{}")
	}
	return raw
}
