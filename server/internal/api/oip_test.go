package api_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
)

const modelPath = "/v2/models/leaf-mobilenetv2"

// tensor is 2 × 4 × 3, the stand-in's input.
var tensor = []byte("abcdefghijklmnopqrstuvwx")

type inferred struct {
	ModelName    string `json:"model_name"`
	ModelVersion string `json:"model_version"`
	ID           string `json:"id"`
	Outputs      []struct {
		Name       string          `json:"name"`
		Shape      []int           `json:"shape"`
		Datatype   string          `json:"datatype"`
		Data       json.RawMessage `json:"data"`
		Parameters struct {
			Binary int `json:"binary_data_size"`
		} `json:"parameters"`
	} `json:"outputs"`
}

func input(name, datatype string, shape []int, extra map[string]any) map[string]any {
	in := map[string]any{"name": name, "datatype": datatype, "shape": shape}
	for k, v := range extra {
		in[k] = v
	}
	return map[string]any{"id": "42", "inputs": []any{in}}
}

func numbers(b []byte) []int {
	out := make([]int, len(b))
	for i, v := range b {
		out[i] = int(v)
	}
	return out
}

// nested is the tensor as its shape says.
func nested(b []byte) any {
	var rows []any
	for y := range 2 {
		var row []any
		for x := range 4 {
			at := (y*4 + x) * 3
			row = append(row, numbers(b[at:at+3]))
		}
		rows = append(rows, row)
	}
	return []any{rows}
}

// withTail is a request of the binary extension.
func withTail(head any, tail []byte) *body {
	b := object(head)
	b.contentType = "application/octet-stream"
	b.header = map[string]string{"Inference-Header-Content-Length": strconv.Itoa(len(b.bytes))}
	b.bytes = append(b.bytes, tail...)
	return b
}

func TestOIPMetadata(t *testing.T) {
	s := newSite(t, nil)
	token := s.join("lito@farm.example").Access
	for path, want := range map[string]string{
		"/v2":                               `"name":"mangosense"`,
		"/v2/health/live":                   `"live":true`,
		"/v2/health/ready":                  `"ready":true`,
		modelPath:                           `"inputs":[{"name":"image","datatype":"UINT8","shape":[1,2,4,3]`,
		modelPath + "/versions/1.0.0":       `"versions":["1.0.0"]`,
		modelPath + "/ready":                `"ready":true`,
		modelPath + "/versions/1.0.0/ready": `"ready":true`,
		"/v2/models/fruit-mobilenetv2/versions/1.0.0": `"name":"fruit-mobilenetv2"`,
	} {
		if got := s.send("GET", path, token, nil).want(200); !strings.Contains(string(got.body), want) {
			t.Errorf("%s: %s", path, got.body)
		}
	}
	for _, path := range []string{"/v2/models/other", modelPath + "/versions/9", modelPath + "/versions/9/ready"} {
		s.send("GET", path, token, nil).want(404).refusal()
	}
}

func TestOIPTensor(t *testing.T) {
	s := newSite(t, nil)
	token := s.join("lito@farm.example").Access
	shape := []int{1, 2, 4, 3}
	for name, b := range map[string]*body{
		"JSON, flat":   object(input("image", "UINT8", shape, map[string]any{"data": numbers(tensor)})),
		"JSON, nested": object(input("image", "UINT8", shape, map[string]any{"data": nested(tensor)})),
		"binary":       withTail(input("image", "UINT8", shape, map[string]any{"parameters": map[string]int{"binary_data_size": len(tensor)}}), tensor),
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			s.model.tensor = nil
			var got inferred
			s.send("POST", modelPath+"/infer", token, b).want(200).read(&got)
			if !bytes.Equal(s.model.tensor, tensor) {
				t.Errorf("the model saw %q", s.model.tensor)
			}
			if got.ModelName != "leaf-mobilenetv2" || got.ModelVersion != "1.0.0" || got.ID != "42" || len(got.Outputs) != 3 {
				t.Fatalf("%+v", got)
			}
			// In the model's order, not in that of the ranking.
			var p []float64
			if err := json.Unmarshal(got.Outputs[0].Data, &p); err != nil || len(p) != 3 || math.Abs(p[1]-0.9137) > 1e-6 || got.Outputs[0].Datatype != "FP32" {
				t.Errorf("probabilities %s, %v", got.Outputs[0].Data, err)
			}
			if string(got.Outputs[2].Data) != `["Anthracnose"]` {
				t.Errorf("verdict %s", got.Outputs[2].Data)
			}
		})
	}
}

func TestOIPBinaryOutput(t *testing.T) {
	s := newSite(t, nil)
	token := s.join("lito@farm.example").Access
	ask := input("image", "UINT8", []int{1, 2, 4, 3}, map[string]any{"data": numbers(tensor)})
	ask["outputs"] = []any{
		map[string]any{"name": "verdict"},
		map[string]any{"name": "probabilities", "parameters": map[string]bool{"binary_data": true}},
	}
	answer := s.send("POST", modelPath+"/versions/1.0.0/infer", token, object(ask)).want(200)
	head, err := strconv.Atoi(answer.header.Get("Inference-Header-Content-Length"))
	if err != nil || head > len(answer.body) {
		t.Fatalf("header length %q", answer.header.Get("Inference-Header-Content-Length"))
	}
	var got inferred
	if err := json.Unmarshal(answer.body[:head], &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Outputs) != 2 || got.Outputs[0].Name != "verdict" || got.Outputs[1].Parameters.Binary != 12 || got.Outputs[1].Data != nil {
		t.Fatalf("%+v", got)
	}
	tail := answer.body[head:]
	if p := math.Float32frombits(binary.LittleEndian.Uint32(tail[4:])); len(tail) != 12 || math.Abs(float64(p)-0.9137) > 1e-6 {
		t.Errorf("%d bytes, second %v", len(tail), p)
	}
}

