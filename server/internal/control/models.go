package control

import (
	"context"
	"encoding/json"

	"mangosense/server/internal/mango"
)

// Models are the models of a running server.
type Models interface {
	// SwitchModels lets the named file of each kind answer, now and after a restart.
	SwitchModels(ctx context.Context, by mango.Actor, files map[mango.Kind]string) error
}

// SetModels gives the operations the models of a running server, once they are
// open; until then a choice waits for the next start.
func (o *Ops) SetModels(m Models) { o.models.Store(&m) }

// Choice chooses the model of a kind.
type Choice struct {
	Kind mango.Kind `json:"kind"`
	File string     `json:"file"` // empty: the delivered one
	// Advice is of the classes that the vocabulary may not know yet.
	Advice map[string]string `json:"advice,omitempty"`
}

func (o *Ops) settings(_ context.Context, _ json.RawMessage, sink Sink) error {
	return sink.line(o.Store.Settings())
}

// chooseModel has a model answer: of the running server at once, else at the next
// start. Its classes are in the vocabulary before it answers.
func (o *Ops) chooseModel(ctx context.Context, args json.RawMessage, sink Sink) error {
	c, err := read[Choice](args)
	if err != nil {
		return err
	}
	for name, advice := range c.Advice {
		if o.knows(name, c.Kind) {
			continue
		}
		if err := o.Store.PutDisease(ctx, mango.System, &mango.DiseaseEntry{Name: name, Part: c.Kind, Description: advice}); err != nil && mango.CodeOf(err) != mango.Conflict {
			return err
		}
	}
	if m := o.models.Load(); m != nil && c.File != "" {
		err = (*m).SwitchModels(ctx, mango.System, map[mango.Kind]string{c.Kind: c.File})
	} else {
		err = o.Store.SetModel(ctx, mango.System, c.Kind, c.File)
	}
	if err != nil {
		return err
	}
	return sink.line(o.Store.Settings())
}

// knows reports whether the vocabulary has a disease.
func (o *Ops) knows(name string, part mango.Kind) bool {
	for _, d := range o.Store.Vocabulary().Diseases {
		if d.Part == part && mango.SameClass(d.Name, name) {
			return true
		}
	}
	return false
}

// Settings are what was chosen.
func (s *Session) Settings(ctx context.Context) (mango.Settings, error) {
	return one[mango.Settings](ctx, s, "settings", nil, nil)
}

// ChooseModel chooses the model of a kind.
func (s *Session) ChooseModel(ctx context.Context, c Choice) (mango.Settings, error) {
	return one[mango.Settings](ctx, s, "model choose", c, nil)
}
