package app

import (
	"os"
	"reflect"

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
