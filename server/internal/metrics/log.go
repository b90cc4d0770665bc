package metrics

import (
	"io"
	"log/slog"
	"strings"
)

// LogConfig is the form and the least level of the log.
type LogConfig struct {
	Level string // debug, info, warn, error
	JSON  bool
}

// NewLogger writes log lines to w. Nothing personal belongs in them: no
// address, name, place, file name or photo.
func NewLogger(w io.Writer, cfg LogConfig) *slog.Logger {
	level := slog.LevelInfo
	if err := level.UnmarshalText([]byte(strings.ToUpper(cfg.Level))); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if cfg.JSON {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
