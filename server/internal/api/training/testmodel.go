package training

import (
	"mangosense/server/internal/api/kit"
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

// TestModel is `GET /api/test-model/`: which models are loaded.
func (h *Handlers) TestModel(c *kit.Call) error {
	data := testModelData{Models: map[mango.Kind]testedModel{}}
	for _, m := range h.Loaded() {
		data.ModelLoaded = true
		data.Models[m.Kind] = testedModel{true, m.ID, m.Version, m.Classes}
	}
	if !data.ModelLoaded {
		return mango.Errorf(mango.Internal, "No model is loaded.")
	}
	return c.Reply("The models are loaded and ready", data)
}
