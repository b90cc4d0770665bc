// Package inference answers standard inference clients: the Open Inference
// Protocol, version 2, over REST.
//
// A model takes one picture as a tensor, already resized and upright, or (our
// extension) one photo as its file's bytes. Both pass admission like any other
// photo, and nothing is stored. What a client sends is checked where it lies:
// a tensor is not copied into memory that nobody counts.
package inference

import (
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// Model is a loaded model as such clients see it.
type Model struct {
	ID, Version           string
	Kind                  mango.Kind
	Classes               []string // in the order of the output
	Gate                  []string // names of the gate's values; empty: no gate
	Width, Height, Colors int      // of the input
}

// Handlers answer the routes.
type Handlers struct {
	Intake        *intake.Intake
	Models        func() []Model
	Refuses       func() bool // a photo sent now would be refused
	Version       string
	MaxPhotoBytes int64
}
