package cli

import (
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"mangosense/server/internal/config"
	"mangosense/server/internal/control"
)

// envFile is --env-file: the service's settings for a command. As with systemd,
// the file's values win over the environment's; flags win over both.
type envFile string

// BeforeReset sets the variables before kong looks at any.
func (envFile) BeforeReset(k *kong.Kong, ctx *kong.Context, trace *kong.Path) error {
	path := string(ctx.FlagValue(trace.Flag).(envFile))
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("cannot read the settings: %s", control.Reason(err))
	}
	settings, left := config.ParseEnvFile(string(text))
	for _, fault := range left {
		fmt.Fprintf(k.Stderr, "mangosense: %s, %v; it is left out, as the service leaves it out\n", path, fault)
	}
	for _, s := range settings {
		if err := os.Setenv(s.Name, s.Value); err != nil {
			return fmt.Errorf("cannot take over %s: %w", s.Name, err)
		}
	}
	renameVariables(k.Stderr)
	dropEmpty(k.Model.Node)
	return nil
}
