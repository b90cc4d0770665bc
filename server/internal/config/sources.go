package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Where an option's value comes from.
const (
	FromDefault     = "default"
	FromFile        = "file"        // --env-file
	FromEnvironment = "environment" // a variable of the process
	FromOption      = "option"      // the command line
)

// Sources say where the options' values come from, by variable; one that is not
// there has its default.
type Sources map[string]string

// Shown is one option as an administrator may see it.
type Shown struct{ Name, Group, Value, From, Help string }

// secret are the options whose values are not shown.
func secret(env string) bool {
	return strings.Contains(env, "SECRET") || strings.Contains(env, "TOKEN") || strings.Contains(env, "PASSWORD")
}

// IsSecret reports whether an option's value is not to be shown.
func (s Shown) IsSecret() bool { return secret(s.Name) }

// Show lists the options with their values and where those come from, in the
// order of docs/config.md. Of a secret it says only whether it is set.
func Show(o Options, from Sources) (all []Shown) {
	v := reflect.ValueOf(o)
	for f := range v.Type().Fields() {
		env := f.Tag.Get("env")
		if env == "" {
			continue
		}
		s := Shown{Name: env, Group: f.Tag.Get("group"), Help: f.Tag.Get("help"), From: from[env], Value: shownValue(v.FieldByIndex(f.Index))}
		if s.From == "" {
			s.From = FromDefault
		}
		if secret(env) {
			if s.Value != "" {
				s.Value = "set"
			} else {
				s.Value = "not set"
			}
		}
		all = append(all, s)
	}
	return all
}

func shownValue(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Duration:
		return x.String()
	case encoding.TextMarshaler:
		if text, err := x.MarshalText(); err == nil {
			return string(text)
		}
	case fmt.Stringer:
		return x.String()
	case []string:
		return strings.Join(x, ", ")
	}
	return fmt.Sprint(v.Interface())
}
