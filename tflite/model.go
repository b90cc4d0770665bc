package tflite

/*
#include <tensorflow/lite/c/c_api.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/mattn/go-tflite"
)

// Model is an open model with its pool of interpreters.
type Model struct {
	info  Info
	model *tflite.Model
	cache *weightsCache
	pool  pool
	once  sync.Once
}

// Open reads a model file, checks it, makes the first interpreter of the pool and
// runs it once, so that the first real photo is as fast as the next. Its errors
// name the file and the fault.
func Open(path string, cfg Config) (*Model, error) {
	m := &Model{info: Info{Path: path}}
	cfg, err := cfg.withDefaults()
	if err == nil {
		err = m.open(cfg)
	}
	if err != nil {
		_ = m.Close()
		return nil, fmt.Errorf("cannot open model %s: %w", path, err)
	}
	trim()
	return m, nil
}

func (m *Model) open(cfg Config) error {
	file, err := freeze(m.info.Path, cfg.MaxBytes)
	if err != nil {
		return err
	}
	defer file.Close()
	m.info.Bytes = int64(len(file.bytes))
	if m.info.TotalNodes, err = checkModel(file.bytes); err != nil {
		return err
	}
	if m.model = tflite.NewModelFromFile(file.path()); m.model == nil {
		return fmt.Errorf("%w: the library refuses it", ErrDamaged)
	}
	if !cfg.DefaultPath && !cfg.NoWeightsCache {
		if m.cache = newWeightsCache(len(file.bytes)); m.cache == nil {
			return errors.New("cannot set memory aside for its weights")
		}
	}
	return m.fillPool(cfg)
}

// fillPool makes the first interpreter and learns from it what the model is.
func (m *Model) fillPool(cfg Config) error {
	m.pool.init(cfg.Interpreters, func() (*interpreter, error) { return m.another(cfg) })
	first, err := newInterpreter(m.model, cfg, m.cache)
	if err != nil {
		return err
	}
	if err := m.learn(first, cfg); err != nil {
		first.Close()
		return err
	}
	m.pool.add(first)
	return nil
}

// learn reads the first interpreter's tensors and plan, and runs it once. The
// others are made of the same file in the same way.
func (m *Model) learn(it *interpreter, cfg Config) error {
	m.info.Input, m.info.Outputs = it.tensors()
	if err := cfg.Want.check(m.info.Input, m.info.Outputs); err != nil {
		return err
	}
	steps, delegated, ok := it.plan.read()
	if !ok {
		return errors.New("the library does not say by which plan it runs")
	}
	own := steps - delegated // operators left to the library's own kernels
	m.info.DelegatedNodes = m.info.TotalNodes - own
	if delegated > 0 {
		m.info.Delegate = "XNNPACK"
	}
	if m.cache != nil && !m.cache.finalize(cfg.Interpreters > 1) {
		return errors.New("the library cannot share its weights")
	}
	return it.warm()
}

// another makes an interpreter for an open model and runs it once, so that its
// first photo is as fast as the next.
func (m *Model) another(cfg Config) (*interpreter, error) {
	it, err := newInterpreter(m.model, cfg, m.cache)
	if err != nil {
		return nil, err
	}
	if err := it.warm(); err != nil {
		it.Close()
		return nil, err
	}
	trim()
	return it, nil
}

// Info describes the model. The caller may keep and change what it gets.
func (m *Model) Info() Info {
	info := m.info
	info.Input.Shape = slices.Clone(info.Input.Shape)
	info.Outputs = slices.Clone(info.Outputs)
	for i := range info.Outputs {
		info.Outputs[i].Shape = slices.Clone(info.Outputs[i].Shape)
	}
	return info
}

// Interpreters is how many there are now: one at first, and up to
// Config.Interpreters as callers have to wait for each other.
func (m *Model) Interpreters() int { return m.pool.count() }

// InUse is how many interpreters compute at this moment.
func (m *Model) InUse() int { return int(m.pool.lent.Load()) }

// Close waits for the computations under way and frees the model. Further calls
// wait for the first and do nothing. It always returns nil.
func (m *Model) Close() error {
	m.once.Do(func() {
		m.pool.close()
		if m.cache != nil {
			m.cache.Delete()
		}
		if m.model != nil {
			m.model.Delete()
		}
		trim()
	})
	return nil
}

// Version is the version of the TensorFlow Lite library in use.
func Version() string { return C.GoString(C.TfLiteVersion()) }
