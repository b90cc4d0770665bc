package cli

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/alecthomas/kong"

	"mangosense/server/internal/app"
	"mangosense/tflite"
)

type versionCmd struct {
	JSON bool `name:"json" help:"Print one JSON object."`
}

// programVersions is what `mangosense version --json` prints.
type programVersions struct {
	Version  string `json:"version"`
	Revision string `json:"revision"` // empty where the build did not know it
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
	TFLite   string `json:"tensorflow_lite"`
}

func (c *versionCmd) Run(r *run) error {
	v := programVersions{app.Version, revision(), runtime.Version(), runtime.GOOS, runtime.GOARCH, tflite.Version()}
	if c.JSON {
		return printJSON(r, v)
	}
	printVersions(r.Out, v)
	return nil
}

func printVersions(w io.Writer, v programVersions) {
	of := ""
	if v.Revision != "" {
		of = " (" + v.Revision[:12] + ")"
	}
	fmt.Fprintf(w, "mangosense %s%s\n%s %s/%s\nTensorFlow Lite %s\n", v.Version, of, v.Go, v.OS, v.Arch, v.TFLite)
}

// versionFlag is --version: the same, for whoever expects a flag.
type versionFlag bool

// BeforeReset prints before options are looked at, as --help does.
func (versionFlag) BeforeReset(k *kong.Kong) error {
	printVersions(k.Stdout, programVersions{app.Version, revision(), runtime.Version(), runtime.GOOS, runtime.GOARCH, tflite.Version()})
	k.Exit(exitOK)
	return nil
}

// revision is the commit the program was built from, where the build knew it.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value
		}
	}
	return ""
}
