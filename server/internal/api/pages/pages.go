package pages

import (
	"io/fs"
	"log/slog"
	"strings"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

// permissionsPolicy leaves a page the camera and the place, of which it asks
// the user.
const permissionsPolicy = "camera=(self), geolocation=(self), microphone=(), payment=(), usb=(), serial=(), hid=(), midi=()"

// Handlers answer the routes.
type Handlers struct {
	files   map[string]file
	policy  string
	program kit.Handler // answers / to programs
}

// New reads what files there are; tiles is the address of the map's, empty for
// none; program answers / to whoever asks for no page. Pages that cannot be read are no reason to serve nobody: the log says so.
func New(files fs.FS, tiles string, program kit.Handler, log *slog.Logger) *Handlers {
	found, err := index(files, tiles)
	if err != nil {
		log.Error("pages: the program's own pages are left out", "error", err)
	}
	return &Handlers{files: found, policy: policy(tiles), program: program}
}

// Growers is `GET /`: the growers' page for browsers, and the probes' answer
// for everybody else.
func (h *Handlers) Growers(c *kit.Call) error {
	shell, ok := h.files["growers.html"]
	if !ok {
		return h.program(c)
	}
	if !wantsPage(c.Header("Accept")) {
		c.SetHeader("Vary", "Origin, Accept")
		return h.program(c)
	}
	c.SetHeader("Vary", "Origin, Accept, Accept-Encoding")
	return shell.send(c, h.policy)
}

// Admin is `GET /admin/`.
func (h *Handlers) Admin(c *kit.Call) error { return h.named(c, "admin.html") }

// Worker is `GET /worker.js`: the service worker must lie above what it serves.
func (h *Handlers) Worker(c *kit.Call) error { return h.named(c, "worker.js") }

// Manifest is `GET /manifest.webmanifest`: what a phone installs.
func (h *Handlers) Manifest(c *kit.Call) error { return h.named(c, "manifest.webmanifest") }

// Asset is `GET /assets/<name>`: scripts, styles, pictures.
func (h *Handlers) Asset(c *kit.Call) error {
	name, _ := c.Param("path")
	return h.named(c, "assets/"+strings.TrimPrefix(name, "/"))
}

func (h *Handlers) named(c *kit.Call, name string) error {
	f, ok := h.files[name]
	if !ok {
		return mango.Errorf(mango.NotFound, "There is nothing at this address.")
	}
	c.SetHeader("Vary", "Origin, Accept-Encoding")
	return f.send(c, h.policy)
}
