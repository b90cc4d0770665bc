package app

import (
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
