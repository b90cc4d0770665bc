package api

import (
	"slices"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/mango"
)

// The Open Inference Protocol, version 2, REST: what standard inference
// clients speak. A model takes one picture as a tensor, already resized and
// turned, or (our extension) one photo as its file's bytes; both pass
// admission like any other photo, and nothing is stored.

// InferenceModel is a loaded model as such clients see it.
type InferenceModel struct {
	ID, Version           string
	Kind                  mango.Kind
	Classes               []string // in the order of the output
	Gate                  []string // names of the gate's values; empty: no gate
	Width, Height, Colors int      // of the input
}

// Inference lists the models that answer.
type Inference interface {
	Models() []InferenceModel
}

type (
	oipServer struct {
		Name       string   `json:"name"`
		Version    string   `json:"version"`
		Extensions []string `json:"extensions"`
	}
	oipTensorMeta struct {
		Name       string         `json:"name"`
		Datatype   string         `json:"datatype"`
		Shape      []int          `json:"shape"`
		Parameters map[string]any `json:"parameters,omitempty"`
	}
	oipModel struct {
		Name     string          `json:"name"`
		Versions []string        `json:"versions"`
		Platform string          `json:"platform"`
		Inputs   []oipTensorMeta `json:"inputs"`
		Outputs  []oipTensorMeta `json:"outputs"`
	}
	oipReady struct {
		Name  string `json:"name"`
		Ready bool   `json:"ready"`
	}
)

// The names of a model's inputs and outputs.
const (
	oipImage         = "image"         // UINT8, [1, height, width, colours]
	oipPhoto         = "photo"         // BYTES, [1]: a JPEG, PNG or WebP file
	oipProbabilities = "probabilities" // FP32, [1, classes], calibrated
	oipGate          = "gate"          // FP32, [1, 3]
	oipVerdict       = "verdict"       // BYTES, [1]: a class, or Unknown
)

// oipRoot is `GET /v2`: what this server is.
func (s *Server) oipRoot(ctx *fasthttp.RequestCtx) {
	writeJSON(ctx, fasthttp.StatusOK, oipServer{"mangosense", s.cfg.Version, []string{"binary_tensor_data", "photo_bytes"}})
}

func (s *Server) oipLive(ctx *fasthttp.RequestCtx) {
	writeJSON(ctx, fasthttp.StatusOK, map[string]bool{"live": true})
}

func (s *Server) oipReady(ctx *fasthttp.RequestCtx) {
	code := fasthttp.StatusOK
	ready := !s.reference.Refuses()
	if !ready {
		code = fasthttp.StatusServiceUnavailable
	}
	writeJSON(ctx, code, map[string]bool{"ready": ready})
}

// oipModel is `GET /v2/models/{model}[/versions/{version}]`.
func (s *Server) oipModel(ctx *fasthttp.RequestCtx) {
	m, err := s.inferenceModel(ctx)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	meta := oipModel{
		Name: m.ID, Versions: []string{m.Version}, Platform: "tensorflow_lite",
		Inputs: []oipTensorMeta{
			{oipImage, "UINT8", []int{1, m.Height, m.Width, m.Colors}, map[string]any{"content": "RGB, upright, resized"}},
			{oipPhoto, "BYTES", []int{1}, map[string]any{"content": "a JPEG, PNG or WebP file, instead of image"}},
		},
		Outputs: []oipTensorMeta{
			{oipProbabilities, "FP32", []int{1, len(m.Classes)}, map[string]any{"labels": m.Classes}},
			{oipVerdict, "BYTES", []int{1}, nil},
		},
	}
	if len(m.Gate) > 0 {
		meta.Outputs = slices.Insert(meta.Outputs, 1, oipTensorMeta{oipGate, "FP32", []int{1, len(m.Gate)}, map[string]any{"labels": m.Gate}})
	}
	writeJSON(ctx, fasthttp.StatusOK, meta)
}

// oipModelReady is `GET /v2/models/{model}[/versions/{version}]/ready`.
func (s *Server) oipModelReady(ctx *fasthttp.RequestCtx) {
	m, err := s.inferenceModel(ctx)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	writeJSON(ctx, fasthttp.StatusOK, oipReady{m.ID, true})
}

// inferenceModel is the model that the path names.
func (s *Server) inferenceModel(ctx *fasthttp.RequestCtx) (InferenceModel, error) {
	id, _ := ctx.UserValue("model").(string)
	version, versioned := ctx.UserValue("version").(string)
	for _, m := range s.cfg.Inference.Models() {
		if m.ID == id && (!versioned || m.Version == version) {
			return m, nil
		}
	}
	return InferenceModel{}, mango.Errorf(mango.NotFound, "There is no such model, or not in that version.")
}
