package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"mangosense/models"
	"mangosense/server/internal/config"
	"mangosense/server/internal/control"
	"mangosense/server/internal/learn"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/media"
	"mangosense/server/internal/store"
	"mangosense/server/internal/versions"
)

type adaptCmd struct {
	versionsPlace
	Kind           string      `enum:"leaf,fruit" default:"leaf" help:"What the photos show: leaf or fruit."`
	From           string      `placeholder:"DIR" xor:"from" help:"A folder with a folder a class. A class that the model does not know needs ten photos. Photos of one leaf, day or place belong in a folder of their own below the class's."`
	Approved       bool        `xor:"from" help:"Learn from the records that an expert verified and approved for training."`
	Orientations   int         `enum:"1,2,4,8" default:"2" help:"Orientations of a photo that the version asks, each the time of one inference: 1, 2, 4 or 8. More are right more often."`
	Activate       bool        `help:"Let the version answer."`
	JSON           bool        `name:"json" help:"Print the report as one JSON object."`
	MaxPhotoBytes  config.Size `env:"MAX_PHOTO_BYTES" default:"10MB" help:"Largest photo file."`
	MaxPhotoPixels int64       `env:"MAX_PHOTO_PIXELS" default:"0" help:"Most pixels of a photo, width × height; 0: by what its encoding costs."`
}

// lesson is a photo to learn from.
type lesson struct{ path, class, group string }

// maxAdvice bounds what advice.txt of a class may say.
const maxAdvice = 4000

// Run learns, prints what is gained and lost, keeps the version and prints its
// name as the last line. A version that is worse is refused.
func (c *adaptCmd) Run(r *run) error {
	if c.From == "" && !c.Approved {
		return usage(errors.New("say what to learn from: --from DIR, or --approved"))
	}
	bench, err := openWorkbench(benchPlace{modelsDir: c.ModelsDir, bytes: int64(c.MaxPhotoBytes), pixels: c.MaxPhotoPixels})
	if err != nil {
		return err
	}
	defer bench.close()
	base, memory, err := c.base(bench)
	if err != nil {
		return err
	}
	lessons, advice, err := c.lessons(r, base)
	if err != nil {
		return err
	}
	photos, err := c.see(r, bench, lessons)
	if err != nil {
		return err
	}
	out, err := learn.Learn(r.ctx, learn.Config{
		Classes: bench.diagnoser.Names(mango.Kind(c.Kind)), Temperature: base.Calibration.Temperature,
		Memory: memory, Photos: photos, Orientations: c.Orientations,
	})
	if out != nil {
		if err := c.print(r, &out.Report); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	m, err := versions.Add(versions.Folder(c.DataDir), versions.Draft{
		Base: base, TFLite: bench.manifest.TFLitePath(base), Head: out.Head, Classes: out.Classes, Advice: advice, Report: out.Report,
	})
	if err != nil {
		return err
	}
	if c.Activate {
		return c.choose(r, m)
	}
	fmt.Fprintln(r.Out, m.ID)
	return nil
}

// base is the delivered model that learns, and its memory.
func (c *adaptCmd) base(bench *workbench) (models.Model, *models.Memory, error) {
	base, ok := bench.manifest.ByKind(c.Kind)
	if !ok || base.Memory.Name == "" {
		return base, nil, fmt.Errorf("the delivered model for %s cannot learn: its manifest names no memory", c.Kind)
	}
	file, err := base.ReadFile(base.Memory)
	if err != nil {
		return base, nil, err
	}
	memory, err := models.ParseMemory(file, base)
	if err != nil {
		return base, nil, fmt.Errorf("cannot use %s: %w", base.Memory.Name, err)
	}
	return base, memory, bench.models.Fits(mango.Kind(c.Kind), memory.Scales)
}

// lessons lists the photos with their classes.
func (c *adaptCmd) lessons(r *run, base models.Model) ([]lesson, map[string]string, error) {
	if c.Approved {
		all, err := c.approved(r)
		return all, nil, err
	}
	entries, err := os.ReadDir(c.From)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the folder to learn from: %w", err)
	}
	var out []lesson
	advice := map[string]string{}
	for _, e := range entries {
		dir := filepath.Join(c.From, e.Name())
		if st, err := os.Stat(dir); err != nil || !st.IsDir() || foreignFolder(e.Name()) {
			continue
		}
		class := strings.TrimSpace(mango.Canonical(e.Name()))
		if !utf8.ValidString(class) || !mango.CleanLine(class) || utf8.RuneCountInString(class) > 100 || mango.ConditionOf(class) == mango.IsUnknown {
			return nil, nil, fmt.Errorf("cannot learn the folder %q: it is not named as a class", printableName(e.Name()))
		}
		for _, path := range photoPaths([]string{dir}) {
			l := lesson{path: path, class: class}
			if below := filepath.Dir(path); below != dir && below != filepath.Clean(dir) {
				l.group = below
			}
			out = append(out, l)
		}
		text, err := os.ReadFile(filepath.Join(dir, "advice.txt"))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, nil, fmt.Errorf("cannot read the advice about %s: %w", class, err)
		case len(text) > maxAdvice || !utf8.Valid(text):
			return nil, nil, fmt.Errorf("cannot use the advice about %s: it must be text of at most %d bytes", class, maxAdvice)
		default:
			advice[class] = strings.TrimSpace(string(text))
		}
	}
	return out, advice, nil
}

