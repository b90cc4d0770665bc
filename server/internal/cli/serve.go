package cli

import (
	"os"

	"github.com/alecthomas/kong"

	"mangosense/server/internal/app"
	"mangosense/server/internal/config"
)

type serveCmd struct {
	config.Options
}

// Run serves until SIGTERM or SIGINT, then lets requests under way finish;
// SIGHUP has it read the models again.
func (c *serveCmd) Run(r *run, line *kong.Context) error {
	if err := c.Options.Validate(); err != nil {
		return usage(err)
	}
	return app.Serve(r.ctx, c.Options, sources(line), r.In, r.Out)
}

// sources says which options came from the command line, which from --env-file
// and which from the environment; the first of them wins.
func sources(line *kong.Context) config.Sources {
	from := config.Sources{}
	file := map[string]bool{}
	for _, p := range line.Path {
		if p.Flag == nil {
			continue
		}
		if path, ok := line.FlagValue(p.Flag).(envFile); ok {
			text, _ := os.ReadFile(string(path)) // BeforeReset has read it
			settings, _ := config.ParseEnvFile(string(text))
			for _, s := range settings {
				file[s.Name] = s.Value != ""
			}
			continue
		}
		for _, name := range p.Flag.Envs {
			from[name] = config.FromOption
		}
	}
	for _, flag := range line.Flags() {
		for _, name := range flag.Envs {
			switch _, set := os.LookupEnv(name); {
			case from[name] != "" || !set:
			case file[name]:
				from[name] = config.FromFile
			default:
				from[name] = config.FromEnvironment
			}
		}
	}
	return from
}
