package inference_test

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

	"mangosense/server/internal/api/apitest"
)

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
func withTail(head any, tail []byte) *apitest.Body {
	b := apitest.Object(head)
	b.ContentType = "application/octet-stream"
	b.Header = map[string]string{"Inference-Header-Content-Length": strconv.Itoa(len(b.Bytes))}
	b.Bytes = append(b.Bytes, tail...)
	return b
}

func TestOIPMetadata(t *testing.T) {
	s := apitest.New(t, nil)
	token := s.Join("lito@farm.example").Access
	for path, want := range map[string]string{
		"/v2":                                         `"name":"mangosense"`,
		"/v2/health/live":                             `"live":true`,
		"/v2/health/ready":                            `"ready":true`,
		apitest.ModelPath:                             `"inputs":[{"name":"image","datatype":"UINT8","shape":[1,2,4,3]`,
		apitest.ModelPath + "/versions/1.0.0":         `"versions":["1.0.0"]`,
		apitest.ModelPath + "/ready":                  `"ready":true`,
		apitest.ModelPath + "/versions/1.0.0/ready":   `"ready":true`,
		"/v2/models/fruit-mobilenetv2/versions/1.0.0": `"name":"fruit-mobilenetv2"`,
	} {
		if got := s.Send("GET", path, token, nil).Want(200); !strings.Contains(string(got.Body), want) {
			t.Errorf("%s: %s", path, got.Body)
		}
	}
	for _, path := range []string{"/v2/models/other", apitest.ModelPath + "/versions/9", apitest.ModelPath + "/versions/9/ready"} {
		s.Send("GET", path, token, nil).Want(404).Refusal()
	}
}

