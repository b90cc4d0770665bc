package app

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"mangosense/server/internal/control"
	"mangosense/server/internal/store"
)

type exportCmd struct {
	DataDir string `env:"DATA_DIR" default:"./data" placeholder:"DIR" help:"Database and photos."`
}

// Run prints all records, newest first, beside a running server too.
func (c *exportCmd) Run(r *run) (err error) {
	if _, err := os.Stat(storePath(c.DataDir)); err != nil {
		return fmt.Errorf("there are no records in %s: set DATA_DIR to the server's data folder", c.DataDir)
	}
	s, err := control.Open(r.ctx, c.DataDir, store.Config{})
	if err != nil {
		return fmt.Errorf("cannot open the records: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	out := bufio.NewWriter(r.Out)
	err = s.Export(r.ctx, func(line json.RawMessage) error {
		if _, err := out.Write(line); err != nil {
			return fmt.Errorf("cannot print a record: %w", err)
		}
		return out.WriteByte('\n')
	}, nil)
	return errors.Join(public(err), out.Flush())
}
