package api

import (
	"github.com/fasthttp/router"
	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/kit"
)

// access says who may call a route. The zero value is none of them: a row that
// forgets its level lets nobody in.
type access int

const (
	// open: anybody. A good token is still looked at, a bad one counts as none.
	open access = iota + 1
	// guest: a user, or nobody at all where option AnonymousPreviews says so;
	// the handler stores nothing for nobody.
	guest
	// user: any good access token.
	user
	// saver: a user, but while the accounts cannot be read whoever has a token:
	// photos are answered then, and nothing is stored.
	saver
	// admin: the access token of an administrator.
	admin
)

// route is one row of the table below.
type route struct {
	method, path string // path without a final slash; both forms are served
	access       access
	handler      kit.Handler
}

// routes is every route of the server. A test walks it with every kind of
// caller: a row that is not in the test's own table fails it.
func (s *Server) routes() []route {
	words := s.vocabulary
	symptoms, aliases, diseases, links := words.EditSymptoms(), words.EditAliases(), words.EditDiseases(), words.EditLinks()
	return []route{
		// health
		{"GET", "/", open, s.pages.Growers},
		{"GET", "/health", open, s.reference.Root},
		{"GET", "/livez", open, s.reference.Live},
		{"GET", "/readyz", open, s.reference.Ready},
		{"GET", "/metrics", open, s.reference.Metrics},
		{"GET", "/api", open, s.reference.Root},
		{"GET", "/api/health", open, s.reference.ShowHealth},

		// pages
		{"GET", "/admin", open, s.pages.Admin},
		{"GET", "/assets/{path:*}", open, s.pages.Asset},
		{"GET", "/worker.js", open, s.pages.Worker},
		{"GET", "/manifest.webmanifest", open, s.pages.Manifest},

		// photos
		{"POST", "/api/predict", guest, s.photos.Predict},
		{"POST", "/api/predict/tree", saver, s.photos.PredictTree},
		{"GET", "/api/test-model", admin, s.training.TestModel},
		{"GET", "/api/media/{path:*}", open, s.photos.Media}, // by signature, or by whose it is
		{"GET", "/media/{path:*}", open, s.photos.Media},

		// standard inference clients
		{"GET", "/v2", open, s.inference.Root},
		{"GET", "/v2/health/live", open, s.inference.Live},
		{"GET", "/v2/health/ready", open, s.inference.Ready},
		{"GET", "/v2/models/{model}", user, s.inference.Model},
		{"GET", "/v2/models/{model}/versions/{version}", user, s.inference.Model},
		{"GET", "/v2/models/{model}/ready", user, s.inference.ModelReady},
		{"GET", "/v2/models/{model}/versions/{version}/ready", user, s.inference.ModelReady},
		{"POST", "/v2/models/{model}/infer", user, s.inference.Infer},
		{"POST", "/v2/models/{model}/versions/{version}/infer", user, s.inference.Infer},

		// accounts
		{"GET", "/api/session", open, s.accounts.Session}, // the pages' cookie
		{"POST", "/api/session", open, s.accounts.OpenSession},
		{"DELETE", "/api/session", open, s.accounts.CloseSession},
		{"POST", "/api/register", open, s.accounts.Register},
		{"POST", "/api/login", open, s.accounts.Login},
		{"POST", "/api/logout", user, s.accounts.Logout},
		{"POST", "/api/auth/login", open, s.accounts.AdminLogin},
		{"POST", "/api/auth/refresh", open, s.accounts.Refresh},
		{"GET", "/api/me", user, s.accounts.Me},
		{"DELETE", "/api/me", user, s.accounts.DeleteMe},
		{"GET", "/api/me/export", user, s.accounts.ExportMe},
		{"POST", "/api/me/password", user, s.accounts.ChangePassword},
		{"GET", "/api/users", admin, s.accounts.Users},
		{"GET", "/api/users/statistics", admin, s.accounts.UserStatistics},
		{"GET", "/api/users/{id}", admin, s.accounts.User},
		{"PUT", "/api/users/{id}", admin, s.accounts.ChangeUser},
		{"GET", "/api/users/{id}/images", admin, s.records.UserImages},

		// data
		{"GET", "/api/history", user, s.records.History},
		{"GET", "/api/symptoms", user, s.vocabulary.Symptoms},
		{"GET", "/api/disease-locations/all", open, s.statistics.AllPlaces}, // coarse but to administrators
		{"GET", "/api/disease-locations/similar", open, s.statistics.SimilarPlaces},
		{"GET", "/api/advice", open, s.vocabulary.Advice},
		{"POST", "/api/save-confirmation", user, s.confirmations.Confirm},
		{"GET", "/api/user-confirmations", admin, s.confirmations.Confirmations},
		{"GET", "/api/confirmation-statistics", admin, s.confirmations.ConfirmationStatistics},
		{"GET", "/api/export-confirmations", admin, s.confirmations.ExportConfirmations},
		{"GET", "/api/disease-statistics", admin, s.statistics.Statistics},
		{"GET", "/api/disease-trends", admin, s.statistics.Trends},

		// images
		{"GET", "/api/classified-images", admin, s.records.Images},
		{"POST", "/api/classified-images/bulk-update", admin, s.records.BulkUpdate},
		{"GET", "/api/classified-images/{id}", admin, s.records.Image},
		{"PUT", "/api/classified-images/{id}", admin, s.records.ChangeImage},
		{"DELETE", "/api/classified-images/{id}", admin, s.records.DeleteImage},
		{"GET", "/api/classified-images/{id}/prediction-details", admin, s.records.PredictionDetails},
		{"POST", "/api/classified-images/{id}/store-prediction", admin, s.records.StorePrediction},
		{"POST", "/api/upload-image", admin, s.records.UploadImage},
		{"GET", "/api/export-dataset", admin, s.records.ExportDataset},

		// notifications
		{"GET", "/api/notifications", admin, s.notifications.Notifications},
		{"PATCH", "/api/notifications/mark-all-read", admin, s.notifications.MarkAllRead},
		{"POST", "/api/notifications/delete-selected", admin, s.notifications.DeleteSelected},
		{"GET", "/api/notifications/{id}", admin, s.notifications.Notification},
		{"DELETE", "/api/notifications/{id}", admin, s.notifications.DeleteNotification},
		{"PATCH", "/api/notifications/{id}/mark-read", admin, s.notifications.MarkRead},

		// administrators' pages
		{"GET", "/api/admin/overview", admin, s.oversight.Overview},
		{"GET", "/api/admin/live", admin, s.oversight.LiveNumbers},
		{"GET", "/api/admin/review", admin, s.oversight.Review},
		{"POST", "/api/admin/review/delete", admin, s.oversight.DeleteImages},
		{"GET", "/api/admin/review/{id}/photo", admin, s.oversight.Photo},
		{"GET", "/api/admin/review/{id}/thumbnail", admin, s.oversight.Thumbnail},
		{"GET", "/api/admin/review/{id}/heatmap", admin, s.oversight.HeatMap},
		{"GET", "/api/admin/models", admin, s.oversight.Models},
		{"GET", "/api/admin/storage", admin, s.oversight.Storage},
		{"POST", "/api/admin/storage/backup", admin, s.oversight.MakeBackup},
		{"POST", "/api/admin/storage/verify", admin, s.oversight.VerifyStore},
		{"GET", "/api/admin/settings", admin, s.oversight.Settings},
		{"GET", "/api/admin/support", admin, s.oversight.Bundle},

		// vocabulary
		{"GET", "/api/admin/symptoms", admin, symptoms.List},
		{"POST", "/api/admin/symptoms", admin, symptoms.Add},
		{"GET", "/api/admin/symptoms/{id}", admin, symptoms.Show},
		{"PUT", "/api/admin/symptoms/{id}", admin, symptoms.Change},
		{"DELETE", "/api/admin/symptoms/{id}", admin, symptoms.Delete},
		{"GET", "/api/admin/aliases", admin, aliases.List},
		{"POST", "/api/admin/aliases", admin, aliases.Add},
		{"GET", "/api/admin/aliases/{id}", admin, aliases.Show},
		{"PUT", "/api/admin/aliases/{id}", admin, aliases.Change},
		{"DELETE", "/api/admin/aliases/{id}", admin, aliases.Delete},
		{"GET", "/api/admin/diseases", admin, diseases.List},
		{"POST", "/api/admin/diseases", admin, diseases.Add},
		{"GET", "/api/admin/diseases/{id}", admin, diseases.Show},
		{"PUT", "/api/admin/diseases/{id}", admin, diseases.Change},
		{"DELETE", "/api/admin/diseases/{id}", admin, diseases.Delete},
		{"GET", "/api/admin/disease-symptoms", admin, links.List},
		{"POST", "/api/admin/disease-symptoms", admin, links.Add},
		{"GET", "/api/admin/disease-symptoms/{id}", admin, links.Show},
		{"PUT", "/api/admin/disease-symptoms/{id}", admin, links.Change},
		{"DELETE", "/api/admin/disease-symptoms/{id}", admin, links.Delete},

		{"PUT", "/api/admin/advice", admin, s.vocabulary.ChangeAdvice},
		{"DELETE", "/api/admin/advice", admin, s.vocabulary.RestoreAdvice},

		// models and training
		{"GET", "/api/model-settings", admin, s.training.ModelSettings},
		{"POST", "/api/model-settings/update", admin, s.training.UpdateModelSettings},
		{"GET", "/api/training-data/summary", admin, s.training.TrainingSummary},
		{"POST", "/api/training-data/bulk-approve", admin, s.training.BulkApprove},
		{"POST", "/api/training-data/bulk-import", admin, s.training.BulkImport},
		{"GET", "/api/training-data/{id}", admin, s.training.TrainingData},
		{"PATCH", "/api/training-data/{id}", admin, s.training.ChangeTrainingData},
		{"POST", "/api/retrain", admin, s.training.Retrain},
		{"GET", "/api/retrain/status", admin, s.training.RetrainStatus},
		{"GET", "/api/retrain/dataset-info", admin, s.training.DatasetInfo},
		{"POST", "/api/retrain/extract-symptoms", admin, s.training.ExtractSymptoms},
		{"GET", "/api/retrain/extract-symptoms/status", admin, s.training.ExtractSymptomsStatus},
		{"GET", "/api/retrain/symptoms-ready", admin, s.training.SymptomsReady},
		{"POST", "/api/retrain/preprocess", admin, s.training.Preprocess},
		{"GET", "/api/retrain/preprocess/status", admin, s.training.PreprocessStatus},
		{"GET", "/api/retrain/preprocess/ready", admin, s.training.PreprocessReady},

		// reference
		{"GET", "/api/openapi.json", open, s.reference.OpenAPI},
		{"GET", "/api/docs", open, s.reference.Docs},
	}
}

