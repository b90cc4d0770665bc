package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"mangosense/models"
	"mangosense/server/internal/control"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/modelset"
	"mangosense/server/internal/store"
	"mangosense/server/internal/versions"
)

type modelsCmd struct {
	List     listModelsCmd    `cmd:"" help:"Print the models that could answer."`
	Adapt    adaptCmd         `cmd:"" help:"Learn from an orchard's photos: a new version of the delivered model."`
	Activate activateModelCmd `cmd:"" help:"Let a model answer, at once beside a running server."`
	Rollback rollbackModelCmd `cmd:"" help:"Let the model answer that did before the last choice."`
	Remove   removeModelCmd   `cmd:"" help:"Take a version away that an orchard added."`
}

// versionsPlace is where models and versions of them are.
type versionsPlace struct {
	dataPlace
	modelsPlace
}

// manifest is that of the delivered models and the versions beside them; what is
// wrong with a version is printed.
func (p versionsPlace) manifest(r *run) (*models.Manifest, error) {
	delivered, err := modelset.Read(p.ModelsDir)
	if err != nil {
		return nil, err
	}
	all, faults := delivered.With(versions.Folder(p.DataDir))
	for _, err := range faults {
		fmt.Fprintf(r.Err, "mangosense: %s\n", printable(control.Reason(err)))
	}
	return all, nil
}

// withChoice is the manifest, and what was chosen of it.
func (p versionsPlace) withChoice(r *run) (*models.Manifest, mango.Choices, error) {
	all, err := p.manifest(r)
	if err != nil {
		return nil, nil, err
	}
	picked, err := chosen(r, p.dataPlace)
	return all, picked, err
}

// withModel is the manifest, and its model of that name.
func (p versionsPlace) withModel(r *run, name string) (*models.Manifest, models.Model, error) {
	all, err := p.manifest(r)
	if err != nil {
		return nil, models.Model{}, err
	}
	m, err := named(all, name)
	return all, m, err
}

// named is the model of an id or file.
func named(all *models.Manifest, name string) (models.Model, error) {
	for _, m := range all.Models {
		if m.ID == name || m.File() == name {
			return m, nil
		}
	}
	return models.Model{}, fmt.Errorf("there is no model %q: `mangosense models list` names them", printableName(name))
}

