package inference

import (
	"encoding/json"
	"fmt"
	"strings"

	"mangosense/server/internal/api/jsonbody"
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

type (
	parameters struct {
		BinarySize   *int  `json:"binary_data_size"`
		Binary       *bool `json:"binary_data"`
		BinaryOutput *bool `json:"binary_data_output"`
	}
	input struct {
		Name       string          `json:"name"`
		Shape      []int           `json:"shape"`
		Datatype   string          `json:"datatype"`
		Parameters parameters      `json:"parameters"`
		Data       json.RawMessage `json:"data"`
	}
	wanted struct {
		Name       string     `json:"name"`
		Parameters parameters `json:"parameters"`
	}
	request struct {
		ID         string     `json:"id"`
		Parameters parameters `json:"parameters"`
		Inputs     []input    `json:"inputs"`
		Outputs    []wanted   `json:"outputs"`
	}
	output struct {
		Name       string         `json:"name"`
		Shape      []int          `json:"shape"`
		Datatype   string         `json:"datatype"`
		Parameters map[string]int `json:"parameters,omitempty"`
		Data       any            `json:"data,omitempty"`
		raw        []byte
	}
	reply struct {
		ModelName    string   `json:"model_name"`
		ModelVersion string   `json:"model_version"`
		ID           string   `json:"id,omitempty"`
		Outputs      []output `json:"outputs"`
	}
)

const headerLength = "Inference-Header-Content-Length"

// Infer is `POST /v2/models/{model}[/versions/{version}]/infer`. The body is
// the protocol's JSON, perhaps with binary tensors behind it, or (extension) a
// photo: Content-Type image/jpeg, image/png, image/webp or
// application/octet-stream without the header length.
func (h *Handlers) Infer(c *kit.Call) error {
	if err := c.CountPhoto(); err != nil {
		return err
	}
	m, err := h.find(c)
	if err != nil {
		return err
	}
	// A photo may come as base64; a tensor in JSON takes up to four characters a
	// value.
	body, err := c.Whole(max(h.MaxPhotoBytes*4/3, int64(m.Width*m.Height*m.Colors)*4) + jsonbody.Max)
	if err != nil {
		return err
	}
	defer body.Release()
	photo, asked, err := readInference(c, m, body.Bytes())
	if err != nil {
		return err
	}
	d, err := h.answer(c, m.Kind, photo, asked.tensor)
	if err != nil {
		return kit.Counted(err)
	}
	outputs, err := asked.choose(outputsOf(d, m))
	if err != nil {
		return err
	}
	return write(c, reply{m.ID, d.Model.Version, asked.id, outputs})
}

// answer answers a photo, or the tensor that was made of one.
func (h *Handlers) answer(c *kit.Call, kind mango.Kind, photo, tensor []byte) (*mango.Diagnosis, error) {
	if photo == nil {
		work, cancel := c.Work(1)
		defer cancel()
		d, err := h.Intake.Infer(work, kind, tensor)
		return &d, err
	}
	res, err := c.Diagnose(h.Intake, intake.Request{
		Preview: true, Photos: []intake.Photo{{Bytes: photo}}, Record: mango.Record{Kind: kind},
	})
	if err != nil {
		return nil, err
	}
	return res.Photos[0].Diagnosis, res.Photos[0].Err
}

// readInference tells a photo from a request of the protocol.
func readInference(c *kit.Call, m Model, body []byte) (photo []byte, asked *inference, err error) {
	kind, _, _ := strings.Cut(strings.ToLower(c.ContentType()), ";")
	kind = strings.TrimSpace(kind)
	length := c.Header(headerLength)
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
			return nil, nil, mango.Errorf(mango.Invalid, "%s must be the length of the JSON part of the body.", headerLength)
		}
		header = int(n)
	}
	head, err := c.JSONText(body[:header])
	if err != nil {
		return nil, nil, err
	}
	asked, err = parseInference(head, body[header:], m)
	if err != nil {
		return nil, nil, err
	}
	return asked.photo, asked, nil
}

// outputsOf are all outputs of a diagnosis, in the model's order.
func outputsOf(d *mango.Diagnosis, m Model) []output {
	probabilities := make([]float32, len(m.Classes))
	for i, c := range m.Classes {
		probabilities[i] = float32(d.Probability(c))
	}
	outputs := []output{floatOutput(probabilitiesName, probabilities)}
	if len(m.Gate) > 0 {
		gate := make([]float32, len(m.Gate))
		for i, name := range m.Gate {
			gate[i] = float32(map[string]float64{"leaf": d.Gate.Leaf, "fruit": d.Gate.Fruit, "other": d.Gate.Other}[name])
		}
		outputs = append(outputs, floatOutput(gateName, gate))
	}
	return append(outputs, textOutput(verdictName, d.Disease))
}

// write answers JSON, with the binary outputs behind it where some were
// asked for.
func write(c *kit.Call, r reply) error {
	var tail []byte
	for i := range r.Outputs {
		if o := &r.Outputs[i]; o.raw != nil {
			o.Data, o.Parameters = nil, map[string]int{"binary_data_size": len(o.raw)}
			tail = append(tail, o.raw...)
		}
	}
	head, err := kit.Marshal(r)
	if err != nil || tail == nil {
		return c.JSON(200, r)
	}
	c.SetHeader(headerLength, fmt.Sprint(len(head)))
	return c.Body("application/octet-stream", append(head, tail...))
}