// router serves both slash forms of a path without a redirect.
func (s *Server) router() fasthttp.RequestHandler {
	handle := s.tree().Handler
	return func(ctx *fasthttp.RequestCtx) {
		trimSlash(ctx.Request.URI())
		handle(ctx)
	}
}

// tree is the table as it is served: HEAD wherever GET is, JSON 404 and 405.
func (s *Server) tree() *router.Router {
	r := router.New()
	r.RedirectTrailingSlash, r.RedirectFixedPath, r.HandleOPTIONS = false, false, false
	r.NotFound, r.MethodNotAllowed = s.notFound, s.wrongMethod
	for _, row := range s.routes() {
		handler := s.kit.Handle(s.named(row.path, s.admit(row.access, row.handler)))
		r.Handle(row.method, row.path, handler)
		if row.method == fasthttp.MethodGet {
			r.HEAD(row.path, handler)
		}
	}
	return r
}

// trimSlash makes both forms of a path one: the router's tree takes only one
// of them for a route.
func trimSlash(uri *fasthttp.URI) {
	path := uri.PathOriginal()
	if len(path) > 1 && path[len(path)-1] == '/' {
		uri.SetPathBytes(path[:len(path)-1])
	}
}

// named remembers a route's pattern for the log.
func (s *Server) named(pattern string, next kit.Handler) kit.Handler {
	return func(c *kit.Call) error {
		c.SetRoute(pattern)
		return next(c)
	}
}
