package apitest

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

// StandIn answers for everything that needs a model.
type StandIn struct {
	Wait      func() // before each diagnosis; may be nil
	Diagnosis mango.Diagnosis
	Err       error
	Tensor    []byte
	PhotoWork float64 // of each photo
	Files     []api.ModelFile
	Switched  map[mango.Kind]string
}

func newStandIn() *StandIn {
	leaf := mango.Model{ID: "leaf-mobilenetv2", Version: "1.0.0", File: "leaf-mobilenetv2.tflite", Kind: mango.Leaf}
	fruit := mango.Model{ID: "fruit-mobilenetv2", Version: "1.0.0", File: "fruit-mobilenetv2.tflite", Kind: mango.Fruit}
	return &StandIn{
		Diagnosis: mango.Diagnosis{
			Kind: mango.Leaf, Verdict: mango.Named, Disease: "Anthracnose", Confidence: 0.9137,
			Ranking: []mango.Class{{Disease: "Anthracnose", Probability: 0.9137}, {Disease: "Die Back", Probability: 0.05}, {Disease: "Healthy", Probability: 0.0363}},
			Gate:    mango.Gate{Present: true, Leaf: 0.97, Fruit: 0.02, Other: 0.01, Threshold: 0.6, Passed: true},
			Model:   leaf, InputWidth: 96, InputHeight: 96,
		},
		Files: []api.ModelFile{{Model: leaf, Active: true, Width: 96, Height: 96, Classes: 3}, {Model: fruit, Active: true, Width: 96, Height: 96, Classes: 3}},
	}
}

func (s *StandIn) Pool(all []mango.Diagnosis, _ mango.Kind) (mango.Diagnosis, int) {
	return diagnose.Pool(all, 0.2)
}

// pixels reads the headers of photos.
var pixels = sync.OnceValues(func() (*preprocess.Preprocessor, error) { return preprocess.New(preprocess.Config{}) })

func (m *StandIn) Probe(photo []byte, sum [32]byte) (preprocess.Photo, error) {
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

func (m *StandIn) Work(preprocess.Photo, mango.Request) float64 { return max(1, m.PhotoWork) }

func (m *StandIn) Diagnose(_ context.Context, shown preprocess.Photo, req mango.Request) (mango.Diagnosis, error) {
	if m.Wait != nil {
		m.Wait()
	}
	d := m.Diagnosis
	d.Kind = req.Kind
	photo, err := m.Inspect(shown)
	if m.Err != nil {
		err = m.Err
	}
	d.Photo = photo
	return d, err
}

func (m *StandIn) Inspect(photo preprocess.Photo) (mango.Photo, error) {
	width, height := photo.Upright()
	return mango.Photo{SHA256: photo.SHA256, Format: photo.Format.String(), Width: width, Height: height, Bytes: int64(len(photo.Bytes))}, nil
}

func (m *StandIn) Infer(_ context.Context, kind mango.Kind, tensor []byte) (mango.Diagnosis, error) {
	m.Tensor = bytes.Clone(tensor)
	d := m.Diagnosis
	d.Kind = kind
	return d, m.Err
}

func (m *StandIn) Models() []api.InferenceModel {
	var out []api.InferenceModel
	for _, f := range m.Files {
		out = append(out, api.InferenceModel{ID: f.ID, Version: f.Version, Kind: f.Kind, Width: 4, Height: 2, Colors: 3,
			Classes: []string{"Healthy", "Anthracnose", "Die Back"}, Gate: []string{"leaf", "fruit", "other"}})
	}
	return out
}

func (m *StandIn) ModelFiles() []api.ModelFile { return m.Files }

func (m *StandIn) SwitchModels(_ context.Context, _ mango.Actor, files map[mango.Kind]string) error {
	m.Switched = files
	return m.Err
}

const ModelPath = "/v2/models/leaf-mobilenetv2"
