package api_test

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"mangosense/preprocess"
	"mangosense/server/internal/api"
	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/mango"
)

// standIn answers for everything that needs a model.
type standIn struct {
	wait      func() // before each diagnosis; may be nil
	diagnosis mango.Diagnosis
	err       error
	tensor    []byte
	work      float64 // of each photo
	files     []api.ModelFile
	switched  map[mango.Kind]string
}

func newStandIn() *standIn {
	leaf := mango.Model{ID: "leaf-mobilenetv2", Version: "1.0.0", File: "leaf-mobilenetv2.tflite", Kind: mango.Leaf}
	fruit := mango.Model{ID: "fruit-mobilenetv2", Version: "1.0.0", File: "fruit-mobilenetv2.tflite", Kind: mango.Fruit}
	return &standIn{
		diagnosis: mango.Diagnosis{
			Kind: mango.Leaf, Verdict: mango.Named, Disease: "Anthracnose", Confidence: 0.9137,
			Ranking: []mango.Class{{Disease: "Anthracnose", Probability: 0.9137}, {Disease: "Die Back", Probability: 0.05}, {Disease: "Healthy", Probability: 0.0363}},
			Gate:    mango.Gate{Present: true, Leaf: 0.97, Fruit: 0.02, Other: 0.01, Threshold: 0.6, Passed: true},
			Model:   leaf, InputWidth: 224, InputHeight: 224,
		},
		files: []api.ModelFile{{Model: leaf, Active: true, Width: 224, Height: 224, Classes: 3}, {Model: fruit, Active: true, Width: 224, Height: 224, Classes: 3}},
	}
}

func (s *standIn) Pool(all []mango.Diagnosis, _ mango.Kind) (mango.Diagnosis, int) {
	return diagnose.Pool(all, 0.2)
}

// pixels reads the headers of photos.
var pixels = sync.OnceValues(func() (*preprocess.Preprocessor, error) { return preprocess.New(preprocess.Config{}) })

func (m *standIn) Probe(photo []byte, sum [32]byte) (preprocess.Photo, error) {
	p, err := pixels()
	if err != nil {
		return preprocess.Photo{}, err
	}
	read, err := p.Probe(photo)
	if _, sentence, ok := preprocess.Public(err); ok {
		err = mango.Wrap(mango.InvalidPhoto, errors.Join(mango.ErrNotAPhoto, err), sentence)
	}
	read.SHA256 = sum
	return read, err
}

func (m *standIn) Work(preprocess.Photo, mango.Request) float64 { return max(1, m.work) }

func (m *standIn) Diagnose(_ context.Context, shown preprocess.Photo, req mango.Request) (mango.Diagnosis, error) {
	if m.wait != nil {
		m.wait()
	}
	d := m.diagnosis
	d.Kind = req.Kind
	photo, err := m.Inspect(shown)
	if m.err != nil {
		err = m.err
	}
	d.Photo = photo
	return d, err
}

func (m *standIn) Inspect(photo preprocess.Photo) (mango.Photo, error) {
	width, height := photo.Upright()
	return mango.Photo{SHA256: photo.SHA256, Format: photo.Format.String(), Width: width, Height: height, Bytes: int64(len(photo.Bytes))}, nil
}

func (m *standIn) Infer(_ context.Context, kind mango.Kind, tensor []byte) (mango.Diagnosis, error) {
	m.tensor = bytes.Clone(tensor)
	d := m.diagnosis
	d.Kind = kind
	return d, m.err
}

func (m *standIn) Models() []api.InferenceModel {
	var out []api.InferenceModel
	for _, f := range m.files {
		out = append(out, api.InferenceModel{ID: f.ID, Version: f.Version, Kind: f.Kind, Width: 4, Height: 2, Colors: 3,
			Classes: []string{"Healthy", "Anthracnose", "Die Back"}, Gate: []string{"leaf", "fruit", "other"}})
	}
	return out
}

func (m *standIn) ModelFiles() []api.ModelFile { return m.files }

func (m *standIn) SwitchModels(_ context.Context, _ mango.Actor, files map[mango.Kind]string) error {
	m.switched = files
	return m.err
}
