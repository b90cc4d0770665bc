package oversight

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

// Live are numbers of this moment.
type Live struct {
	At           string           `json:"at"`
	Running      int              `json:"running"`
	Places       int              `json:"places"` // that can run
	Waiting      int              `json:"waiting"`
	Queue        int              `json:"queue"` // that can wait
	DecodeBytes  int64            `json:"decode_bytes"`
	DecodeMost   int64            `json:"decode_most"`
	UploadBytes  int64            `json:"upload_bytes"`
	UploadMost   int64            `json:"upload_most"`
	ProcessBytes int64            `json:"process_bytes"`
	MemoryTotal  int64            `json:"memory_total"`
	HeapBytes    int64            `json:"heap_bytes"`
	CPUSeconds   float64          `json:"cpu_seconds"`
	DiskFree     int64            `json:"disk_free"`
	Database     int64            `json:"database_bytes"`
	Records      int              `json:"records"`
	Commits      int64            `json:"commits"`
	StoreState   string           `json:"store_state"`
	Sentence     string           `json:"store_sentence"`
	Requests     int64            `json:"requests"`
	Failed       int64            `json:"failed"`
	Photos       int64            `json:"photos"`
	Verdicts     map[string]int64 `json:"verdicts"`
	Refused      int64            `json:"refused"`
	P50          float64          `json:"p50"` // seconds
	P95          float64          `json:"p95"`
	Uptime       float64          `json:"uptime"` // seconds
}

// Setting is one option as it is.
type Setting struct {
	Name   string `json:"name"`
	Group  string `json:"group"`
	Value  string `json:"value"`
	From   string `json:"from"` // default, file, environment, option
	Secret bool   `json:"secret"`
	Help   string `json:"help"`
}

// Fact is a line about the machine and the program.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// BackupFile is one backup.
type BackupFile struct {
	Name     string `json:"name"`
	At       string `json:"at"`
	Bytes    int64  `json:"bytes"`
	Doubtful bool   `json:"doubtful"`
}

// Storage is how the data is kept.
type Storage struct {
	State      string       `json:"state"`
	Sentence   string       `json:"sentence"`
	Records    int          `json:"records"`
	Database   int64        `json:"database_bytes"`
	Photos     int          `json:"photos"`
	PhotoBytes int64        `json:"photo_bytes"`
	DiskFree   int64        `json:"disk_free"`
	Reserve    int64        `json:"reserve"`
	BackupsOn  bool         `json:"backups_on"` // a folder for backups is configured
	Every      string       `json:"every"`
	Keep       int          `json:"keep"`
	Backups    []BackupFile `json:"backups"`
	Chore      Chore        `json:"chore"`
}

// Chore is what was set going: one at a time.
type Chore struct {
	What    string `json:"what"`  // backup, verify; empty: nothing yet
	State   string `json:"state"` // running, done, failed
	Done    int64  `json:"done"`
	Total   int64  `json:"total"`
	Started string `json:"started"`
	Message string `json:"message"`
}

// LiveNumbers is `GET /api/admin/live/`: server-sent events.
func (h *Handlers) LiveNumbers(c *kit.Call) error {
	by := c.Actor()
	if err := h.cfg.Store.MayRule(by); err != nil {
		return err
	}
	if h.cfg.Machine.Live == nil {
		return mango.Errorf(mango.NotProvided, "This server has no live numbers.")
	}
	if h.listeners.Add(1) > mostListeners {
		h.listeners.Add(-1)
		e := mango.Errorf(mango.Busy, "Too many pages watch the live numbers. Please close one.")
		e.Retry = h.cfg.Every
		return e
	}
	ticker := time.NewTicker(h.cfg.Every)
	return c.Events(ticker.C, h.life.Done(), func() ([]byte, error) {
		// Asked each time: an account that was disabled hears no more.
		if err := h.cfg.Store.MayRule(by); err != nil {
			return nil, err
		}
		return json.Marshal(h.cfg.Machine.Live())
	}, func() {
		ticker.Stop()
		h.listeners.Add(-1)
	})
}

type settingsData struct {
	Settings []Setting `json:"settings"`
	Facts    []Fact    `json:"facts"`
}

// Settings is `GET /api/admin/settings/`.
func (h *Handlers) Settings(c *kit.Call) error {
	if err := h.cfg.Store.MayRule(c.Actor()); err != nil {
		return err
	}
	data := settingsData{Settings: []Setting{}, Facts: []Fact{}}
	if h.cfg.Machine.Settings != nil {
		data.Settings = h.cfg.Machine.Settings()
	}
	if h.cfg.Machine.Facts != nil {
		data.Facts = h.cfg.Machine.Facts()
	}
	return c.ReplyShort("", data)
}

// Storage is `GET /api/admin/storage/`.
func (h *Handlers) Storage(c *kit.Call) error {
	if err := h.cfg.Store.MayRule(c.Actor()); err != nil {
		return err
	}
	return h.replyStorage(c)
}

func (h *Handlers) replyStorage(c *kit.Call) error {
	if h.cfg.Machine.Storage == nil {
		return mango.Errorf(mango.NotProvided, "This server keeps nothing.")
	}
	data, err := h.cfg.Machine.Storage()
	if err != nil {
		return err
	}
	if data.Backups == nil {
		data.Backups = []BackupFile{}
	}
	data.Chore = h.nowChore()
	return c.ReplyShort("", data)
}

func (h *Handlers) nowChore() Chore {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.chore
}

// MakeBackup is `POST /api/admin/storage/backup/`: it begins, and Storage says
// how far it is.
func (h *Handlers) MakeBackup(c *kit.Call) error { return h.begin(c, "backup", h.cfg.Machine.Backup) }

// VerifyStore is `POST /api/admin/storage/verify/`: every page and value is
// read, nothing is changed.
func (h *Handlers) VerifyStore(c *kit.Call) error { return h.begin(c, "verify", h.cfg.Machine.Verify) }

func (h *Handlers) begin(c *kit.Call, what string, do func(context.Context, func(done, total int64)) (string, error)) error {
	if err := h.cfg.Store.MayRule(c.Actor()); err != nil {
		return err
	}
	if do == nil {
		return mango.Errorf(mango.NotProvided, "No folder for backups is configured (BACKUP_DIR).")
	}
	h.mu.Lock()
	running := h.chore.State == "running"
	if !running && h.life.Err() == nil {
		h.chore = Chore{What: what, State: "running", Started: kit.Now()}
		h.busy.Add(1)
	}
	h.mu.Unlock()
	switch {
	case running:
		return mango.Errorf(mango.Conflict, "A backup or a verification is under way. Please wait until it is done.")
	case h.life.Err() != nil:
		return mango.Errorf(mango.StoreDown, "The server is stopping.")
	}
	go func() {
		defer h.busy.Done()
		said, err := do(h.life, func(done, total int64) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.chore.Done, h.chore.Total = done, total
		})
		h.mu.Lock()
		defer h.mu.Unlock()
		h.chore.State, h.chore.Message = "done", said
		if err != nil {
			h.chore.State, h.chore.Message = "failed", sentence(err)
		}
	}()
	return h.replyStorage(c)
}

// sentence is the public side of an error.
func sentence(err error) string {
	var e *mango.Error
	if errors.As(err, &e) && e.Public != "" {
		return e.Public
	}
	return "It failed; the log says why."
}

func sortCells(cells []confusionCell) {
	slices.SortFunc(cells, func(a, b confusionCell) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Predicted, b.Predicted), cmp.Compare(a.Is, b.Is))
	})
}
