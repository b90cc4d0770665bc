package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"mangosense/models"
	"mangosense/preprocess"
	"mangosense/server/internal/config"
	"mangosense/server/internal/control"
	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/modelset"
	"mangosense/server/internal/versions"
)

type predictCmd struct {
	dataPlace
	modelsPlace
	Paths           []string    `arg:"" name:"path" help:"Photos, or folders of photos."`
	Kind            string      `enum:"leaf,fruit,auto" default:"auto" help:"What the photos show: leaf, fruit, or auto to let the gate choose."`
	JSON            bool        `name:"json" help:"Print one JSON object a line."`
	Tree            bool        `help:"The photos show one tree: print the verdict over all of them at the end."`
	Explain         string      `placeholder:"FILE.jpg" help:"Write a picture of what the model looked at; for one photo."`
	LabelFromFolder bool        `help:"Take each photo's folder name as its true disease; print accuracy and a confusion table at the end."`
	MaxPhotoBytes   config.Size `env:"MAX_PHOTO_BYTES" default:"10MB" help:"Largest photo file."`
	MaxPhotoPixels  int64       `env:"MAX_PHOTO_PIXELS" default:"0" help:"Most pixels of a photo, width × height; 0: by what its encoding costs."`
}

// Run diagnoses one photo at a time, so that the milliseconds it prints are
// those of one photo on one core. A photo that cannot be read gets an error of
// its own, and the rest continue; the exit code is then 3, or 1 where none was
// diagnosed.
func (c *predictCmd) Run(r *run) error {
	paths := photoPaths(c.Paths)
	if len(paths) == 0 {
		return fmt.Errorf("there is no photo in %s", strings.Join(c.Paths, ", "))
	}
	if c.Explain != "" && len(paths) != 1 {
		return usage(errors.New("--explain takes one photo"))
	}
	if c.Tree && c.Kind == "auto" {
		return usage(errors.New("--tree wants --kind leaf or --kind fruit: leaves and fruit have different diseases"))
	}
	choices, err := chosen(r, c.dataPlace)
	if err != nil {
		return err
	}
	bench, err := openWorkbench(benchPlace{c.ModelsDir, versions.Folder(c.DataDir), choices, int64(c.MaxPhotoBytes), c.MaxPhotoPixels})
	if err != nil {
		return err
	}
	defer bench.close()

	bar := startProgress(r, "photos")
	defer bar.end()
	out := newPrinter(r.Out, c.JSON)
	table := newConfusion()
	bad := 0
	var tree []mango.Diagnosis
	for i, path := range paths {
		if r.ctx.Err() != nil {
			return fmt.Errorf("stopped after %d of %d photos: %w", out.count, len(paths), r.ctx.Err())
		}
		d, err := bench.one(r.ctx, path, c.Kind, c.Explain != "")
		if err != nil {
			bad++
		} else {
			tree = append(tree, d)
			table.add(folderLabel(path), d.Disease)
		}
		bar.away()
		if err := out.print(path, &d, err); err != nil {
			return fmt.Errorf("cannot print a diagnosis: %w", err)
		}
		bar.set(int64(i+1), int64(len(paths)))
	}
	bar.end()
	if err := c.extras(bench, out, tree); err != nil {
		return err
	}
	if c.LabelFromFolder {
		where := r.Out
		if c.JSON {
			where = r.Err // standard output stays one object a line
		}
		table.write(where)
	}
	switch {
	case bad == len(paths):
		return errors.New("no photo could be diagnosed")
	case bad > 0:
		return exitError{exitSome, fmt.Errorf("%d of %d photos could not be diagnosed", bad, len(paths))}
	}
	return nil
}

// extras prints the pooled verdict and draws the heat map, if requested.
func (c *predictCmd) extras(bench *workbench, out *printer, all []mango.Diagnosis) error {
	if c.Explain != "" && len(all) == 1 {
		if all[0].HeatMap == nil {
			return fmt.Errorf("model %s has no heat map", all[0].Model.ID)
		}
		if err := os.WriteFile(c.Explain, all[0].HeatMap, 0o644); err != nil {
			return fmt.Errorf("cannot write the heat map: %w", err)
		}
	}
	if !c.Tree {
		return nil
	}
	pooled, counted := bench.diagnoser.Pool(all, mango.Kind(c.Kind))
	if err := out.printTree(&pooled, len(all), counted); err != nil {
		return fmt.Errorf("cannot print the tree's verdict: %w", err)
	}
	return nil
}

// workbench is what predict needs of a server.
type workbench struct {
	manifest  *models.Manifest
	models    *modelset.Set
	photos    *preprocess.Preprocessor
	diagnoser *diagnose.Diagnoser
	intake    *intake.Intake
	limit     int64
}

// benchPlace says what a workbench works with.
type benchPlace struct {
	modelsDir string
	added     string // folder of versions; empty: the delivered models alone
	choices   mango.Choices
	bytes     int64
	pixels    int64
}

func openWorkbench(p benchPlace) (*workbench, error) {
	photos, err := preprocess.New(preprocess.Config{MaxBytes: p.bytes, MaxPixels: p.pixels})
	if err != nil {
		return nil, err
	}
	manifest, err := modelset.Read(p.modelsDir)
	if err != nil {
		return nil, errors.Join(err, photos.Close())
	}
	// One photo at a time: whatever the limits let through may be decoded.
	d, err := diagnose.New(diagnose.Config{Photos: photos, Admission: diagnose.NewAdmission(1, 0, 1<<40)})
	if err != nil {
		return nil, errors.Join(err, photos.Close())
	}
	set, err := modelset.Open(modelset.Config{Manifest: manifest, Added: p.added, Interpreters: 1, Answering: d, Choices: p.choices, Log: quiet()})
	if err != nil {
		return nil, errors.Join(err, photos.Close())
	}
	return &workbench{manifest, set, photos, d, intake.New(intake.Config{Diagnoser: d}), p.bytes}, nil
}

func (b *workbench) close() {
	b.diagnoser.Close()
	b.models.Close() // nothing is lost: the models were only read
	b.photos.Close()
}

func (b *workbench) one(ctx context.Context, path, kind string, explain bool) (mango.Diagnosis, error) {
	photo, err := readPhoto(path, b.limit)
	if err != nil {
		return mango.Diagnosis{}, err
	}
	if kind == "auto" {
		kind = ""
	}
	res, err := b.intake.Diagnose(ctx, intake.Request{
		Photos: []intake.Photo{{Bytes: photo}}, Record: mango.Record{Kind: mango.Kind(kind)}, Preview: true, Explain: explain,
	})
	switch {
	case err != nil:
		return mango.Diagnosis{}, err
	case res.Photos[0].Err != nil:
		return mango.Diagnosis{}, res.Photos[0].Err
	}
	return *res.Photos[0].Diagnosis, nil
}

// see is what the graph of a kind says of a photo in all eight orientations.
func (b *workbench) see(r *run, path string, kind mango.Kind) (diagnose.Sight, error) {
	file, err := readPhoto(path, b.limit)
	if err != nil {
		return diagnose.Sight{}, err
	}
	photo, err := b.diagnoser.Probe(file, [32]byte{})
	if err != nil {
		return diagnose.Sight{}, err
	}
	return b.diagnoser.See(r.ctx, photo, kind, 8)
}

// sentence is an error as a user should read it.
func sentence(err error) string { return strings.TrimSpace(control.Reason(err)) }
