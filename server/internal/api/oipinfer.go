package api

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

type (
	oipParameters struct {
		BinarySize   *int  `json:"binary_data_size"`
		Binary       *bool `json:"binary_data"`
		BinaryOutput *bool `json:"binary_data_output"`
	}
	oipInput struct {
		Name       string          `json:"name"`
		Shape      []int           `json:"shape"`
		Datatype   string          `json:"datatype"`
		Parameters oipParameters   `json:"parameters"`
		Data       json.RawMessage `json:"data"`
	}
	oipWanted struct {
		Name       string        `json:"name"`
		Parameters oipParameters `json:"parameters"`
	}
	oipRequest struct {
		ID         string        `json:"id"`
		Parameters oipParameters `json:"parameters"`
		Inputs     []oipInput    `json:"inputs"`
		Outputs    []oipWanted   `json:"outputs"`
	}
	oipOutput struct {
		Name       string         `json:"name"`
		Shape      []int          `json:"shape"`
		Datatype   string         `json:"datatype"`
		Parameters map[string]int `json:"parameters,omitempty"`
		Data       any            `json:"data,omitempty"`
		raw        []byte
	}
	oipReply struct {
		ModelName    string      `json:"model_name"`
		ModelVersion string      `json:"model_version"`
		ID           string      `json:"id,omitempty"`
		Outputs      []oipOutput `json:"outputs"`
	}
)

const oipHeaderLength = "Inference-Header-Content-Length"

// oipInfer is `POST /v2/models/{model}[/versions/{version}]/infer`. The body is
// the protocol's JSON, perhaps with binary tensors behind it, or (extension) a
// photo: Content-Type image/jpeg, image/png, image/webp or
// application/octet-stream without the header length.
func (s *Server) oipInfer(ctx *fasthttp.RequestCtx) {
	if err := s.limitPhotos(ctx); err != nil {
		s.refuseCaller(ctx, err)
		return
	}
	m, err := s.inferenceModel(ctx)
	if err != nil {
		s.refuseCaller(ctx, err)
		return
	}
	body, err := s.tensorBody(ctx, m)
	if err != nil {
		s.refuseBody(ctx, asError(err))
		return
	}
	defer body.Release()
	photo, asked, err := readInference(ctx, m, body.Bytes())
	if err != nil {
		s.fail(ctx, err)
		return
	}
	request := mango.Request{Photo: photo, Kind: m.Kind}
	charged := s.cfg.Work(request)
	if err := s.charge(ctx, charged-1); err != nil {
		s.refusePhoto(ctx, asError(err))
		return
	}
	work, cancel := s.work(ctx)
	defer cancel()
	d, err := s.infer(work, request, asked.tensor)
	if err != nil {
		s.refusePhoto(ctx, asError(err))
		return
	}
	s.correct(ctx, charged, d)
	outputs, err := asked.choose(oipOutputs(d, m))
	if err != nil {
		s.fail(ctx, err)
		return
	}
	writeOIP(ctx, oipReply{m.ID, d.Model.Version, asked.id, outputs})
}

// infer answers a photo, or the tensor that was made of one.
func (s *Server) infer(work context.Context, request mango.Request, tensor []byte) (*mango.Diagnosis, error) {
	if request.Photo == nil {
		d, err := s.cfg.Intake.Infer(work, request.Kind, tensor)
		return &d, err
	}
	res, err := s.cfg.Intake.Diagnose(work, intake.Request{
		Preview: true, Photos: []intake.Photo{{Bytes: request.Photo}}, Record: mango.Record{Kind: request.Kind},
	})
	if err != nil {
		return nil, err
	}
	return res.Photos[0].Diagnosis, res.Photos[0].Err
}

// tensorBody reads the whole body into memory that is counted with the
// uploads'. A photo may come as base64; a tensor in JSON takes up to four
// characters a value.
func (s *Server) tensorBody(ctx *fasthttp.RequestCtx, m InferenceModel) (*upload.Whole, error) {
	most := max(s.cfg.MaxPhotoBytes*4/3, int64(m.Width*m.Height*m.Colors)*4) + maxJSON
	return s.kit.Call(ctx).Whole(most)
}

// readInference tells a photo from a request of the protocol.
func readInference(ctx *fasthttp.RequestCtx, m InferenceModel, body []byte) (photo []byte, asked *inference, err error) {
	kind, _, _ := strings.Cut(strings.ToLower(string(ctx.Request.Header.ContentType())), ";")
	kind = strings.TrimSpace(kind)
	length := string(ctx.Request.Header.Peek(oipHeaderLength))
	if length == "" && (strings.HasPrefix(kind, "image/") || kind == "application/octet-stream") {
		if len(body) == 0 {
			return nil, nil, mango.Errorf(mango.Invalid, "The body is empty; send a photo.")
		}
		return body, &inference{}, nil
	}
	header := len(body)
	if length != "" {
		n, _, ok := mango.ParseWhole(length)
		if !ok || n < 0 || n > int64(len(body)) {
			return nil, nil, mango.Errorf(mango.Invalid, "%s must be the length of the JSON part of the body.", oipHeaderLength)
		}
		header = int(n)
	}
	head, err := jsonText(ctx, body[:header])
	if err != nil {
		return nil, nil, err
	}
	asked, err = parseInference(head, body[header:], m)
	if err != nil {
		return nil, nil, err
	}
	return asked.photo, asked, nil
}

// oipOutputs are all outputs of a diagnosis, in the model's order.
func oipOutputs(d *mango.Diagnosis, m InferenceModel) []oipOutput {
	probabilities := make([]float32, len(m.Classes))
	for i, c := range m.Classes {
		probabilities[i] = float32(d.Probability(c))
	}
	outputs := []oipOutput{floatOutput(oipProbabilities, probabilities)}
	if len(m.Gate) > 0 {
		gate := make([]float32, len(m.Gate))
		for i, name := range m.Gate {
			gate[i] = float32(map[string]float64{"leaf": d.Gate.Leaf, "fruit": d.Gate.Fruit, "other": d.Gate.Other}[name])
		}
		outputs = append(outputs, floatOutput(oipGate, gate))
	}
	return append(outputs, textOutput(oipVerdict, d.Disease))
}

// writeOIP answers JSON, with the binary outputs behind it where some were
// asked for.
func writeOIP(ctx *fasthttp.RequestCtx, r oipReply) {
	var tail []byte
	for i := range r.Outputs {
		if o := &r.Outputs[i]; o.raw != nil {
			o.Data, o.Parameters = nil, map[string]int{"binary_data_size": len(o.raw)}
			tail = append(tail, o.raw...)
		}
	}
	writeJSON(ctx, fasthttp.StatusOK, r)
	if tail == nil {
		return
	}
	head := len(ctx.Response.Body())
	ctx.SetContentType("application/octet-stream")
	ctx.Response.Header.Set(oipHeaderLength, fmt.Sprint(head))
	ctx.Response.AppendBody(tail)
}