// chosen is what an administrator chose in a data folder, nil where there is none
// or no version that could have been chosen.
func chosen(r *run, p dataPlace) (mango.Choices, error) {
	if _, err := os.Stat(versions.Folder(p.DataDir)); err != nil || p.present(r.ctx) != nil {
		return nil, nil
	}
	var out mango.Settings
	err := p.open(r, store.Config{}, func(s *control.Session) (err error) {
		out, err = s.Settings(r.ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read which model was chosen: %w", err)
	}
	return choices(out), nil
}

// choices are fixed.
type choices mango.Settings

func (c choices) Settings() mango.Settings { return mango.Settings(c) }

func (c choices) SetModel(context.Context, mango.Actor, mango.Kind, string) error {
	return errors.ErrUnsupported
}

// choose has a model answer, and prints its name as the last line.
func (p versionsPlace) choose(r *run, m models.Model) error {
	for _, f := range modelset.Check(one(m)) {
		if f.Err != nil {
			return fmt.Errorf("cannot let %s answer; the model in use stays: %w", m.ID, f.Err)
		}
	}
	advice := map[string]string{}
	for i, c := range m.Classes {
		if graph, _ := m.Output(models.RoleClasses); i >= graph.Size {
			advice[c] = m.Advice[c]
		}
	}
	err := p.open(r, store.Config{}, func(s *control.Session) error {
		_, err := s.ChooseModel(r.ctx, control.Choice{Kind: mango.Kind(m.Kind), File: m.File(), Advice: advice})
		return err
	})
	if err != nil {
		return fmt.Errorf("cannot let %s answer; the model in use stays: %w", m.ID, err)
	}
	fmt.Fprintln(r.Out, m.ID)
	return nil
}

// one is a manifest of one model.
func one(m models.Model) *models.Manifest { return &models.Manifest{Models: []models.Model{m}} }

type listModelsCmd struct {
	versionsPlace
	JSON bool `name:"json" help:"Print one JSON object a line."`
}

// listed is a line of `mangosense models list --json`.
type listed struct {
	ID        string          `json:"id"`
	Version   string          `json:"version"`
	Kind      string          `json:"kind"`
	File      string          `json:"file"`
	Base      string          `json:"base,omitempty"`
	Classes   []string        `json:"classes"`
	Active    bool            `json:"active"`
	Delivered bool            `json:"delivered"`
	Metrics   json.RawMessage `json:"metrics"`
}

// Run prints a line a model.
func (c *listModelsCmd) Run(r *run) error {
	all, picked, err := c.withChoice(r)
	if err != nil {
		return err
	}
	for _, m := range all.Models {
		l := listed{m.ID, m.Version, m.Kind, m.File(), m.Base, m.Classes, m.ID == active(all, picked, m.Kind).ID, all.Delivered(m), m.Metrics}
		if c.JSON {
			err = printJSON(r, l)
		} else {
			mark := " "
			if l.Active {
				mark = "*"
			}
			_, err = fmt.Fprintf(r.Out, "%s %s  %s %s, %d classes\n", mark, l.ID, l.Kind, l.Version, len(l.Classes))
		}
		if err != nil {
			return fmt.Errorf("cannot print the models: %w", err)
		}
	}
	return nil
}

// active is the model of a kind that answers.
func active(all *models.Manifest, picked mango.Choices, kind string) models.Model {
	if picked != nil {
		if m, known := modelset.Find(all, mango.Kind(kind), picked.Settings().Models[mango.Kind(kind)]); known {
			return m
		}
	}
	m, _ := all.ByKind(kind)
	return m
}

type activateModelCmd struct {
	versionsPlace
	Name string `arg:"" help:"The model's id, as models list prints it."`
}

// Run checks the model, lets it answer and prints its name.
func (c *activateModelCmd) Run(r *run) error {
	_, m, err := c.withModel(r, c.Name)
	if err != nil {
		return err
	}
	return c.choose(r, m)
}

type rollbackModelCmd struct {
	versionsPlace
	Kind string `enum:"leaf,fruit" default:"leaf" help:"Whose model: leaf or fruit."`
}

// Run lets the model before answer again; called twice, it is where it was.
func (c *rollbackModelCmd) Run(r *run) error {
	all, picked, err := c.withChoice(r)
	if err != nil {
		return err
	}
	file, ok := "", false
	if picked != nil {
		file, ok = picked.Settings().Before[mango.Kind(c.Kind)]
	}
	if !ok {
		return fmt.Errorf("no model was chosen for %s in %s yet", c.Kind, c.DataDir)
	}
	m, _ := all.ByKind(c.Kind)
	if file != "" {
		if m, err = named(all, file); err != nil {
			return err
		}
	}
	return c.choose(r, m)
}

type removeModelCmd struct {
	versionsPlace
	Name string `arg:"" help:"The version's id, as models list prints it."`
}

// Run removes a version that does not answer.
func (c *removeModelCmd) Run(r *run) error {
	all, m, err := c.withModel(r, c.Name)
	if err != nil {
		return err
	}
	picked, err := chosen(r, c.dataPlace)
	switch {
	case err != nil:
		return err
	case all.Delivered(m):
		return fmt.Errorf("cannot remove %s: it is a delivered model", m.ID)
	case active(all, picked, m.Kind).ID == m.ID:
		return fmt.Errorf("cannot remove %s: it answers; let another one answer first", m.ID)
	}
	return versions.Remove(versions.Folder(c.DataDir), m.ID)
}
