package app

import (
	"errors"
	"fmt"

	"mangosense/server/internal/bench/growth"
	"mangosense/server/internal/config"
)

// benchCmd measures parts of the program on this machine.
type benchCmd struct {
	Store benchStoreCmd `cmd:"" help:"Fill a store with records and measure it at each size."`
	HTTP  benchHTTPCmd  `cmd:"" name:"http" help:"Fill a server with records and measure its list pages and its logins."`
}

type benchStoreCmd struct {
	Dir    string      `placeholder:"DIR" help:"A folder on the disk to measure; empty: the system's temporary one."`
	Sizes  []int       `default:"1000,100000,1000000" help:"Numbers of records, ascending."`
	Memory config.Size `placeholder:"SIZE" help:"Measure inside a control group of this size, page cache counted, such as 512MB. Needs root."`
	Keep   bool        `help:"Leave the databases in DIR, and use those that are there."`
}

// Run writes into a folder of its own and removes it.
func (c *benchStoreCmd) Run(r *run) error {
	if c.Keep && c.Dir == "" {
		return errors.New("--keep needs --dir")
	}
	if c.Memory > 0 {
		group, err := growth.Confine(int64(c.Memory))
		if err != nil {
			return err
		}
		defer func() {
			peak, kills, err := group.Leave()
			if err != nil {
				fmt.Fprintln(r.Err, err)
				return
			}
			fmt.Fprintf(r.Out, "\nin a control group of %s, page cache counted: at most %s in use, %d programs killed for want of memory\n", c.Memory, config.Size(peak), kills)
		}()
	}
	shown := startProgress(r, "records")
	defer shown.end()
	rows, err := growth.Run(r.ctx, growth.Config{Dir: c.Dir, Keep: c.Keep, Cold: c.Memory > 0, Sizes: c.Sizes, Progress: shown.set})
	if err != nil {
		return fmt.Errorf("cannot measure the store: %w", err)
	}
	shown.end()
	return growth.Table(r.Out, rows)
}
