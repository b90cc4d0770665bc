package cli

import (
	"bufio"
	"encoding/json"
	"fmt"

	"mangosense/server/internal/app"
	"mangosense/server/internal/control"
)

type exportCmd struct{ storePlace }

// Run prints all records, newest first, beside a running server too.
func (c *exportCmd) Run(r *run) error {
	var shown func(done, total int64)
	if !app.OnTerminal(r.Out) { // the records themselves show how far it is
		p := startProgress(r, "export")
		defer p.end()
		shown = p.set
	}
	return c.with(r, func(s *control.Session) error {
		out := bufio.NewWriter(r.Out)
		err := s.Export(r.ctx, func(line json.RawMessage) error {
			if _, err := out.Write(line); err != nil {
				return fmt.Errorf("cannot print a record: %w", err)
			}
			return out.WriteByte('\n')
		}, shown)
		if flushed := out.Flush(); err == nil && flushed != nil {
			return fmt.Errorf("cannot print a record: %w", flushed)
		}
		return err
	})
}
