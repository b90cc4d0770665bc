package inference

import (
	"slices"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

type (
	serverBody struct {
		Name       string   `json:"name"`
		Version    string   `json:"version"`
		Extensions []string `json:"extensions"`
	}
	tensorBody struct {
		Name       string         `json:"name"`
		Datatype   string         `json:"datatype"`
		Shape      []int          `json:"shape"`
		Parameters map[string]any `json:"parameters,omitempty"`
	}
	modelBody struct {
		Name     string       `json:"name"`
		Versions []string     `json:"versions"`
		Platform string       `json:"platform"`
		Inputs   []tensorBody `json:"inputs"`
		Outputs  []tensorBody `json:"outputs"`
	}
	readyBody struct {
		Name  string `json:"name"`
		Ready bool   `json:"ready"`
	}
)

// The names of a model's inputs and outputs.
const (
	imageName         = "image"         // UINT8, [1, height, width, colours]
	photoName         = "photo"         // BYTES, [1]: a JPEG, PNG or WebP file
	probabilitiesName = "probabilities" // FP32, [1, classes], calibrated
	gateName          = "gate"          // FP32, [1, 3]
	verdictName       = "verdict"       // BYTES, [1]: a class, or Unknown
)

// Root is `GET /v2`: what this server is.
func (h *Handlers) Root(c *kit.Call) error {
	return c.JSON(200, serverBody{"mangosense", h.Version, []string{"binary_tensor_data", "photo_bytes"}})
}

// Live is `GET /v2/health/live`.
func (h *Handlers) Live(c *kit.Call) error {
	return c.JSON(200, map[string]bool{"live": true})
}

// Ready is `GET /v2/health/ready`.
func (h *Handlers) Ready(c *kit.Call) error {
	code := 200
	ready := !h.Refuses()
	if !ready {
		code = 503
	}
	return c.JSON(code, map[string]bool{"ready": ready})
}

// Model is `GET /v2/models/{model}[/versions/{version}]`.
func (h *Handlers) Model(c *kit.Call) error {
	m, err := h.find(c)
	if err != nil {
		return err
	}
	meta := modelBody{
		Name: m.ID, Versions: []string{m.Version}, Platform: "tensorflow_lite",
		Inputs: []tensorBody{
			{imageName, "UINT8", []int{1, m.Height, m.Width, m.Colors}, map[string]any{"content": "RGB, upright, resized"}},
			{photoName, "BYTES", []int{1}, map[string]any{"content": "a JPEG, PNG or WebP file, instead of image"}},
		},
		Outputs: []tensorBody{
			{probabilitiesName, "FP32", []int{1, len(m.Classes)}, map[string]any{"labels": m.Classes}},
			{verdictName, "BYTES", []int{1}, nil},
		},
	}
	if len(m.Gate) > 0 {
		meta.Outputs = slices.Insert(meta.Outputs, 1, tensorBody{gateName, "FP32", []int{1, len(m.Gate)}, map[string]any{"labels": m.Gate}})
	}
	return c.JSON(200, meta)
}

// ModelReady is `GET /v2/models/{model}[/versions/{version}]/ready`.
func (h *Handlers) ModelReady(c *kit.Call) error {
	m, err := h.find(c)
	if err != nil {
		return err
	}
	return c.JSON(200, readyBody{m.ID, true})
}

// find is the model that the path names.
func (h *Handlers) find(c *kit.Call) (Model, error) {
	id, _ := c.Param("model")
	version, versioned := c.Param("version")
	for _, m := range h.Models() {
		if m.ID == id && (!versioned || m.Version == version) {
			return m, nil
		}
	}
	return Model{}, mango.Errorf(mango.NotFound, "There is no such model, or not in that version.")
}
