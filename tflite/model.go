package tflite

/*
#include <tensorflow/lite/c/c_api.h>
*/
import "C"

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Model is an open model with its pool of interpreters.
type Model struct {
	info   Info
	loaded *loaded
	cache  *weightsCache
	pool   pool
	once   sync.Once

	weights []extent // of the file, packed in cache
	slim    bool     // and no longer in the memory of loaded
}

// Open reads a model file, checks it, makes the first interpreter of the pool and
// runs it once, so that the first real photo is as fast as the next. Its errors
// name the file and the fault.
func Open(path string, cfg Config) (*Model, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("cannot open model %s: %w", path, err)
	}
	leaveOutInfo()
	m, err := open(path, cfg)
	if errors.Is(err, errStillRead) {
		cfg.keepFile = true
		m, err = open(path, cfg)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot open model %s: %w", path, err)
	}
	trim()
	return m, nil
}

func open(path string, cfg Config) (*Model, error) {
	m := &Model{info: Info{Path: path}}
	if err := m.open(cfg); err != nil {
		_ = m.Close()
		return nil, err
	}
	return m, nil
}

func (m *Model) open(cfg Config) (err error) {
	m.loaded, err = load(m.info.Path, cfg.MaxBytes, func(bytes []byte, digest [sha256.Size]byte) (err error) {
		m.info.Bytes = int64(len(bytes))
		if m.info.TotalNodes, m.weights, err = checkModel(bytes); err != nil {
			return err // says more than that the digest differs
		}
		if have := hex.EncodeToString(digest[:]); cfg.SHA256 != "" && have != cfg.SHA256 {
			return fmt.Errorf("%w: it has %s, not %s", ErrDigest, have, cfg.SHA256)
		}
		return nil
	})
	if err != nil {
		return err
	}
	defer m.loaded.settle()
	if !cfg.DefaultPath && !cfg.NoWeightsCache {
		if m.cache = newWeightsCache(int(m.info.Bytes)); m.cache == nil {
			return errors.New("cannot set memory aside for its weights")
		}
	}
	return m.fillPool(cfg)
}

// fillPool makes the first interpreter and learns from it what the model is.
func (m *Model) fillPool(cfg Config) error {
	m.pool.init(cfg.Interpreters, func() (*interpreter, error) { return m.another(cfg) })
	first, err := newInterpreter(m.loaded.model, cfg, m.cache)
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

// learn reads the first interpreter's tensors and plan, and runs it. The others
// are made of the same file in the same way.
func (m *Model) learn(it *interpreter, cfg Config) error {
	m.info.Input, m.info.Outputs = it.tensors()
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
	before, err := it.answer()
	if err != nil || m.cache == nil || it.plan.weighty() > 0 || cfg.keepFile {
		return err
	}
	if err := m.loaded.file.empty(m.weights); err != nil {
		return err
	}
	m.slim = true
	after, err := it.answer()
	if err == nil && !bytes.Equal(before, after) {
		err = errStillRead
	}
	return err
}

// errStillRead: the answer changes when the file's weights are gone.
var errStillRead = errors.New("the library still reads weights that it has packed")

// another makes an interpreter for an open model and runs it once, so that its
// first photo is as fast as the next. Where the file's weights are gone it is read
// anew, and must still be the same.
func (m *Model) another(cfg Config) (*interpreter, error) {
	if !m.slim {
		return made(newInterpreter(m.loaded.model, cfg, m.cache))
	}
	again, err := load(m.info.Path, cfg.MaxBytes, func([]byte, [sha256.Size]byte) error { return nil })
	if err != nil {
		return nil, err
	}
	if again.digest != m.loaded.digest {
		again.Close()
		return nil, fmt.Errorf("%w: it is another one now", ErrDamaged)
	}
	it, err := made(newInterpreter(again.model, cfg, m.cache))
	if err != nil {
		again.Close()
		return nil, err
	}
	it.own = again
	defer again.settle()
	if err := again.file.empty(m.weights); err != nil {
		it.Close()
		return nil, err
	}
	return it, nil
}

// made runs a new interpreter once.
func made(it *interpreter, err error) (*interpreter, error) {
	if err != nil {
		return nil, err
	}
	defer trim()
	if _, err := it.answer(); err != nil {
		it.Close()
		return nil, err
	}
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
		if m.loaded != nil {
			m.loaded.Close()
		}
		trim()
	})
	return nil
}

// Version is the version of the TensorFlow Lite library in use.
func Version() string { return C.GoString(C.TfLiteVersion()) }
