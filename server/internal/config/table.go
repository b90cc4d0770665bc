package config

import (
	"fmt"
	"reflect"
	"strings"
)

// Markdown writes docs/config.md: every option with its flag, environment
// variable, default and meaning.
func Markdown() string {
	var b strings.Builder
	b.WriteString("# Options of `mangosense serve`\n\n" +
		"Every option is a flag and an environment variable of the same name; the flag wins.\n" +
		"This page is made from the program's own table by `make docs`; a test fails when it is out of date.\n")
	group := ""
	t := reflect.TypeFor[Options]()
	for f := range t.Fields() {
		if g := f.Tag.Get("group"); g != group {
			group = g
			fmt.Fprintf(&b, "\n## %s\n\n| environment | flag | default | meaning |\n| --- | --- | --- | --- |\n", g)
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", f.Tag.Get("env"), flag(f), standard(f), strings.ReplaceAll(f.Tag.Get("help"), "|", "\\|")+formerly(f))
	}
	return b.String()
}

// Short is the table of the README: the options that most need to be known.
func Short() string {
	var b strings.Builder
	b.WriteString("| option | default | meaning |\n| --- | --- | --- |\n")
	for f := range reflect.TypeFor[Options]().Fields() {
		switch env := f.Tag.Get("env"); env {
		case "PORT", "DATA_DIR", "MODELS_DIR", "SECRET_KEY", "CORS_ORIGINS", "RATE_LIMIT", "MEMORY_LIMIT", "LOG_LEVEL":
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", env, standard(f), f.Tag.Get("help"))
		}
	}
	return b.String()
}

func flag(f reflect.StructField) string {
	name := flagName(f.Tag.Get("env"))
	if _, ok := f.Tag.Lookup("negatable"); ok {
		return "--[no-]" + name
	}
	return "--" + name
}

func standard(f reflect.StructField) string {
	switch d := f.Tag.Get("default"); {
	case d != "":
		return "`" + d + "`"
	case f.Type.Kind() == reflect.Bool:
		return "`false`"
	default:
		return "empty"
	}
}

// flagName is the flag of an option's variable.
func flagName(env string) string { return strings.ReplaceAll(strings.ToLower(env), "_", "-") }

func formerly(f reflect.StructField) string {
	if old := f.Tag.Get("was"); old != "" {
		return " Formerly `" + old + "`."
	}
	return ""
}

// Renamed is an option whose old name still works.
type Renamed struct{ Old, New string }

// Flags are its two names on the command line.
func (r Renamed) Flags() (old, now string) { return "--" + flagName(r.Old), "--" + flagName(r.New) }

// AllRenamed are the options that had another name.
func AllRenamed() (all []Renamed) {
	for f := range reflect.TypeFor[Options]().Fields() {
		if old := f.Tag.Get("was"); old != "" {
			all = append(all, Renamed{old, f.Tag.Get("env")})
		}
	}
	return all
}
