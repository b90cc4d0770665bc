package app

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"mangosense/tflite"
)

// Version is the program's, as in CHANGELOG.md.
const Version = "0.1.0"

type versionCmd struct{}

func (versionCmd) Run(r *run) error {
	fmt.Fprintf(r.Out, "mangosense %s%s\n%s %s/%s\nTensorFlow Lite %s\n", Version, revision(), runtime.Version(), runtime.GOOS, runtime.GOARCH, tflite.Version())
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
			return " (" + s.Value[:12] + ")"
		}
	}
	return ""
}
