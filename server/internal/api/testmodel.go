package api

import (
	"github.com/valyala/fasthttp"

	"mangosense/server/internal/mango"
)

type (
	testedModel struct {
		Loaded  bool     `json:"loaded"`
		Model   string   `json:"model"`
		Version string   `json:"version"`
		Classes []string `json:"classes"`
	}
	testModelData struct {
		ModelLoaded bool                       `json:"model_loaded"`
		Models      map[mango.Kind]testedModel `json:"models"`
	}
)

// testModel is `GET /api/test-model/`: which models are loaded.
func (s *Server) testModel(ctx *fasthttp.RequestCtx) {
	data := testModelData{Models: map[mango.Kind]testedModel{}}
	for _, m := range s.cfg.Inference.Models() {
		data.ModelLoaded = true
		data.Models[m.Kind] = testedModel{true, m.ID, m.Version, m.Classes}
	}
	if !data.ModelLoaded {
		s.fail(ctx, mango.Errorf(mango.Internal, "No model is loaded."))
		return
	}
	reply(ctx, "The models are loaded and ready", data)
}
