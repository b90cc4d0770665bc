package oversight

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/clock"
)

// bundleReadme says what is in a bundle, and what is not.
const bundleReadme = `What a helper needs to see of this server.

about.json     the program, its libraries, the machine
settings.json  the options and where each comes from; secrets only as set or not set
storage.json   database, disk, backups
models.json    the models that there are
live.json      the numbers of the moment
metrics.txt    the counts since the start, as Prometheus reads them
log.txt        the newest lines of the log

It holds no account, no address, no place and no photo. Look at it before you send it.
`

// Bundle is `GET /api/admin/support/`: a ZIP file. All of it is small, so that
// it is made before the answer begins.
func (h *Handlers) Bundle(c *kit.Call) error {
	if err := h.cfg.Store.MayRule(c.Actor()); err != nil {
		return err
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	put := func(name string, content []byte) error {
		if h.cfg.Machine.Scrub != nil {
			content = h.cfg.Machine.Scrub(content)
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: clock.Now().UTC()})
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			return fmt.Errorf("cannot make the bundle: %w", err)
		}
		return nil
	}
	m := h.cfg.Machine
	parts := []struct {
		name    string
		content func() any
	}{
		{"about.json", func() any { return call(m.Facts) }},
		{"settings.json", func() any { return call(m.Settings) }},
		{"models.json", func() any { return h.cfg.Models() }},
		{"live.json", func() any { return call(m.Live) }},
		{"storage.json", func() any {
			if m.Storage == nil {
				return nil
			}
			s, err := m.Storage()
			if err != nil {
				return map[string]string{"error": sentence(err)}
			}
			return s
		}},
	}
	if err := put("README.txt", []byte(bundleReadme)); err != nil {
		return err
	}
	for _, p := range parts {
		text, err := json.MarshalIndent(p.content(), "", " ")
		if err != nil {
			return fmt.Errorf("cannot make the bundle: %w", err)
		}
		if err := put(p.name, text); err != nil {
			return err
		}
	}
	if err := put("metrics.txt", call(m.Metrics)); err != nil {
		return err
	}
	if err := put("log.txt", call(m.Log)); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("cannot make the bundle: %w", err)
	}
	c.SetHeader("Content-Disposition", `attachment; filename="mangosense-support.zip"`)
	return c.Body("application/zip", out.Bytes())
}

// call asks f, where there is one.
func call[T any](f func() T) (v T) {
	if f != nil {
		v = f()
	}
	return v
}