// approved are the records' photos that an expert verified and approved. Photos
// of one user and day stay together.
func (c *adaptCmd) approved(r *run) (out []lesson, err error) {
	dir := filepath.Join(c.DataDir, "media")
	err = c.with(r, store.Config{}, func(s *control.Session) error {
		return s.Export(r.ctx, func(line json.RawMessage) error {
			var e control.Export
			if err := json.Unmarshal(line, &e); err != nil {
				return fmt.Errorf("cannot read a record: %w", err)
			}
			class := e.Classification
			if class == "" {
				class = e.Disease
			}
			path, kept := media.Path(dir, e.Photo.File)
			if kept && e.Verified && e.TrainingReady && string(e.Kind) == c.Kind && mango.ConditionOf(class) != mango.IsUnknown {
				out = append(out, lesson{path, mango.Canonical(class), fmt.Sprintf("%d %s", e.UserID, e.CreatedAt.Format("2006-01-02"))})
			}
			return nil
		}, nil)
	})
	return out, err
}

// see has the graph look at every photo. One that cannot be read is left out and
// named.
func (c *adaptCmd) see(r *run, bench *workbench, lessons []lesson) ([]learn.Photo, error) {
	bar := startProgress(r, "photos")
	defer bar.end()
	var photos []learn.Photo
	var prints []learn.Print
	var given []string
	for i, l := range lessons {
		if r.ctx.Err() != nil {
			return nil, r.ctx.Err()
		}
		sight, err := bench.see(r, l.path, mango.Kind(c.Kind))
		if err != nil {
			bar.away()
			fmt.Fprintf(r.Err, "mangosense: %s is left out: %s\n", printable(l.path), printable(sentence(err)))
			continue
		}
		photos = append(photos, learn.Photo{Views: sight.Views, Class: l.class, Short: sight.Short})
		prints, given = append(prints, sight.Print), append(given, l.group)
		bar.set(int64(i+1), int64(len(lessons)))
	}
	for i, g := range learn.Groups(prints, given) {
		photos[i].Group = g
	}
	return photos, nil
}

// print shows what is gained and lost.
func (c *adaptCmd) print(r *run, rep *learn.Report) error {
	if c.JSON {
		return printJSON(r, rep)
	}
	if err := printLearnt(r.Out, rep); err != nil {
		return fmt.Errorf("cannot print the report: %w", err)
	}
	return nil
}

func printLearnt(out io.Writer, rep *learn.Report) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "class\tphotos\tgroups\tas delivered\tlearnt")
	for _, l := range rep.Classes {
		if l.Photos == 0 {
			continue
		}
		name := l.Name
		if l.New {
			name += " (new)"
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%.0f %%\t%.0f %%\n", name, l.Photos, l.Groups, 100*l.Before, 100*l.After)
	}
	fmt.Fprintf(w, "mean\t%d\t\t%.0f %%\t%.0f %%\n", rep.Photos, 100*rep.Before, 100*rep.After)
	fmt.Fprintf(w, "known sessions\t%d\t\t%.1f %%\t%.1f %%\n", rep.Old, 100*rep.OldBefore, 100*rep.OldAfter)
	fmt.Fprintf(w, "wrong with 80 %% or more\t\t\t%d\t%d\n", rep.SureWrongBefore, rep.SureWrong)
	return w.Flush()
}
