package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"mangosense/server/internal/api"
	"mangosense/server/internal/api/oversight"
	"mangosense/server/internal/clock"
	"mangosense/server/internal/config"
	"mangosense/server/internal/control"
	"mangosense/server/internal/disk"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/metrics"
	"mangosense/server/internal/store"
)

const (
	// recentLog is how much of the log a bundle has.
	recentLog = 64 << 10
	// thumbnailShare is the small pictures' share of the memory: 4 MB of 512.
	thumbnailShare = 128
	// cardBytes is the longest model card that is shown.
	cardBytes = 256 << 10
)

// machine is what the administrators' pages show of this program.
func (a *App) machine() api.Machine {
	m := api.Machine{
		Live: a.live, Facts: a.facts, Storage: a.storage, Card: a.card,
		Settings: func() []oversight.Setting {
			var all []oversight.Setting
			for _, s := range config.Show(a.options, a.from) {
				all = append(all, oversight.Setting{Name: s.Name, Group: s.Group, Value: s.Value, From: s.From, Secret: s.IsSecret(), Help: s.Help})
			}
			return all
		},
		Log:     a.recent.Bytes,
		Scrub:   a.withoutPaths,
		Metrics: func() []byte { var b bytes.Buffer; a.writeMetrics(&b); return b.Bytes() },
		Thumb:   a.thumbnails.Get,
		Verify: func(ctx context.Context, progress func(done, total int64)) (string, error) {
			if err := a.records.Store.Check(ctx, progress); err != nil {
				return "", mango.Wrap(mango.StoreFailed, err, "The database has a fault. The command check says where, repair deals with it.")
			}
			return "The database is sound.", nil
		},
	}
	if a.options.BackupDir != "" {
		m.Backup = func(ctx context.Context, progress func(done, total int64)) (string, error) {
			b, err := a.records.ops.Backup(ctx, control.BackupRequest{Photos: a.options.BackupPhotos}, progress)
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("%s: %d records, checked.", filepath.Base(b.Path), b.Records), nil
		}
	}
	return m
}

// live are the numbers of this moment.
func (a *App) live() oversight.Live {
	running, waiting, decode := a.diagnoser.Load()
	upload, _ := a.api.Memory()
	h := a.records.Store.Health()
	n, err := metrics.Snapshot()
	if err != nil {
		a.log.Error("metrics", "error", err)
	}
	return oversight.Live{
		At: clock.Now().UTC().Format(time.RFC3339), Running: running, Places: a.places, Waiting: waiting, Queue: a.options.Queue,
		DecodeBytes: decode, DecodeMost: a.memory.decode, UploadBytes: upload, UploadMost: a.memory.upload,
		ProcessBytes: n.ProcessBytes, MemoryTotal: a.memory.total, HeapBytes: n.HeapBytes, CPUSeconds: n.CPUSeconds,
		DiskFree: h.FreeBytes, Database: h.FileBytes, Records: h.Records, Commits: h.Commits, StoreState: string(h.State), Sentence: h.Sentence,
		Requests: n.Requests, Failed: n.Failed, Photos: n.Photos, Verdicts: n.Verdicts, Refused: n.Refused, P50: n.P50, P95: n.P95,
		Uptime: time.Since(a.started).Seconds(),
	}
}

// facts are about the program and what it runs on; none is personal.
func (a *App) facts() []oversight.Fact {
	revision := "not known"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = s.Value
			}
		}
	}
	return []oversight.Fact{
		{Name: "Version", Value: Version}, {Name: "Revision", Value: revision}, {Name: "Go", Value: runtime.Version()},
		{Name: "System", Value: runtime.GOOS + "/" + runtime.GOARCH}, {Name: "Processors", Value: fmt.Sprint(runtime.GOMAXPROCS(0))},
		{Name: "Memory", Value: fmt.Sprintf("%s (%s)", config.Size(a.memory.total), a.memory.source)},
		{Name: "Running since", Value: a.started.UTC().Format(time.RFC3339)},
	}
}

// storage is how the data is kept.
func (a *App) storage() (oversight.Storage, error) {
	h, o := a.records.Store.Health(), a.options
	s := oversight.Storage{
		State: string(h.State), Sentence: h.Sentence, Records: h.Records, Database: h.FileBytes, DiskFree: h.FreeBytes,
		Reserve: int64(o.DiskReserve), BackupsOn: o.BackupDir != "", Keep: o.BackupKeep,
	}
	if o.BackupEvery > 0 {
		s.Every = o.BackupEvery.String()
	}
	if free, err := disk.Free(o.DataDir); err == nil {
		s.DiskFree = free
	}
	if st, err := a.records.Store.Statistics(context.Background(), mango.System); err == nil {
		s.Photos, s.PhotoBytes = st.Photos, st.PhotoBytes
	}
	if o.BackupDir == "" {
		return s, nil
	}
	backups, err := store.Backups(o.BackupDir)
	if err != nil {
		return s, mango.Wrap(mango.StoreFailed, err, "The folder with the backups cannot be read.")
	}
	for _, b := range backups[:min(len(backups), 100)] {
		s.Backups = append(s.Backups, oversight.BackupFile{Name: filepath.Base(b.Path), At: b.At.UTC().Format(time.RFC3339), Bytes: b.Bytes, Doubtful: b.Doubtful})
	}
	return s, nil
}

// card is the model card beside the models, empty where there is none.
func (a *App) card() string {
	f, err := os.Open(filepath.Join(a.modelsDir, "MODEL_CARD.md"))
	if err != nil {
		return ""
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, cardBytes))
	if err != nil {
		return ""
	}
	return mango.CleanText(string(text))
}

// withoutPaths takes the folders of this machine out of a text: their names may
// be a person's.
func (a *App) withoutPaths(text []byte) []byte {
	s := string(text)
	for name, dir := range map[string]string{"DATA_DIR": a.options.DataDir, "MODELS_DIR": a.modelsDir, "BACKUP_DIR": a.options.BackupDir} {
		if abs, err := filepath.Abs(dir); err == nil && dir != "" && len(abs) > 1 {
			s = strings.ReplaceAll(s, abs, name)
		}
	}
	if home, err := os.UserHomeDir(); err == nil && len(home) > 1 {
		s = strings.ReplaceAll(s, home, "HOME")
	}
	return []byte(s)
}