func TestOIPPhoto(t *testing.T) {
	s := newSite(t, nil)
	token := s.join("lito@farm.example").Access
	jpeg := photo(t)
	element := append(binary.LittleEndian.AppendUint32(nil, uint32(len(jpeg))), jpeg...)
	for name, b := range map[string]*body{
		"bytes as they are":    {contentType: "image/jpeg", bytes: jpeg},
		"bytes without a type": {contentType: "application/octet-stream", bytes: jpeg},
		"base64":               object(input("photo", "BYTES", []int{1}, map[string]any{"data": []string{base64.StdEncoding.EncodeToString(jpeg)}})),
		"binary":               withTail(input("photo", "BYTES", []int{1}, map[string]any{"parameters": map[string]int{"binary_data_size": len(element)}}), element),
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			var got inferred
			s.send("POST", modelPath+"/infer", token, b).want(200).read(&got)
			if len(got.Outputs) != 3 || string(got.Outputs[2].Data) != `["Anthracnose"]` {
				t.Errorf("%+v", got)
			}
		})
	}
	if n, err := s.store.CountRecords(t.Context()); err != nil || n != 0 {
		t.Errorf("%d records, %v: an inference stores nothing", n, err)
	}
}

func TestOIPRefusals(t *testing.T) {
	s := newSite(t, nil)
	token := s.join("lito@farm.example").Access
	shape := []int{1, 2, 4, 3}
	binarySize := func(n int) map[string]any {
		return map[string]any{"parameters": map[string]int{"binary_data_size": n}}
	}
	lengths := func(b *body, length string) *body {
		b.header["Inference-Header-Content-Length"] = length
		return b
	}
	for name, c := range map[string]struct {
		body   *body
		status int
	}{
		"empty":                 {object(""), 400},
		"no JSON":               {object("nonsense"), 400},
		"no inputs":             {object("{}"), 400},
		"two inputs":            {object(`{"inputs":[{},{}]}`), 400},
		"unknown input":         {object(input("x", "UINT8", shape, nil)), 400},
		"float tensor":          {object(input("image", "FP32", shape, map[string]any{"data": numbers(tensor)})), 400},
		"other shape":           {object(input("image", "UINT8", []int{1, 4, 2, 3}, map[string]any{"data": numbers(tensor)})), 400},
		"no data":               {object(input("image", "UINT8", shape, nil)), 400},
		"too few values":        {object(input("image", "UINT8", shape, map[string]any{"data": numbers(tensor[1:])})), 400},
		"too many values":       {object(input("image", "UINT8", shape, map[string]any{"data": append(numbers(tensor), 1)})), 400},
		"256":                   {object(input("image", "UINT8", shape, map[string]any{"data": append(numbers(tensor[1:]), 256)})), 400},
		"negative":              {object(input("image", "UINT8", shape, map[string]any{"data": append(numbers(tensor[1:]), -1)})), 400},
		"fraction":              {object(input("image", "UINT8", shape, map[string]any{"data": []float64{0.5}})), 400},
		"text as data":          {object(input("image", "UINT8", shape, map[string]any{"data": "abc"})), 400},
		"binary, too short":     {withTail(input("image", "UINT8", shape, binarySize(24)), tensor[1:]), 400},
		"binary, other size":    {withTail(input("image", "UINT8", shape, binarySize(3)), tensor[:3]), 400},
		"binary, not announced": {withTail(input("image", "UINT8", shape, nil), tensor), 400},
		"header length too big": {lengths(withTail(input("image", "UINT8", shape, binarySize(24)), tensor), "999999"), 400},
		"header length a word":  {lengths(withTail(input("image", "UINT8", shape, binarySize(24)), tensor), "x"), 400},
		"photo, no base64":      {object(input("photo", "BYTES", []int{1}, map[string]any{"data": []string{"***"}})), 400},
		"photo, length lies":    {withTail(input("photo", "BYTES", []int{1}, binarySize(8)), []byte("\xff\xff\xff\xffabcd")), 400},
		"photo, damaged":        {&body{contentType: "image/jpeg", bytes: []byte("no photo")}, 400},
		"photo, empty":          {&body{contentType: "image/jpeg"}, 400},
		"photo, too large":      {&body{contentType: "image/jpeg", bytes: make([]byte, 16<<20)}, 413},
		"unknown output":        {object(fmt.Sprintf(`{"inputs":[{"name":"image","datatype":"UINT8","shape":[1,2,4,3],"data":[%s0]}],"outputs":[{"name":"x"}]}`, strings.Repeat("0,", 23))), 400},
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			s.send("POST", modelPath+"/infer", token, c.body).want(c.status).refusal()
		})
	}
	s.send("POST", "/v2/models/other/infer", token, object("{}")).want(404).refusal()
}
