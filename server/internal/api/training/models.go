package training

import (
	"fmt"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

type (
	availableModels struct {
		All   []string `json:"all"`
		Leaf  []string `json:"leaf"`
		Fruit []string `json:"fruit"`
	}
	activeModels struct {
		Leaf  string `json:"leaf"`
		Fruit string `json:"fruit"`
	}
	modelBody struct {
		ID      string     `json:"id"`
		Version string     `json:"version"`
		File    string     `json:"file"`
		Kind    mango.Kind `json:"kind"`
		Classes int        `json:"classes"`
		Active  bool       `json:"active"`
	}
	modelSettingsData struct {
		AvailableModels availableModels `json:"available_models"`
		ActiveModels    activeModels    `json:"active_models"`
		ModelsDir       string          `json:"models_dir"` // never a path
		Models          []modelBody     `json:"models"`
	}
)

// ModelSettings is `GET /api/model-settings/`: files by name, as the web
// admin's drop-downs show them, and the same with ids and versions.
func (h *Handlers) ModelSettings(c *kit.Call) error {
	data := modelSettingsData{
		AvailableModels: availableModels{All: []string{}, Leaf: []string{}, Fruit: []string{}},
		Models:          []modelBody{},
	}
	for _, f := range h.Models.ModelFiles() {
		data.Models = append(data.Models, modelBody{f.ID, f.Version, f.File, f.Kind, f.Classes, f.Active})
		data.AvailableModels.All = append(data.AvailableModels.All, f.File)
		list, active := &data.AvailableModels.Leaf, &data.ActiveModels.Leaf
		if f.Kind == mango.Fruit {
			list, active = &data.AvailableModels.Fruit, &data.ActiveModels.Fruit
		}
		*list = append(*list, f.File)
		if f.Active {
			*active = f.File
		}
	}
	return c.ReplyShort("", data)
}

type updatedModels struct {
	Updated map[string]string `json:"updated"` // by "leaf", "fruit"
}

// UpdateModelSettings is `POST /api/model-settings/update/`. The files are
// loaded and checked first; on a fault the old ones go on.
func (h *Handlers) UpdateModelSettings(c *kit.Call) error {
	o, err := c.Object()
	if err != nil {
		return err
	}
	files := map[mango.Kind]string{}
	for kind, field := range map[mango.Kind]string{mango.Leaf: "leaf_model", mango.Fruit: "fruit_model"} {
		if file := o.Text(field, kit.MaxQueryText); file != nil && *file != "" {
			files[kind] = *file
		}
	}
	if err := o.Err(); err != nil {
		return err
	}
	if len(files) == 0 {
		return mango.Errorf(mango.Invalid, "No model was named: send leaf_model or fruit_model.")
	}
	if err := h.knownModels(files); err != nil {
		return err
	}
	if err := h.Models.SwitchModels(c.Context(), c.Actor(), files); err != nil {
		return err
	}
	data := updatedModels{Updated: map[string]string{}}
	for kind, file := range files {
		data.Updated[string(kind)] = file
	}
	return c.ReplyShort("Model settings updated successfully.", data)
}

// knownModels replaces ids by file names and refuses what is not there, every
// fault at once, since the web admin joins them.
func (h *Handlers) knownModels(files map[mango.Kind]string) error {
	known := h.Models.ModelFiles()
	var faults []string
	for _, kind := range []mango.Kind{mango.Leaf, mango.Fruit} {
		named, ok := files[kind]
		if !ok {
			continue
		}
		file, other := "", mango.Kind("")
		for _, f := range known {
			switch {
			case named != f.File && named != f.ID && named != f.ID+"@"+f.Version:
			case f.Kind == kind:
				file = f.File
			default:
				other = f.Kind
			}
		}
		switch {
		case file != "":
			files[kind] = file
		case other != "":
			faults = append(faults, fmt.Sprintf("File '%s' is a %s model: it cannot answer for a %s.", mango.ClipText(named, kit.MaxQueryText), other, kind))
		default:
			faults = append(faults, fmt.Sprintf("File '%s' not found in models directory.", mango.ClipText(named, kit.MaxQueryText)))
		}
	}
	if len(faults) > 0 {
		return &mango.Error{Code: mango.Invalid, Public: faults[0], Fields: faults}
	}
	return nil
}
