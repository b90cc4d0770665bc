package app

import (
	"fmt"

	"mangosense/server/internal/bench/growth"
)

// benchCmd measures parts of the program on this machine.
type benchCmd struct {
	Store benchStoreCmd `cmd:"" help:"Fill a store with records and measure it at each size."`
	HTTP  benchHTTPCmd  `cmd:"" name:"http" help:"Fill a server with records and measure its list pages and its logins."`
}

type benchStoreCmd struct {
	Dir   string `placeholder:"DIR" help:"A folder on the disk to measure; empty: the system's temporary one."`
	Sizes []int  `default:"1000,100000,1000000" help:"Numbers of records, ascending."`
}

// Run writes into a folder of its own and removes it.
func (c *benchStoreCmd) Run(r *run) error {
	rows, err := growth.Run(r.ctx, growth.Config{Dir: c.Dir, Sizes: c.Sizes, Progress: bar(r, "records")})
	if err != nil {
		return fmt.Errorf("cannot measure the store: %w", err)
	}
	return growth.Table(r.Out, rows)
}