func TestOIPTensor(t *testing.T) {
	s := apitest.New(t, nil)
	token := s.Join("lito@farm.example").Access
	shape := []int{1, 2, 4, 3}
	for name, b := range map[string]*apitest.Body{
		"JSON, flat":   apitest.Object(input("image", "UINT8", shape, map[string]any{"data": numbers(tensor)})),
		"JSON, nested": apitest.Object(input("image", "UINT8", shape, map[string]any{"data": nested(tensor)})),
		"binary":       withTail(input("image", "UINT8", shape, map[string]any{"parameters": map[string]int{"binary_data_size": len(tensor)}}), tensor),
	} {
		t.Run(name, func(t *testing.T) {
			s := s.In(t)
			s.Model.Tensor = nil
			var got inferred
			s.Send("POST", apitest.ModelPath+"/infer", token, b).Want(200).Read(&got)
			if !bytes.Equal(s.Model.Tensor, tensor) {
				t.Errorf("the model saw %q", s.Model.Tensor)
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
	s := apitest.New(t, nil)
	token := s.Join("lito@farm.example").Access
	ask := input("image", "UINT8", []int{1, 2, 4, 3}, map[string]any{"data": numbers(tensor)})
	ask["outputs"] = []any{
		map[string]any{"name": "verdict"},
		map[string]any{"name": "probabilities", "parameters": map[string]bool{"binary_data": true}},
	}
	answer := s.Send("POST", apitest.ModelPath+"/versions/1.0.0/infer", token, apitest.Object(ask)).Want(200)
	head, err := strconv.Atoi(answer.Header.Get("Inference-Header-Content-Length"))
	if err != nil || head > len(answer.Body) {
		t.Fatalf("header length %q", answer.Header.Get("Inference-Header-Content-Length"))
	}
	var got inferred
	if err := json.Unmarshal(answer.Body[:head], &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Outputs) != 2 || got.Outputs[0].Name != "verdict" || got.Outputs[1].Parameters.Binary != 12 || got.Outputs[1].Data != nil {
		t.Fatalf("%+v", got)
	}
	tail := answer.Body[head:]
	if p := math.Float32frombits(binary.LittleEndian.Uint32(tail[4:])); len(tail) != 12 || math.Abs(float64(p)-0.9137) > 1e-6 {
		t.Errorf("%d bytes, second %v", len(tail), p)
	}
}

func TestOIPPhoto(t *testing.T) {
	s := apitest.New(t, nil)
	token := s.Join("lito@farm.example").Access
	jpeg := apitest.Photo(t)
	element := append(binary.LittleEndian.AppendUint32(nil, uint32(len(jpeg))), jpeg...)
	for name, b := range map[string]*apitest.Body{
		"bytes as they are":    {ContentType: "image/jpeg", Bytes: jpeg},
		"bytes without a type": {ContentType: "application/octet-stream", Bytes: jpeg},
		"base64":               apitest.Object(input("photo", "BYTES", []int{1}, map[string]any{"data": []string{base64.StdEncoding.EncodeToString(jpeg)}})),
		"binary":               withTail(input("photo", "BYTES", []int{1}, map[string]any{"parameters": map[string]int{"binary_data_size": len(element)}}), element),
	} {
		t.Run(name, func(t *testing.T) {
			s := s.In(t)
			var got inferred
			s.Send("POST", apitest.ModelPath+"/infer", token, b).Want(200).Read(&got)
			if len(got.Outputs) != 3 || string(got.Outputs[2].Data) != `["Anthracnose"]` {
				t.Errorf("%+v", got)
			}
		})
	}
	if n, err := s.Store.CountRecords(t.Context()); err != nil || n != 0 {
		t.Errorf("%d records, %v: an inference stores nothing", n, err)
	}
}

func TestOIPRefusals(t *testing.T) {
	s := apitest.New(t, nil)
	token := s.Join("lito@farm.example").Access
	shape := []int{1, 2, 4, 3}
	binarySize := func(n int) map[string]any {
		return map[string]any{"parameters": map[string]int{"binary_data_size": n}}
	}
	lengths := func(b *apitest.Body, length string) *apitest.Body {
		b.Header["Inference-Header-Content-Length"] = length
		return b
	}
	for name, c := range map[string]struct {
		body   *apitest.Body
		status int
	}{
		"empty":                 {apitest.Object(""), 400},
		"no JSON":               {apitest.Object("nonsense"), 400},
		"no inputs":             {apitest.Object("{}"), 400},
		"two inputs":            {apitest.Object(`{"inputs":[{},{}]}`), 400},
		"unknown input":         {apitest.Object(input("x", "UINT8", shape, nil)), 400},
		"float tensor":          {apitest.Object(input("image", "FP32", shape, map[string]any{"data": numbers(tensor)})), 400},
		"other shape":           {apitest.Object(input("image", "UINT8", []int{1, 4, 2, 3}, map[string]any{"data": numbers(tensor)})), 400},
		"no data":               {apitest.Object(input("image", "UINT8", shape, nil)), 400},
		"too few values":        {apitest.Object(input("image", "UINT8", shape, map[string]any{"data": numbers(tensor[1:])})), 400},
		"too many values":       {apitest.Object(input("image", "UINT8", shape, map[string]any{"data": append(numbers(tensor), 1)})), 400},
		"256":                   {apitest.Object(input("image", "UINT8", shape, map[string]any{"data": append(numbers(tensor[1:]), 256)})), 400},
		"negative":              {apitest.Object(input("image", "UINT8", shape, map[string]any{"data": append(numbers(tensor[1:]), -1)})), 400},
		"fraction":              {apitest.Object(input("image", "UINT8", shape, map[string]any{"data": []float64{0.5}})), 400},
		"text as data":          {apitest.Object(input("image", "UINT8", shape, map[string]any{"data": "abc"})), 400},
		"binary, too short":     {withTail(input("image", "UINT8", shape, binarySize(24)), tensor[1:]), 400},
		"binary, other size":    {withTail(input("image", "UINT8", shape, binarySize(3)), tensor[:3]), 400},
		"binary, not announced": {withTail(input("image", "UINT8", shape, nil), tensor), 400},
		"header length too big": {lengths(withTail(input("image", "UINT8", shape, binarySize(24)), tensor), "999999"), 400},
		"header length a word":  {lengths(withTail(input("image", "UINT8", shape, binarySize(24)), tensor), "x"), 400},
		"photo, no base64":      {apitest.Object(input("photo", "BYTES", []int{1}, map[string]any{"data": []string{"***"}})), 400},
		"photo, length lies":    {withTail(input("photo", "BYTES", []int{1}, binarySize(8)), []byte("\xff\xff\xff\xffabcd")), 400},
		"photo, damaged":        {&apitest.Body{ContentType: "image/jpeg", Bytes: []byte("no photo")}, 400},
		"photo, empty":          {&apitest.Body{ContentType: "image/jpeg"}, 400},
		"photo, too large":      {&apitest.Body{ContentType: "image/jpeg", Bytes: make([]byte, 16<<20)}, 413},
		"unknown output":        {apitest.Object(fmt.Sprintf(`{"inputs":[{"name":"image","datatype":"UINT8","shape":[1,2,4,3],"data":[%s0]}],"outputs":[{"name":"x"}]}`, strings.Repeat("0,", 23))), 400},
	} {
		t.Run(name, func(t *testing.T) {
			s := s.In(t)
			s.Send("POST", apitest.ModelPath+"/infer", token, c.body).Want(c.status).Refusal()
		})
	}
	s.Send("POST", "/v2/models/other/infer", token, apitest.Object("{}")).Want(404).Refusal()
}
