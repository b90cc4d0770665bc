package inference

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"mangosense/server/internal/api/jsonbody"
	"mangosense/server/internal/mango"
)

// inference is a request of the protocol, read and checked: one tensor or one
// photo, and what is wanted back.
type inference struct {
	id            string
	tensor, photo []byte
	wanted        []wanted
	binary        bool // every output that is not asked for by name
}

// parseInference reads the JSON part and the binary part of a request.
func parseInference(head, tail []byte, m Model) (*inference, error) {
	var r request
	rest, large, err := cutData(head)
	if err != nil {
		return nil, err
	}
	if err := jsonbody.Parse(rest, &r, jsonbody.Broken); err != nil {
		return nil, err
	}
	if len(r.Inputs) != 1 {
		return nil, fault("inputs", "must be one tensor, image or photo")
	}
	if large != nil && string(r.Inputs[0].Data) == "null" {
		r.Inputs[0].Data = large
	}
	if len(r.ID) > 200 || len(r.Outputs) > 16 {
		return nil, fault("id, outputs", "are too long")
	}
	in := r.Inputs[0]
	if size := in.Parameters.BinarySize; size != nil {
		if *size != len(tail) {
			return nil, fault("inputs[0].parameters.binary_data_size", "must be what follows the JSON part")
		}
		if in.Data != nil {
			return nil, fault("inputs[0].data", "must be absent when the tensor is binary")
		}
	} else if len(tail) > 0 {
		return nil, fault("inputs[0].parameters.binary_data_size", "is required for a binary tensor")
	} else {
		tail = nil
	}
	asked := &inference{id: r.ID, wanted: r.Outputs, binary: r.Parameters.BinaryOutput != nil && *r.Parameters.BinaryOutput}
	switch in.Name {
	case imageName:
		asked.tensor, err = imageTensor(in, tail, m)
	case photoName:
		asked.photo, err = photoTensor(in, tail)
	default:
		err = fault("inputs[0].name", "must be image or photo")
	}
	if err != nil {
		return nil, err
	}
	return asked, nil
}

// imageTensor is the picture's bytes, height × width × colours.
func imageTensor(in input, raw []byte, m Model) ([]byte, error) {
	want := []int{1, m.Height, m.Width, m.Colors}
	switch {
	case in.Datatype != "UINT8":
		return nil, fault("inputs[0].datatype", "must be UINT8")
	case !slices.Equal(in.Shape, want):
		return nil, fault("inputs[0].shape", fmt.Sprintf("must be [1, %d, %d, %d]", m.Height, m.Width, m.Colors))
	}
	n := m.Height * m.Width * m.Colors
	if in.Parameters.BinarySize != nil {
		if len(raw) != n {
			return nil, fault("inputs[0].parameters.binary_data_size", fmt.Sprintf("must be %d", n))
		}
		return raw, nil
	}
	tensor, ok := numbers(in.Data, n)
	switch {
	case !ok:
		return nil, fault("inputs[0].data", "must be whole numbers from 0 to 255, flat or nested as the shape")
	case len(tensor) != n:
		return nil, fault("inputs[0].data", fmt.Sprintf("must have %d values", n))
	}
	return tensor, nil
}

// flatten reads the numbers of valid JSON in their order, whatever the
// nesting; at most n+1 of them. Anything that is no whole number of one byte is
// not ok.
func flatten(data []byte, n int) (tensor []byte, ok bool) {
	tensor = make([]byte, 0, n)
	value, digits := 0, 0
	for i := range len(data) + 1 {
		c := byte(' ') // ends the last one
		if i < len(data) {
			c = data[i]
		}
		switch {
		case c >= '0' && c <= '9':
			value = value*10 + int(c-'0')
			if digits++; value > math.MaxUint8 {
				return nil, false
			}
		case c == ' ', c == ',', c == '[', c == ']', c == '\t', c == '\n', c == '\r':
			if digits > 0 {
				tensor = append(tensor, byte(value))
			}
			value, digits = 0, 0
			if len(tensor) > n {
				return tensor, true
			}
		default:
			return nil, false
		}
	}
	return tensor, true
}

// photoTensor is a photo's file: binary, with the protocol's 4-byte length
// before it, or base64 in JSON.
func photoTensor(in input, raw []byte) ([]byte, error) {
	switch {
	case in.Datatype != "BYTES":
		return nil, fault("inputs[0].datatype", "must be BYTES")
	case !slices.Equal(in.Shape, []int{1}) && !slices.Equal(in.Shape, []int{1, 1}):
		return nil, fault("inputs[0].shape", "must be [1]")
	}
	if in.Parameters.BinarySize != nil {
		if len(raw) < 5 || uint64(binary.LittleEndian.Uint32(raw)) != uint64(len(raw)-4) {
			return nil, fault("inputs[0]", "must be one element: its length in 4 bytes, then the photo")
		}
		return raw[4:], nil
	}
	photo, err := photoText(in.Data)
	if err != nil || len(photo) == 0 {
		return nil, fault("inputs[0].data", "must be one base64 text")
	}
	return photo, nil
}

// choose keeps the outputs that were asked for, in that order, binary where
// that was asked for.
func (q *inference) choose(all []output) ([]output, error) {
	if len(q.wanted) == 0 {
		for i := range all {
			if !q.binary {
				all[i].raw = nil
			}
		}
		return all, nil
	}
	var out []output
	for i, w := range q.wanted {
		at := slices.IndexFunc(all, func(o output) bool { return o.Name == w.Name })
		if at < 0 {
			return nil, fault(fmt.Sprintf("outputs[%d].name", i), "is not an output of this model")
		}
		o := all[at]
		if binary := w.Parameters.Binary; (binary == nil && !q.binary) || (binary != nil && !*binary) {
			o.raw = nil
		}
		out = append(out, o)
	}
	return out, nil
}

func floatOutput(name string, values []float32) output {
	o := output{Name: name, Shape: []int{1, len(values)}, Datatype: "FP32", Data: values}
	for _, v := range values {
		o.raw = binary.LittleEndian.AppendUint32(o.raw, math.Float32bits(v))
	}
	return o
}

func textOutput(name, text string) output {
	raw := binary.LittleEndian.AppendUint32(nil, uint32(len(text)))
	return output{Name: name, Shape: []int{1}, Datatype: "BYTES", Data: []string{text}, raw: append(raw, text...)}
}

func fault(field, sentence string) error {
	return &mango.Error{Code: mango.Invalid, Public: field + " " + sentence + ".", Fields: []string{field + ": " + sentence}}
}
