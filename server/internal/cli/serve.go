package cli

import (
	"mangosense/server/internal/app"
	"mangosense/server/internal/config"
)

type serveCmd struct {
	config.Options
}

// Run serves until SIGTERM or SIGINT, then lets requests under way finish;
// SIGHUP has it read the models again.
func (c *serveCmd) Run(r *run) error {
	if err := c.Options.Validate(); err != nil {
		return usage(err)
	}
	return app.Serve(r.ctx, c.Options, r.In, r.Out)
}
