package cli

import (
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"mangosense/server/internal/config"
)

var sizeType = reflect.TypeFor[config.Size]()

// sizeMapper lets kong read sizes such as 10MB.
var sizeMapper = kong.MapperFunc(func(ctx *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := ctx.Scan.PopValueInto("size", &text); err != nil {
		return err
	}
	var s config.Size
	if err := s.UnmarshalText([]byte(text)); err != nil {
		return err
	}
	target.Set(reflect.ValueOf(s))
	return nil
})

// dropEmpty takes an option's variable that is set to nothing for one that is
// not set: platforms and env files write PORT= where no port is chosen.
func dropEmpty(node *kong.Node) {
	for _, flag := range node.Flags {
		for _, name := range flag.Envs {
			if v, set := os.LookupEnv(name); set && v == "" {
				os.Unsetenv(name) // fails for a name that is none, which no option has
			}
		}
	}
	for _, child := range node.Children {
		dropEmpty(child)
	}
}

// renameVariables gives options set under an old name their new one, and says
// so. Where both are set the new name wins.
func renameVariables(out io.Writer) {
	for _, r := range config.AllRenamed() {
		v, set := os.LookupEnv(r.Old)
		if !set || v == "" {
			continue
		}
		os.Unsetenv(r.Old)
		warnRenamed(out, r.Old, r.New)
		if now := os.Getenv(r.New); now == "" {
			os.Setenv(r.New, v)
		}
	}
}

// renameFlags is renameVariables for the command line.
func renameFlags(args []string, out io.Writer) []string {
	args = slices.Clone(args)
	for _, r := range config.AllRenamed() {
		old, now := r.Flags()
		for i, arg := range args {
			if rest, ok := strings.CutPrefix(arg, old); ok && (rest == "" || rest[0] == '=') {
				warnRenamed(out, old, now)
				args[i] = now + rest
			}
		}
	}
	return args
}

func warnRenamed(out io.Writer, old, now string) {
	fmt.Fprintf(out, "mangosense: %s is now called %s; the old name still works\n", old, now)
}
