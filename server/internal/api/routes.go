package api

import (
	"github.com/fasthttp/router"
	"github.com/valyala/fasthttp"
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
	handler      func(*fasthttp.RequestCtx)
}

// routes is every route of the server. A test walks it with every kind of
// caller: a row that is not in the test's own table fails it.
func (s *Server) routes() []route {
	return []route{
		// health
		{"GET", "/", open, s.root},
		{"GET", "/health", open, s.root},
		{"GET", "/livez", open, s.live},
		{"GET", "/readyz", open, s.ready},
		{"GET", "/metrics", open, s.metrics},
		{"GET", "/api", open, s.root},
		{"GET", "/api/health", open, s.showHealth},

		// photos
		{"POST", "/api/predict", guest, s.predict},
		{"POST", "/api/predict/tree", saver, s.predictTree},
		{"GET", "/api/test-model", admin, s.testModel},
		{"GET", "/api/media/{path:*}", open, s.media}, // by signature, or by whose it is
		{"GET", "/media/{path:*}", open, s.media},

		// standard inference clients
		{"GET", "/v2", open, s.oipRoot},
		{"GET", "/v2/health/live", open, s.oipLive},
		{"GET", "/v2/health/ready", open, s.oipReady},
		{"GET", "/v2/models/{model}", user, s.oipModel},
		{"GET", "/v2/models/{model}/versions/{version}", user, s.oipModel},
		{"GET", "/v2/models/{model}/ready", user, s.oipModelReady},
		{"GET", "/v2/models/{model}/versions/{version}/ready", user, s.oipModelReady},
		{"POST", "/v2/models/{model}/infer", user, s.oipInfer},
		{"POST", "/v2/models/{model}/versions/{version}/infer", user, s.oipInfer},

		// accounts
		{"POST", "/api/register", open, s.register},
		{"POST", "/api/login", open, s.login},
		{"POST", "/api/logout", user, s.logout},
		{"POST", "/api/auth/login", open, s.adminLogin},
		{"POST", "/api/auth/refresh", open, s.refresh},
		{"GET", "/api/me", user, s.me},
		{"DELETE", "/api/me", user, s.deleteMe},
		{"GET", "/api/me/export", user, s.exportMe},
		{"POST", "/api/me/password", user, s.changePassword},
		{"GET", "/api/users", admin, s.users},
		{"GET", "/api/users/statistics", admin, s.userStatistics},
		{"GET", "/api/users/{id}", admin, s.user},
		{"PUT", "/api/users/{id}", admin, s.changeUser},
		{"GET", "/api/users/{id}/images", admin, s.userImages},

		// data
		{"GET", "/api/history", user, s.history},
		{"GET", "/api/symptoms", user, s.symptoms},
		{"GET", "/api/disease-locations/all", open, s.allPlaces}, // coarse but to administrators
		{"GET", "/api/disease-locations/similar", open, s.similarPlaces},
		{"POST", "/api/save-confirmation", user, s.confirm},
		{"GET", "/api/user-confirmations", admin, s.confirmations},
		{"GET", "/api/confirmation-statistics", admin, s.confirmationStatistics},
		{"GET", "/api/export-confirmations", admin, s.exportConfirmations},
		{"GET", "/api/disease-statistics", admin, s.statistics},
		{"GET", "/api/disease-trends", admin, s.trends},

		// images
		{"GET", "/api/classified-images", admin, s.images},
		{"POST", "/api/classified-images/bulk-update", admin, s.bulkUpdate},
		{"GET", "/api/classified-images/{id}", admin, s.image},
		{"PUT", "/api/classified-images/{id}", admin, s.changeImage},
		{"DELETE", "/api/classified-images/{id}", admin, s.deleteImage},
		{"GET", "/api/classified-images/{id}/prediction-details", admin, s.predictionDetails},
		{"POST", "/api/classified-images/{id}/store-prediction", admin, s.storePrediction},
		{"POST", "/api/upload-image", admin, s.uploadImage},
		{"GET", "/api/export-dataset", admin, s.exportDataset},

		// notifications
		{"GET", "/api/notifications", admin, s.notifications},
		{"PATCH", "/api/notifications/mark-all-read", admin, s.markAllRead},
		{"POST", "/api/notifications/delete-selected", admin, s.deleteSelected},
		{"GET", "/api/notifications/{id}", admin, s.notification},
		{"DELETE", "/api/notifications/{id}", admin, s.deleteNotification},
		{"PATCH", "/api/notifications/{id}/mark-read", admin, s.markRead},

		// vocabulary
		{"GET", "/api/admin/symptoms", admin, listEntries(s, symptomShelf)},
		{"POST", "/api/admin/symptoms", admin, addEntry(s, symptomShelf)},
		{"GET", "/api/admin/symptoms/{id}", admin, showEntry(s, symptomShelf)},
		{"PUT", "/api/admin/symptoms/{id}", admin, changeEntry(s, symptomShelf)},
		{"DELETE", "/api/admin/symptoms/{id}", admin, deleteEntry(s, symptomShelf)},
		{"GET", "/api/admin/aliases", admin, listEntries(s, aliasShelf)},
		{"POST", "/api/admin/aliases", admin, addEntry(s, aliasShelf)},
		{"GET", "/api/admin/aliases/{id}", admin, showEntry(s, aliasShelf)},
		{"PUT", "/api/admin/aliases/{id}", admin, changeEntry(s, aliasShelf)},
		{"DELETE", "/api/admin/aliases/{id}", admin, deleteEntry(s, aliasShelf)},
		{"GET", "/api/admin/diseases", admin, listEntries(s, diseaseShelf)},
		{"POST", "/api/admin/diseases", admin, addEntry(s, diseaseShelf)},
		{"GET", "/api/admin/diseases/{id}", admin, showEntry(s, diseaseShelf)},
		{"PUT", "/api/admin/diseases/{id}", admin, changeEntry(s, diseaseShelf)},
		{"DELETE", "/api/admin/diseases/{id}", admin, deleteEntry(s, diseaseShelf)},
		{"GET", "/api/admin/disease-symptoms", admin, listEntries(s, linkShelf)},
		{"POST", "/api/admin/disease-symptoms", admin, addEntry(s, linkShelf)},
		{"GET", "/api/admin/disease-symptoms/{id}", admin, showEntry(s, linkShelf)},
		{"PUT", "/api/admin/disease-symptoms/{id}", admin, changeEntry(s, linkShelf)},
		{"DELETE", "/api/admin/disease-symptoms/{id}", admin, deleteEntry(s, linkShelf)},

		// models and training
		{"GET", "/api/model-settings", admin, s.modelSettings},
		{"POST", "/api/model-settings/update", admin, s.updateModelSettings},
		{"GET", "/api/training-data/summary", admin, s.trainingSummary},
		{"POST", "/api/training-data/bulk-approve", admin, s.bulkApprove},
		{"POST", "/api/training-data/bulk-import", admin, s.bulkImport},
		{"GET", "/api/training-data/{id}", admin, s.trainingData},
		{"PATCH", "/api/training-data/{id}", admin, s.changeTrainingData},
		{"POST", "/api/retrain", admin, s.retrain},
		{"GET", "/api/retrain/status", admin, s.retrainStatus},
		{"GET", "/api/retrain/dataset-info", admin, s.datasetInfo},
		{"POST", "/api/retrain/extract-symptoms", admin, s.extractSymptoms},
		{"GET", "/api/retrain/extract-symptoms/status", admin, s.extractSymptomsStatus},
		{"GET", "/api/retrain/symptoms-ready", admin, s.symptomsReady},
		{"POST", "/api/retrain/preprocess", admin, s.preprocess},
		{"GET", "/api/retrain/preprocess/status", admin, s.preprocessStatus},
		{"GET", "/api/retrain/preprocess/ready", admin, s.preprocessReady},

		// reference
		{"GET", "/api/openapi.json", open, s.openAPI},
		{"GET", "/api/docs", open, s.docs},
	}
}

// router builds the table into a handler: both slash forms without a redirect,
// HEAD wherever GET is, JSON 404 and 405.
func (s *Server) router() fasthttp.RequestHandler {
	r := router.New()
	r.RedirectTrailingSlash, r.RedirectFixedPath, r.HandleOPTIONS = false, false, false
	r.NotFound, r.MethodNotAllowed = s.notFound, s.wrongMethod
	for _, row := range s.routes() {
		handler := s.named(row.path, s.admit(row.access, row.handler))
		r.Handle(row.method, row.path, handler)
		if row.method == fasthttp.MethodGet {
			r.HEAD(row.path, handler)
		}
	}
	return func(ctx *fasthttp.RequestCtx) {
		trimSlash(ctx.Request.URI())
		r.Handler(ctx)
	}
}

// trimSlash makes both forms of a path one: the router's tree takes only one
// of them for a route.
func trimSlash(uri *fasthttp.URI) {
	path := uri.PathOriginal()
	if len(path) > 1 && path[len(path)-1] == '/' {
		uri.SetPathBytes(path[:len(path)-1])
	}
}
