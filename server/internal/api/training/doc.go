// Package training answers about what models are made of and which of them
// answer: the images that experts have checked, and the files in the models
// folder.
//
// Training does not fit into a serving process of 512 MB: it is done by the
// tools, from an export. So the routes that would start something say so, with
// the data that the web admin needs to draw its page, and the others tell what
// there is.
package training

import (
	"context"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// Store counts records and marks them; see mango.Records.
type Store interface {
	Record(ctx context.Context, by mango.Actor, id uint64) (*mango.Record, error)
	ChangeRecords(ctx context.Context, by mango.Actor, ids []uint64, c mango.RecordChange) ([]mango.Record, error)
	Statistics(ctx context.Context, by mango.Actor) (mango.Statistics, error)
	CanonicalClass(name string) string
}

// Models are the weights in the models folder, and the switch between them.
type Models interface {
	// ModelFiles lists them: by kind, then as the manifest does.
	ModelFiles() []mango.ModelFile
	// SwitchModels makes the named file of each kind the one that answers, now
	// and after a restart. All are loaded and checked first: on an error
	// (Invalid: a file is not fit) nothing has changed.
	SwitchModels(ctx context.Context, by mango.Actor, files map[mango.Kind]string) error
}

// LoadedModel is a model that answers.
type LoadedModel struct {
	ID, Version string
	Kind        mango.Kind
	Classes     []string
}

// Handlers answer the routes.
type Handlers struct {
	Store  Store
	Models Models
	Intake *intake.Intake
	// ImportBytes is how long the body of one import may be.
	ImportBytes int
	// Loaded are the models that answer now.
	Loaded func() []LoadedModel
}

// The longest texts, in characters, and how many records one call may name.
const (
	maxNotes     = 5000
	maxClassName = 100
	maxIDs       = mango.MaxPage
)

// recordOf is the record that the path names.
func (h *Handlers) recordOf(c *kit.Call) (*mango.Record, error) {
	id, err := c.ID("Image")
	if err != nil {
		return nil, err
	}
	r, err := h.Store.Record(c.Context(), c.Actor(), id)
	return r, kit.Renamed(err, "Image not found")
}
